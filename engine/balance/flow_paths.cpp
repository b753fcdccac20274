#include "engine/balance/flow_paths.h"

#include "engine/device/segmentation.h"
#include "engine/wire/udp.h"

namespace fulcrum::balance {

std::optional<stack::Hop> FlowPaths::renew(FlowHop& hop, stack::VrfId vrf, std::uint32_t target,
                                           Instant now) const {
    const auto next = stack_.route(vrf, IpAddress::v4(target), target);
    if (!next) {
        return std::nullopt;
    }
    const Mac* mac = stack_.resolve(*next, now);
    if (mac == nullptr) {
        hop.epoch = 0;
        return next;
    }
    hop.destination = *mac;
    hop.interface = next->egress.value;
    hop.mtu_bytes = stack_.interface(next->egress)->mtu_bytes;
    hop.epoch = epoch_;
    return next;
}

std::uint32_t packet_on_wire_bytes(const stack::Packet& packet) {
    const auto ip_header = static_cast<std::uint32_t>(packet.ip.header_bytes());
    const bool tcp = packet.ip.protocol() == wire::protocol_tcp;
    const std::uint32_t l4_header = tcp ? 4U * (packet.ip.payload()[12] >> 4) : wire::udp_header_bytes;
    return device::wire_packet_bytes(packet.frame.meta, packet.ip.total_length(), ip_header, l4_header);
}

} // namespace fulcrum::balance
