#include "engine/balance/flow_paths.h"

#include <algorithm>

#include "engine/device/segmentation.h"
#include "engine/wire/udp.h"

namespace fulcrum::balance {

namespace {

constexpr Duration path_mtu_lifetime = std::chrono::minutes(10); // RFC 1191 section 6.3
constexpr std::uint32_t least_path_mtu = 68;                     // RFC 791 section 3.2: no link has less
constexpr std::uint32_t untold_path_mtu = 576; // of a router from before RFC 1191, which says 0

std::uint64_t path_key(stack::VrfId vrf, std::uint32_t server) {
    return (std::uint64_t{vrf.value} << 32) | server;
}

} // namespace

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

std::uint32_t FlowPaths::path_mtu_bytes(stack::VrfId vrf, std::uint32_t server, std::uint32_t most,
                                        Instant now) const {
    if (path_mtus_.empty()) {
        return most;
    }
    const auto known = path_mtus_.find(path_key(vrf, server));
    return known == path_mtus_.end() || now >= known->second.until ? most
                                                                   : std::min(most, known->second.bytes);
}

void FlowPaths::learn_path_mtu(stack::VrfId vrf, std::uint32_t server, std::uint32_t mtu_bytes, Instant now) {
    const std::uint32_t bytes = mtu_bytes == 0 ? untold_path_mtu : std::max(mtu_bytes, least_path_mtu);
    path_mtus_[path_key(vrf, server)] = {bytes, now + path_mtu_lifetime};
}

std::uint32_t packet_on_wire_bytes(const stack::Packet& packet) {
    const auto ip_header = static_cast<std::uint32_t>(packet.ip.header_bytes());
    const bool tcp = packet.ip.protocol() == wire::protocol_tcp;
    const std::uint32_t l4_header = tcp ? 4U * (packet.ip.payload()[12] >> 4) : wire::udp_header_bytes;
    return device::wire_packet_bytes(packet.frame.meta, packet.ip.total_length(), ip_header, l4_header);
}

} // namespace fulcrum::balance
