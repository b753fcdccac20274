#include "engine/wire/ipv4.h"

namespace fulcrum::wire {

void Ipv4Header::emit(std::uint8_t* out) const {
    out[0] = 0x45;
    out[1] = dscp_ecn;
    store_be16(out + 2, total_length);
    store_be16(out + 4, identification);
    store_be16(out + 6, static_cast<std::uint16_t>((dont_fragment ? 0x4000 : 0) |
                                                   (more_fragments ? 0x2000 : 0) | (fragment_offset / 8)));
    out[8] = ttl;
    out[9] = protocol;
    store_be16(out + 10, 0);
    source.store_v4(out + 12);
    destination.store_v4(out + 16);
    store_be16(out + 10, checksum_of({out, ipv4_min_header_bytes}));
}

Parsed<void> check_options(std::span<const std::uint8_t> options) {
    constexpr std::uint8_t end_of_list = 0;
    constexpr std::uint8_t no_operation = 1;
    constexpr std::uint8_t loose_source_route = 131;
    constexpr std::uint8_t strict_source_route = 137;
    while (!options.empty() && options[0] != end_of_list) {
        if (options[0] == no_operation) {
            options = options.subspan(1);
            continue;
        }
        if (options[0] == loose_source_route || options[0] == strict_source_route) {
            return drop(DropReason::ipv4_source_route);
        }
        if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) {
            return drop(DropReason::ipv4_bad_option);
        }
        options = options.subspan(options[1]);
    }
    return {};
}

} // namespace fulcrum::wire
