#include "netns/kernel/route.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace fulcrum::netns {

namespace {

std::uint8_t family_of(const IpAddress& address) {
    return address.is_v4() ? AF_INET : AF_INET6;
}

// rtm_table has eight bits; the attribute has all of them.
std::uint8_t short_table(std::uint32_t table) {
    return table < 256 ? static_cast<std::uint8_t>(table) : std::uint8_t{RT_TABLE_UNSPEC};
}

// struct rtnexthop followed by its gateway (rtnetlink(7), RTA_MULTIPATH): lengths are counted by hand because
// a next hop is no attribute.
void append_next_hop(NetlinkMessage& message, const IpAddress& gateway, int index) {
    const std::uint16_t address_size = gateway.is_v4() ? 4 : 16;
    rtnexthop hop{};
    hop.rtnh_len = static_cast<std::uint16_t>(sizeof(rtnexthop) + RTA_LENGTH(address_size));
    hop.rtnh_ifindex = index;
    message.append(&hop, sizeof hop);
    message.put_address(RTA_GATEWAY, gateway);
}

} // namespace

NetlinkMessage add_route(const RoutePlan& route, std::uint32_t table,
                         const std::function<int(const std::string&)>& index_of) {
    NetlinkMessage message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
    rtmsg header{};
    header.rtm_family = family_of(route.destination.address);
    header.rtm_dst_len = route.destination.length;
    header.rtm_table = short_table(table);
    header.rtm_protocol = RTPROT_STATIC;
    header.rtm_scope = route.gateways.empty() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    header.rtm_type = RTN_UNICAST;
    message.header(header);
    message.put_u32(RTA_TABLE, table);
    if (route.destination.length > 0) {
        message.put_address(RTA_DST, route.destination.address);
    }
    if (route.source) {
        message.put_address(RTA_PREFSRC, *route.source);
    }
    const int index = route.interface.empty() ? 0 : index_of(route.interface);
    if (route.gateways.size() > 1) {
        const auto hops = message.nest(RTA_MULTIPATH);
        for (const IpAddress& gateway : route.gateways) {
            append_next_hop(message, gateway, index);
        }
        return message;
    }
    if (route.gateways.size() == 1) {
        message.put_address(RTA_GATEWAY, route.gateways.front());
    }
    if (index != 0) {
        message.put_u32(RTA_OIF, static_cast<std::uint32_t>(index));
    }
    return message;
}

NetlinkMessage remove_route(const RoutePlan& route, std::uint32_t table) {
    NetlinkMessage message(RTM_DELROUTE, 0);
    rtmsg header{};
    header.rtm_family = family_of(route.destination.address);
    header.rtm_dst_len = route.destination.length;
    header.rtm_table = short_table(table);
    header.rtm_protocol = RTPROT_STATIC;
    header.rtm_scope = RT_SCOPE_NOWHERE; // any
    message.header(header);
    message.put_u32(RTA_TABLE, table);
    if (route.destination.length > 0) {
        message.put_address(RTA_DST, route.destination.address);
    }
    return message;
}

namespace {

NetlinkMessage rule_message(const RulePlan& rule, std::uint16_t type, std::uint16_t flags) {
    NetlinkMessage message(type, flags);
    fib_rule_hdr header{};
    header.family = family_of(rule.from.address);
    header.src_len = rule.from.length;
    header.table = short_table(rule.table);
    header.action = FR_ACT_TO_TBL;
    message.header(header);
    message.put_u32(FRA_TABLE, rule.table);
    if (rule.from.length > 0) {
        message.put_address(FRA_SRC, rule.from.address);
    }
    if (!rule.interface.empty()) {
        message.put_text(FRA_IIFNAME, rule.interface);
    }
    return message;
}

} // namespace

NetlinkMessage add_rule(const RulePlan& rule) {
    return rule_message(rule, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}

NetlinkMessage remove_rule(const RulePlan& rule) {
    return rule_message(rule, RTM_DELRULE, 0);
}

} // namespace fulcrum::netns
