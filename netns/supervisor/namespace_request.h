// What a node's namespace has to be like before any link is in it.
#pragma once

#include <string>
#include <vector>

#include "netns/kernel/namespace_maker.h"
#include "netns/lab_plan.h"

namespace fulcrum::netns {

inline constexpr std::size_t descriptors_per_node = 4; // three in NetNamespace, and its mounts

NamespaceRequest request_for(const NodePlan& node);

// Whether the parameter belongs to one of the node's interfaces, so that it has to wait until that exists.
bool names_interface(const NodePlan& node, const std::string& key);

// IPv6 stays off unless the plan gives it something to do, so that captures hold no router solicitations.
bool wants_ipv6(const NodePlan& node);
const std::vector<SysctlPlan>& no_ipv6();

} // namespace fulcrum::netns
