// The protocols that are told apart in captured packets, as bits: which of them a packet holds fits in one
// word of the index.
#pragma once

#include <cstdint>
#include <string_view>

namespace fulcrum::capture {

enum class Protocol : std::uint8_t {
    ethernet,
    vlan,
    linux_cooked, // SLL and SLL2
    null_link,    // BSD loopback: four bytes of address family
    llc,          // 802.2, with SNAP
    mpls,
    pppoe,
    ppp,
    hdlc, // Cisco's
    arp,
    ipv4,
    ipv6,
    ah, // of IPv4; in IPv6 it is one of the extension headers
    icmp,
    icmpv6,
    tcp,
    udp,
    gre,
    vxlan,
    proxy, // PROXY protocol v1 and v2
    http,
    dns,
    mdns,
    tls,
    bgp,
    bfd,
    ipip,    // an IP header straight inside another: no bytes of its own
    payload, // what nobody above claims
    last_,
};

using ProtocolMask = std::uint32_t;
static_assert(static_cast<unsigned>(Protocol::last_) <= 32);

constexpr ProtocolMask mask_of(Protocol protocol) {
    return ProtocolMask{1} << static_cast<unsigned>(protocol);
}

std::string_view name_of(Protocol protocol);  // as in display filters: "eth", "ip", "tcp"
std::string_view title_of(Protocol protocol); // for people: "Ethernet", "IPv4"

} // namespace fulcrum::capture
