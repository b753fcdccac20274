// Links as netlink requests: veth pairs whose ends are born in their namespaces, bridges, up and down.
// Interface indexes are chosen by the caller, so that later requests of the same batch can name what earlier
// ones make.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/base/address.h"
#include "netns/kernel/netlink_connection.h"

namespace fulcrum::netns {

// One end of a veth pair.
struct VethEnd {
    int namespace_fd = -1; // the network namespace it is made in
    int index = 0;         // interface index in that namespace, free there
    std::string name;
    std::optional<Mac> mac;
    std::uint32_t mtu_bytes = 1500;
    int master = 0;  // index of the bridge it becomes a port of; first end only
    bool up = false; // brought up at once
};

// veth(4): both ends in one request, each with its own namespace (IFLA_NET_NS_FD in the link and in
// VETH_INFO_PEER).
NetlinkMessage make_veth_pair(const VethEnd& first, const VethEnd& second);

// A bridge that forwards at once: no spanning tree, forward delay 0, no multicast snooping (and so no
// queries).
NetlinkMessage make_bridge(int index, const std::string& name);

// Makes the interface a port of the bridge and brings it up.
NetlinkMessage join_bridge(int index, int bridge);

// Up or down; `arp` false sets IFF_NOARP (the kernel neither asks nor answers).
NetlinkMessage set_link_state(int index, bool up, bool arp = true);

// Another MTU, and another MAC address where one is given; also while the interface is up.
NetlinkMessage set_link_attributes(int index, std::uint32_t mtu_bytes, const std::optional<Mac>& mac);

// Takes the interface off its bridge.
NetlinkMessage leave_bridge(int index);

// Into another network namespace, under another name and index, both free there. The kernel takes it down and
// forgets its addresses and routes; its MAC address, its MTU and the other end of the pair stay.
NetlinkMessage move_link(int index, int namespace_fd, int new_index, const std::string& new_name);

// Takes the interface away, and with it the other end of a pair.
NetlinkMessage remove_link(int index);

// What the kernel says about one interface.
struct LinkState {
    int index = 0;
    std::string name;
    std::optional<Mac> mac;
    bool up = false;          // IFF_UP
    bool operational = false; // carrier seen and queues running (IF_OPER_UP, RFC 2863)
    bool forwarding = false;  // bridge ports only: BR_STATE_FORWARDING
    bool is_bridge_port = false;
    std::uint64_t rx_bytes = 0, rx_packets = 0, tx_bytes = 0, tx_packets = 0, drops = 0;
};

// One interface, without its counters. What it says of the carrier is up to date; see
// netns/supervisor/carrier.h.
Result<LinkState> look_at_link(NetlinkConnection& connection, int index);

Result<> dump_links(NetlinkConnection& connection, const std::function<void(const LinkState&)>& each);

} // namespace fulcrum::netns
