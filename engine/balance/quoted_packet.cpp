#include "engine/balance/quoted_packet.h"

#include "engine/wire/checksum.h"
#include "engine/wire/icmpv4.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::balance {

namespace {

constexpr std::size_t port_bytes = 4;
constexpr std::size_t gre_bytes = 4; // as our tunnels send it: no checksum, key or number

std::span<std::uint8_t> quote_of(const stack::Packet& packet) {
    return packet.ip.payload().subspan(wire::icmp_header_bytes);
}

std::size_t quoted_header_bytes(std::span<const std::uint8_t> quote) {
    return std::size_t{4} * (quote[0] & 0x0fU);
}

// `bytes` when they begin with a whole IPv4 header of a packet's beginning, else nothing.
std::span<const std::uint8_t> packet_start(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < wire::ipv4_min_header_bytes || (bytes[0] >> 4) != 4) {
        return {};
    }
    const std::size_t header = quoted_header_bytes(bytes);
    const bool later_fragment = (load_be16(bytes.data() + 6) & 0x1fff) != 0;
    return header < wire::ipv4_min_header_bytes || bytes.size() < header || later_fragment
               ? std::span<const std::uint8_t>{}
               : bytes;
}

std::optional<FlowKey> flow_of(std::span<const std::uint8_t> packet, stack::VrfId vrf) {
    if (packet.empty()) {
        return std::nullopt;
    }
    const std::size_t header = quoted_header_bytes(packet);
    const std::uint8_t protocol = packet[9];
    if (packet.size() < header + port_bytes ||
        (protocol != wire::protocol_tcp && protocol != wire::protocol_udp)) {
        return std::nullopt;
    }
    return FlowKey{.source = load_be32(packet.data() + 12),
                   .destination = load_be32(packet.data() + 16),
                   .source_port = load_be16(packet.data() + header),
                   .destination_port = load_be16(packet.data() + header + 2),
                   .protocol = protocol,
                   .vrf = static_cast<std::uint8_t>(vrf.value)};
}

// Where the quoted L4 checksum is, from the start of the quote; none when it was cut off or not in use.
std::optional<std::size_t> quoted_checksum(std::span<const std::uint8_t> quote) {
    const bool tcp = quote[9] == wire::protocol_tcp;
    const std::size_t at =
        quoted_header_bytes(quote) + (tcp ? wire::tcp_checksum_offset : wire::udp_checksum_offset);
    if (quote.size() < at + 2 || (!tcp && load_be16(quote.data() + at) == 0)) {
        return std::nullopt;
    }
    return at;
}

// The quote of an ICMP error; empty when the packet is none, or quotes no whole IPv4 header of a packet's
// beginning.
std::span<const std::uint8_t> whole_quote(const stack::Packet& packet) {
    const auto icmp = wire::IcmpMutableView::parse(packet.ip.payload(), false);
    if (!icmp || !wire::IcmpMutableView::is_error(icmp->type())) {
        return {};
    }
    return packet_start(icmp->payload());
}

} // namespace

std::optional<FlowKey> quoted_flow(const stack::Packet& packet) {
    return flow_of(whole_quote(packet), packet.vrf);
}

std::optional<QuotedTunnel> quoted_tunnel(const stack::Packet& packet) {
    const std::span<const std::uint8_t> quote = whole_quote(packet);
    if (quote.empty() || (quote[9] != wire::protocol_ipip && quote[9] != wire::protocol_gre)) {
        return std::nullopt;
    }
    const std::size_t header = quoted_header_bytes(quote) + (quote[9] == wire::protocol_gre ? gre_bytes : 0);
    if (quote.size() < header) {
        return std::nullopt;
    }
    const std::span<const std::uint8_t> inner = packet_start(quote.subspan(header));
    const auto inside = flow_of(inner, packet.vrf);
    if (!inside) {
        return std::nullopt;
    }
    QuotedTunnel out{.server = load_be32(quote.data() + 16),
                     .overhead_bytes = static_cast<std::uint32_t>(header),
                     .inside = *inside,
                     .packet = inner,
                     .tcp_sequence = std::nullopt};
    const std::size_t sequence = quoted_header_bytes(inner) + port_bytes;
    if (inside->protocol == wire::protocol_tcp && inner.size() >= sequence + 4) {
        out.tcp_sequence = load_be32(inner.data() + sequence);
    }
    return out;
}

std::optional<std::uint32_t> quoted_tcp_sequence(const stack::Packet& packet) {
    const std::span<const std::uint8_t> quote = quote_of(packet);
    const std::size_t at = quoted_header_bytes(quote) + port_bytes;
    return quote.size() < at + 4 ? std::nullopt : std::optional(load_be32(quote.data() + at));
}

void rewrite_quote(const stack::Packet& packet, wire::Side side, std::uint32_t address, std::uint16_t port) {
    const std::span<std::uint8_t> quote = quote_of(packet);
    std::uint8_t* const ip_address = quote.data() + (side == wire::Side::source ? 12 : 16);
    std::uint8_t* const l4_port =
        quote.data() + quoted_header_bytes(quote) + (side == wire::Side::source ? 0 : 2);
    const std::uint32_t old_address = load_be32(ip_address);
    const std::uint16_t old_port = load_be16(l4_port);
    if (const auto at = quoted_checksum(quote)) {
        std::uint16_t sum = load_be16(quote.data() + *at);
        sum = wire::update_checksum(wire::update_checksum32(sum, old_address, address), old_port, port);
        store_be16(quote.data() + *at, sum);
    }
    store_be16(quote.data() + 10,
               wire::update_checksum32(load_be16(quote.data() + 10), old_address, address));
    store_be32(ip_address, address);
    store_be16(l4_port, port);

    const std::span<std::uint8_t> message = packet.ip.payload();
    store_be16(message.data() + 2, 0);
    store_be16(message.data() + 2, wire::checksum_of(message));
}

} // namespace fulcrum::balance
