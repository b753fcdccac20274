// Why a frame went no further: one stable name per reason. A malformed or undeliverable packet is a counted
// drop, never an exception and never a log line, because a stranger decides how many of them there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

namespace fulcrum::wire {

// The names (name_of) go into reports and tests: append, do not rename.
enum class DropReason : std::uint8_t {
    // Ethernet
    ethernet_too_short,
    ethernet_bad_source, // a group address as source
    not_our_mac,         // unicast to another station (flooded by a bridge)
    vlan_tagged,         // an 802.1Q tag on an interface that has no VLANs
    unknown_ethertype,
    // ARP
    arp_too_short,
    arp_bad_format, // not Ethernet and IPv4, or an unknown operation
    arp_bad_sender, // group or zero sender hardware address
    arp_not_for_us,
    arp_unsolicited, // an answer to a question never asked
    // IPv4
    ipv4_too_short,
    ipv4_bad_version,
    ipv4_bad_header_length,
    ipv4_bad_total_length,
    ipv4_bad_checksum,
    ipv4_bad_option,
    ipv4_source_route, // RFC 7126 section 4.3: refused
    ipv4_bad_fragment, // empty, misaligned, or reaching past 65,535 bytes
    // IPv6
    ipv6_too_short,
    ipv6_bad_version,
    ipv6_bad_length,
    ipv6_unsupported, // well formed, but no IPv6 is configured
    // ICMP
    icmp_too_short,
    icmp_bad_checksum,
    icmp_unsupported, // a type nobody here answers
    // TCP
    tcp_too_short,
    tcp_bad_header_length,
    tcp_bad_option,
    tcp_bad_checksum,
    tcp_bad_flags, // none, SYN+FIN, SYN+RST, FIN without ACK …
    tcp_bad_port,
    // UDP
    udp_too_short,
    udp_bad_length,
    udp_bad_checksum,
    udp_bad_port,
    // IP layer
    unknown_protocol,
    martian_source,
    martian_destination,
    land, // source equals destination
    ttl_expired,
    too_big, // Don't Fragment set and larger than the next link's MTU
    no_route,
    neighbour_unresolved,
    neighbour_queue_full,
    neighbour_table_full,
    not_for_us,
    fragment_timeout,
    fragment_overlap,
    fragment_limit,    // no room for another fragment or datagram
    icmp_rate_limited, // an ICMP answer that was not sent
    // balancing
    closed_port,
    no_flow, // neither starts a flow nor belongs to one
    flow_table_full,
    no_server,     // no server of the pool is up
    standby,       // for a VIP that another SE owns
    limit,         // a configured connection or rate limit
    not_available, // for a service whose mode this engine cannot do yet
    port_conflict, // no server is left whose return path another flow of the same client port does not use
    ports_exhausted, // every source port towards every server is taken (SPEC M12)
    bad_proxy_header, // a connection that had to begin with a PROXY header did not
    // devices
    no_buffer,
    device_down,
    send_failed,
    bad_offload, // the frame's VnetMeta contradicts its bytes
    last_,       // number of reasons; keep it last
};

inline constexpr std::size_t drop_reason_count = static_cast<std::size_t>(DropReason::last_);

std::string_view name_of(DropReason reason); // "ipv4-bad-checksum"

// What every parse returns: a view of legal bytes, or why there is none.
template <class T>
using Parsed = tl::expected<T, DropReason>;

inline tl::unexpected<DropReason> drop(DropReason reason) {
    return tl::unexpected<DropReason>(reason);
}

// One counter per reason. One thread writes; nobody locks.
class DropCounters {
public:
    void add(DropReason reason, std::uint64_t n = 1) { counts_[static_cast<std::size_t>(reason)] += n; }
    std::uint64_t of(DropReason reason) const { return counts_[static_cast<std::size_t>(reason)]; }
    std::uint64_t total() const;

    // Calls visit(name, count) for each reason that has happened.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < drop_reason_count; ++i) {
            if (counts_[i] != 0) {
                visit(name_of(static_cast<DropReason>(i)), counts_[i]);
            }
        }
    }

private:
    std::array<std::uint64_t, drop_reason_count> counts_{};
};

} // namespace fulcrum::wire
