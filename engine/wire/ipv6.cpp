#include "engine/wire/ipv6.h"

#include "engine/base/byte_order.h"

namespace fulcrum::wire {

Parsed<Ipv6Header> parse_ipv6(std::span<const std::uint8_t> packet) {
    if (packet.size() < ipv6_header_bytes) {
        return drop(DropReason::ipv6_too_short);
    }
    const std::uint8_t* p = packet.data();
    const std::uint32_t first = load_be32(p);
    if (first >> 28 != 6) {
        return drop(DropReason::ipv6_bad_version);
    }
    Ipv6Header header;
    header.traffic_class = static_cast<std::uint8_t>(first >> 20);
    header.flow_label = first & 0xfffff;
    header.payload_length = load_be16(p + 4);
    header.next_header = p[6];
    header.hop_limit = p[7];
    header.source = IpAddress::v6_bytes(p + 8);
    header.destination = IpAddress::v6_bytes(p + 24);
    if (header.payload_length > packet.size() - ipv6_header_bytes) {
        return drop(DropReason::ipv6_bad_length);
    }
    return header;
}

} // namespace fulcrum::wire
