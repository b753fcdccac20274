#include "engine/balance/tunnel.h"

#include "engine/base/byte_order.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"

namespace fulcrum::balance {

namespace {
constexpr std::uint32_t gre_header_bytes = 4;
}

std::uint32_t tunnel_overhead_bytes(Tunnel tunnel) {
    constexpr auto outer = static_cast<std::uint32_t>(wire::ipv4_min_header_bytes);
    return tunnel == Tunnel::none ? 0 : outer + (tunnel == Tunnel::gre ? gre_header_bytes : 0);
}

void encapsulate(device::Frame& frame, Tunnel tunnel, const IpAddress& source, const IpAddress& server,
                 bool dont_fragment, std::uint16_t identification) {
    const std::uint32_t overhead = tunnel_overhead_bytes(tunnel);
    const std::uint32_t inner_bytes = frame.size - static_cast<std::uint32_t>(wire::ethernet_header_bytes);
    const bool gre = tunnel == Tunnel::gre;
    std::uint8_t* out = frame.push(overhead);
    store_be16(out + 12, wire::ethertype_ipv4);
    const wire::Ipv4Header outer{.total_length = static_cast<std::uint16_t>(overhead + inner_bytes),
                                 .identification = identification,
                                 .dont_fragment = dont_fragment, // RFC 2003 section 3.1
                                 .protocol = gre ? wire::protocol_gre : wire::protocol_ipip,
                                 .source = source,
                                 .destination = server};
    outer.emit(out + wire::ethernet_header_bytes);
    if (gre) {
        std::uint8_t* header = out + wire::ethernet_header_bytes + wire::ipv4_min_header_bytes;
        store_be16(header, 0); // no options, version 0
        store_be16(header + 2, wire::ethertype_ipv4);
    }
}

} // namespace fulcrum::balance
