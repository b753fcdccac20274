// The packet that an ICMP error quotes (RFC 792: its IP header and at least 8 bytes; RFC 1812
// section 4.3.2.3: as much as fits): whose flow it belonged to, and rewriting it where NAT stands in between.
// Quotes are cut off, so their total length says nothing about the bytes at hand.
#pragma once

#include <optional>
#include <span>

#include "engine/balance/flow_key.h"
#include "engine/stack/ip_stack.h"
#include "engine/wire/rewrite.h"

namespace fulcrum::balance {

// Endpoints of the quoted TCP or UDP packet, as it was sent; none when the packet is no ICMP error, or quotes
// a fragment, another protocol, or too little.
std::optional<FlowKey> quoted_flow(const stack::Packet& packet);

// A packet of ours inside a tunnel to a server (L3 DSR: IP in IP or GRE) that an error quotes; none when the
// quote is of something else, or does not reach the ports of the packet inside.
struct QuotedTunnel {
    std::uint32_t server = 0;             // where the outer packet went
    std::uint32_t overhead_bytes = 0;     // of the tunnel: outer header, and GRE's
    FlowKey inside;                       // as it came to us, or as we made it
    std::span<const std::uint8_t> packet; // inside, as far as it is quoted: a whole IPv4 header and the ports
    std::optional<std::uint32_t> tcp_sequence; // of the packet inside; none: cut off, or not TCP
};
std::optional<QuotedTunnel> quoted_tunnel(const stack::Packet& packet);

// Sequence number of the quoted TCP segment: what a stranger who forges an error must guess. Needs
// quoted_flow() to have succeeded with TCP; none when it was cut off.
std::optional<std::uint32_t> quoted_tcp_sequence(const stack::Packet& packet);

// Replaces one side's address and port in the quote, with its own checksums as far as they are quoted, and
// then the checksum of the ICMP message. Needs quoted_flow() to have succeeded.
void rewrite_quote(const stack::Packet& packet, wire::Side side, std::uint32_t address, std::uint16_t port);

} // namespace fulcrum::balance
