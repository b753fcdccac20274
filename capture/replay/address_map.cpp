#include "capture/replay/address_map.h"

#include <cstring>
#include <fmt/format.h>

#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"

namespace fulcrum::capture {

Result<> AddressMap::add(std::string_view text) {
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
        const auto from = text.substr(0, equals), to = text.substr(equals + 1);
        const auto mac_from = Mac::parse(from), mac_to = Mac::parse(to);
        if (mac_from && mac_to) {
            macs_[*mac_from] = *mac_to;
            return {};
        }
        const auto ip_from = IpAddress::parse(from), ip_to = IpAddress::parse(to);
        if (ip_from && ip_to && ip_from->is_v4() == ip_to->is_v4()) {
            ips_[*ip_from] = *ip_to;
            return {};
        }
    }
    return bad_input(
        fmt::format("address map {}: want OLD=NEW, two MAC or two IP addresses of one family", text));
}

void AddressMap::replace_mac(std::uint8_t* at) const {
    Mac mac;
    std::memcpy(mac.bytes.data(), at, 6);
    if (const auto found = macs_.find(mac); found != macs_.end()) {
        std::memcpy(at, found->second.bytes.data(), 6);
    }
}

void AddressMap::apply(std::uint16_t link_type, std::span<std::uint8_t> frame) const {
    Layers layers;
    find_layers(link_type, frame, layers);
    const auto writable = [&](const std::uint8_t* p) { return frame.data() + (p - frame.data()); };
    const Layer* ip = nullptr;
    // What the sum over the addresses of the IP header around has changed by: old words and new ones.
    std::vector<std::pair<std::uint16_t, std::uint16_t>> changed;
    for (const auto& layer : layers) {
        if (is_cut(layer)) {
            break;
        }
        auto* p = writable(layer.bytes.data());
        switch (layer.protocol) {
        case Protocol::ethernet:
            replace_mac(p);
            replace_mac(p + 6);
            break;
        case Protocol::arp:
            if (layer.bytes.size() >= 28 && p[4] == 6 && p[5] == 4) {
                replace_mac(p + 8);
                replace_mac(p + 18);
                for (const std::size_t at : {14U, 24U}) {
                    if (const auto found = ips_.find(IpAddress::v4_bytes(p + at)); found != ips_.end()) {
                        found->second.store_v4(p + at);
                    }
                }
            }
            break;
        case Protocol::ipv4:
        case Protocol::ipv6: {
            ip = &layer;
            changed.clear();
            const bool v4 = layer.protocol == Protocol::ipv4;
            const std::size_t size = v4 ? 4 : 16;
            for (const std::size_t at : {v4 ? 12U : 8U, v4 ? 16U : 24U}) {
                const auto found = ips_.find(v4 ? IpAddress::v4_bytes(p + at) : IpAddress::v6_bytes(p + at));
                if (found == ips_.end()) {
                    continue;
                }
                const auto* fresh = found->second.bytes().data() + (16 - size);
                for (std::size_t i = 0; i < size; i += 2) {
                    changed.emplace_back(load_be16(p + at + i), load_be16(fresh + i));
                }
                std::memcpy(p + at, fresh, size);
            }
            if (v4) {
                auto sum = load_be16(p + 10);
                for (const auto& [before, after] : changed) {
                    sum = wire::update_checksum(sum, before, after);
                }
                store_be16(p + 10, sum);
            }
            break;
        }
        case Protocol::tcp:
        case Protocol::udp: {
            const std::size_t at = layer.protocol == Protocol::tcp ? 16 : 6;
            if (ip == nullptr || layer.bytes.size() < at + 2 || changed.empty()) {
                break;
            }
            auto field = load_be16(p + at);
            if (layer.protocol == Protocol::udp && field == 0) {
                break; // none
            }
            // Unfinished: the field is the folded sum of the pseudo-header as it was before the addresses
            // changed.
            const auto addresses =
                ip->protocol == Protocol::ipv4 ? ip->bytes.subspan(12, 8) : ip->bytes.subspan(8, 32);
            const std::uint64_t now =
                wire::sum_of(addresses) + (layer.protocol == Protocol::tcp ? 6U : 17U) + layer.bytes.size();
            auto partial = field;
            auto complete = field;
            for (const auto& [before, after] : changed) {
                partial = wire::update_partial_checksum(partial, before, after);
                complete = wire::update_checksum(complete, before, after);
            }
            store_be16(p + at, partial == wire::fold(now) ? partial : complete);
            changed.clear();
            break;
        }
        default:
            break;
        }
    }
}

} // namespace fulcrum::capture
