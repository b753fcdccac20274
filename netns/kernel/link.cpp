#include "netns/kernel/link.h"

#include <cstring>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

namespace fulcrum::netns {

namespace {

ifinfomsg header_of(const VethEnd& end) {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = end.index;
    if (end.up) {
        header.ifi_flags = IFF_UP;
        header.ifi_change = IFF_UP;
    }
    return header;
}

void put_end(NetlinkMessage& message, const VethEnd& end) {
    message.put_text(IFLA_IFNAME, end.name);
    message.put_u32(IFLA_MTU, end.mtu_bytes);
    // What veth does without being asked, too, but then by making a queue per CPU and taking them away again,
    // each time waiting for an RCU grace period: most of the time a large lab took.
    message.put_u32(IFLA_NUM_TX_QUEUES, 1);
    message.put_u32(IFLA_NUM_RX_QUEUES, 1);
    if (end.mac) {
        message.put_mac(IFLA_ADDRESS, *end.mac);
    }
    if (end.namespace_fd >= 0) {
        message.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(end.namespace_fd));
    }
}

// What an RTM_NEWLINK message says; nothing when it is something else.
std::optional<LinkState> parse_link(nlmsghdr* message) {
    nlattr* table[IFLA_MAX + 1] = {};
    if (message->nlmsg_type != RTM_NEWLINK ||
        nlmsg_parse(message, sizeof(ifinfomsg), table, IFLA_MAX, nullptr) < 0 ||
        table[IFLA_IFNAME] == nullptr) {
        return std::nullopt;
    }
    const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(message));
    LinkState state;
    state.index = header->ifi_index;
    state.name = nla_get_string(table[IFLA_IFNAME]);
    if (Mac mac; table[IFLA_ADDRESS] != nullptr && nla_len(table[IFLA_ADDRESS]) == sizeof mac.bytes) {
        nla_memcpy(&mac.bytes, table[IFLA_ADDRESS], sizeof mac.bytes);
        state.mac = mac;
    }
    state.up = (header->ifi_flags & IFF_UP) != 0;
    state.operational = (header->ifi_flags & IFF_RUNNING) != 0 && (header->ifi_flags & IFF_LOWER_UP) != 0 &&
                        table[IFLA_OPERSTATE] != nullptr && nla_get_u8(table[IFLA_OPERSTATE]) == IF_OPER_UP;
    if (table[IFLA_STATS64] != nullptr) {
        rtnl_link_stats64 stats{}; // an older kernel sends a shorter one
        nla_memcpy(&stats, table[IFLA_STATS64], sizeof stats);
        state.rx_bytes = stats.rx_bytes;
        state.rx_packets = stats.rx_packets;
        state.tx_bytes = stats.tx_bytes;
        state.tx_packets = stats.tx_packets;
        state.drops = stats.rx_dropped + stats.tx_dropped;
    }
    nlattr* info[IFLA_INFO_MAX + 1] = {};
    nlattr* port[IFLA_BRPORT_MAX + 1] = {};
    if (table[IFLA_LINKINFO] != nullptr &&
        nla_parse_nested(info, IFLA_INFO_MAX, table[IFLA_LINKINFO], nullptr) == 0 &&
        info[IFLA_INFO_SLAVE_DATA] != nullptr &&
        nla_parse_nested(port, IFLA_BRPORT_MAX, info[IFLA_INFO_SLAVE_DATA], nullptr) == 0 &&
        port[IFLA_BRPORT_STATE] != nullptr) {
        state.is_bridge_port = true;
        state.forwarding = nla_get_u8(port[IFLA_BRPORT_STATE]) == BR_STATE_FORWARDING;
    }
    return state;
}

} // namespace

NetlinkMessage make_veth_pair(const VethEnd& first, const VethEnd& second) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    message.header(header_of(first));
    put_end(message, first);
    if (first.master != 0) {
        message.put_u32(IFLA_MASTER, static_cast<std::uint32_t>(first.master));
    }
    const auto info = message.nest(IFLA_LINKINFO);
    message.put_text(IFLA_INFO_KIND, "veth");
    const auto data = message.nest(IFLA_INFO_DATA);
    const auto peer = message.nest(VETH_INFO_PEER);
    message.header(header_of(second));
    put_end(message, second);
    return message;
}

NetlinkMessage make_bridge(int index, const std::string& name) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = IFF_UP;
    header.ifi_change = IFF_UP;
    message.header(header);
    message.put_text(IFLA_IFNAME, name);
    const auto info = message.nest(IFLA_LINKINFO);
    message.put_text(IFLA_INFO_KIND, "bridge");
    const auto data = message.nest(IFLA_INFO_DATA);
    message.put_u32(IFLA_BR_STP_STATE, 0);
    message.put_u32(IFLA_BR_FORWARD_DELAY, 0);
    message.put_u8(IFLA_BR_MCAST_SNOOPING, 0);
    return message;
}

NetlinkMessage join_bridge(int index, int bridge) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = IFF_UP;
    header.ifi_change = IFF_UP;
    message.header(header);
    message.put_u32(IFLA_MASTER, static_cast<std::uint32_t>(bridge));
    return message;
}

NetlinkMessage leave_bridge(int index) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    message.header(header);
    message.put_u32(IFLA_MASTER, 0);
    return message;
}

NetlinkMessage move_link(int index, int namespace_fd, int new_index, const std::string& new_name) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    message.header(header);
    message.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(namespace_fd));
    message.put_u32(IFLA_NEW_IFINDEX, static_cast<std::uint32_t>(new_index)); // since Linux 5.13
    message.put_text(IFLA_IFNAME, new_name);
    return message;
}

NetlinkMessage set_link_state(int index, bool up, bool arp) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = (up ? unsigned{IFF_UP} : 0U) | (arp ? 0U : unsigned{IFF_NOARP});
    header.ifi_change = unsigned{IFF_UP} | unsigned{IFF_NOARP};
    if (index == 1) {
        header.ifi_change = IFF_UP; // lo
    }
    message.header(header);
    return message;
}

NetlinkMessage set_link_attributes(int index, std::uint32_t mtu_bytes, const std::optional<Mac>& mac) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    message.header(header);
    message.put_u32(IFLA_MTU, mtu_bytes);
    if (mac) {
        message.put_mac(IFLA_ADDRESS, *mac);
    }
    return message;
}

NetlinkMessage remove_link(int index) {
    NetlinkMessage message(RTM_DELLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    message.header(header);
    return message;
}

Result<LinkState> look_at_link(NetlinkConnection& connection, int index) {
    NetlinkMessage request(RTM_GETLINK, 0);
    ifinfomsg header{};
    header.ifi_index = index;
    request.header(header);
    request.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    std::optional<LinkState> state;
    auto asked = connection.ask(request, [&](nlmsghdr* reply) { state = parse_link(reply); });
    if (!asked) {
        return tl::unexpected(asked.error());
    }
    if (!state) {
        return fail(fmt::format("interface {}: the kernel's answer makes no sense", index));
    }
    return *state;
}

Result<> dump_links(NetlinkConnection& connection, const std::function<void(const LinkState&)>& each) {
    NetlinkMessage request(RTM_GETLINK, 0);
    request.header(ifinfomsg{});
    return connection.dump(request, [&](nlmsghdr* reply) {
        if (const auto state = parse_link(reply)) {
            each(*state);
        }
    });
}

} // namespace fulcrum::netns
