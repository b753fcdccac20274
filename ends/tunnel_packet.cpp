#include "ends/tunnel_packet.h"

#include "engine/base/byte_order.h"

namespace fulcrum::ends {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t min_header = 20;
constexpr std::uint16_t ethertype_ipv4 = 0x0800;

// The payload of an IPv4 packet, cut to its total length; empty when the header does not fit.
Bytes ipv4_payload(Bytes packet) {
    if (packet.size() < min_header || packet[0] >> 4 != 4) {
        return {};
    }
    const std::size_t header = std::size_t{4} * (packet[0] & 15U);
    const std::size_t total = load_be16(packet.data() + 2);
    if (header < min_header || total < header || total > packet.size()) {
        return {};
    }
    return packet.first(total).subspan(header);
}

Bytes gre_payload(Bytes gre) {
    constexpr std::uint16_t checksum = 0x8000, routing = 0x4000, key = 0x2000, sequence = 0x1000, version = 7;
    if (gre.size() < 4) {
        return {};
    }
    const std::uint16_t flags = load_be16(gre.data());
    if ((flags & (routing | version)) != 0 || load_be16(gre.data() + 2) != ethertype_ipv4) {
        return {};
    }
    std::size_t header = 4;
    for (const std::uint16_t part : {checksum, key, sequence}) {
        header += (flags & part) != 0 ? 4 : 0;
    }
    return gre.size() < header ? Bytes{} : gre.subspan(header);
}

} // namespace

Bytes inner_packet(Bytes outer) {
    const Bytes payload = ipv4_payload(outer);
    if (payload.empty()) {
        return {};
    }
    const std::uint8_t protocol = outer[9];
    const Bytes inner = protocol == protocol_ipip  ? payload
                        : protocol == protocol_gre ? gre_payload(payload)
                                                   : Bytes{};
    if (ipv4_payload(inner).empty()) {
        return {};
    }
    return inner.first(load_be16(inner.data() + 2));
}

} // namespace fulcrum::ends
