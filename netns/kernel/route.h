// Routes and policy rules as netlink requests.
#pragma once

#include <functional>

#include "netns/kernel/netlink_message.h"
#include "netns/lab_plan.h"

namespace fulcrum::netns {

// Adds or replaces the route in `table` (254: main). `index_of` gives the index of a named interface of the
// node. Several gateways become one multipath route with equal weights.
NetlinkMessage add_route(const RoutePlan& route, std::uint32_t table,
                         const std::function<int(const std::string&)>& index_of);

// The route to that destination, whichever way it leads. Fails with ESRCH when there is none.
NetlinkMessage remove_route(const RoutePlan& route, std::uint32_t table);

// Traffic from `rule.from` looks into `rule.table` before the main table. Fails with EEXIST when it is there.
NetlinkMessage add_rule(const RulePlan& rule);

// Fails with ENOENT when it is not there. Leaves what is in its table.
NetlinkMessage remove_rule(const RulePlan& rule);

inline constexpr std::uint32_t main_table = 254; // RT_TABLE_MAIN

} // namespace fulcrum::netns
