#include "capture/replay/offload.h"

#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"

namespace fulcrum::capture {

std::optional<OffloadPlan> plan_offload(Bytes frame, std::uint32_t mtu_bytes) {
    Layers layers;
    find_layers(link_type::ethernet, frame, layers);
    const Layer *ip = nullptr, *l4 = nullptr;
    bool plain = true;
    for (const auto& layer : layers) {
        if (is_cut(layer)) {
            break;
        }
        if (layer.protocol == Protocol::ipv4 || layer.protocol == Protocol::ipv6) {
            plain = plain && ip == nullptr;
            ip = &layer;
        } else if ((layer.protocol == Protocol::tcp || layer.protocol == Protocol::udp) && !layer.in_error &&
                   l4 == nullptr) {
            l4 = &layer;
        }
    }
    const auto link_header = ip != nullptr ? static_cast<std::size_t>(ip->bytes.data() - frame.data()) : 14;
    const bool too_large = frame.size() > link_header + mtu_bytes;
    OffloadPlan plan;
    if (!plain || l4 == nullptr || layers.fragment() != nullptr) {
        return too_large ? std::nullopt : std::optional(plan);
    }
    const bool tcp = l4->protocol == Protocol::tcp, v4 = ip->protocol == Protocol::ipv4;
    const std::size_t at = tcp ? 16 : 6;
    if (l4->bytes.size() < at + 2) {
        return too_large ? std::nullopt : std::optional(plan); // its capture cut the header
    }
    const auto field = load_be16(l4->bytes.data() + at);
    const auto addresses = v4 ? ip->bytes.subspan(12, 8) : ip->bytes.subspan(8, 32);
    plan.partial_checksum = wire::fold(wire::sum_of(addresses) + (tcp ? 6U : 17U) + l4->bytes.size());
    if (!too_large && field != plan.partial_checksum) {
        return OffloadPlan{}; // complete, or wrong on purpose
    }
    plan.meta.flags = wire::VnetMeta::needs_checksum;
    plan.meta.csum_start = static_cast<std::uint16_t>(l4->bytes.data() - frame.data());
    plan.meta.csum_offset = static_cast<std::uint16_t>(at);
    if (too_large) {
        const auto headers = static_cast<std::size_t>(l4->payload().data() - frame.data());
        const auto l3_and_l4 = headers - link_header;
        if (mtu_bytes <= l3_and_l4) {
            return std::nullopt;
        }
        plan.meta.gso_type =
            tcp ? (v4 ? wire::VnetMeta::gso_tcp_v4 : wire::VnetMeta::gso_tcp_v6) : wire::VnetMeta::gso_udp_l4;
        plan.meta.gso_size = static_cast<std::uint16_t>(mtu_bytes - l3_and_l4);
        plan.meta.hdr_len = static_cast<std::uint16_t>(headers);
    }
    return plan;
}

} // namespace fulcrum::capture
