// IpStack: cutting packets that do not fit the next link (RFC 791 section 3.2).
#include <algorithm>
#include <cstring>

#include "engine/base/byte_order.h"
#include "engine/device/segmentation.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::stack {

using wire::DropReason;

namespace {

constexpr std::uint32_t ethernet_bytes = wire::ethernet_header_bytes;

// In fragments but the first, options without the "copied" flag become no-operations (RFC 791 section 3.1).
void blank_uncopied_options(std::span<std::uint8_t> options) {
    constexpr std::uint8_t copied = 0x80;
    constexpr std::uint8_t end_of_list = 0;
    constexpr std::uint8_t no_operation = 1;
    while (!options.empty() && options[0] != end_of_list) {
        const std::size_t length = options[0] == no_operation || options.size() < 2
                                       ? 1
                                       : std::clamp<std::size_t>(options[1], 1, options.size());
        if ((options[0] & copied) == 0) {
            std::fill_n(options.begin(), length, no_operation);
        }
        options = options.subspan(length);
    }
}

} // namespace

void IpStack::dispatch_fragments(device::Frame frame, InterfaceId egress, std::uint32_t mtu_bytes) {
    segments_.clear();
    if (const auto segmented = device::segment(frame, arena_, segments_); !segmented) {
        drop(segmented.error());
        return;
    }
    for (const device::Frame& segment : segments_) {
        const auto ip = wire::Ipv4MutableView::parse(segment.bytes().subspan(ethernet_bytes));
        if (!ip) {
            drop(ip.error());
            continue;
        }
        if (ip->total_length() <= mtu_bytes) {
            enqueue(segment, egress);
            continue;
        }
        if (ip->dont_fragment()) {
            drop(DropReason::too_big);
            continue;
        }
        const auto header = static_cast<std::uint32_t>(ip->header_bytes());
        if (mtu_bytes < header + 8) {
            drop(DropReason::too_big);
            continue;
        }
        const std::uint32_t step = (mtu_bytes - header) / 8 * 8;
        const auto payload = static_cast<std::uint32_t>(ip->payload().size());
        for (std::uint32_t offset = 0; offset < payload; offset += step) {
            const std::uint32_t piece = std::min(step, payload - offset);
            const auto made = arena_.take(ethernet_bytes + header + piece);
            if (!made) {
                drop(DropReason::no_buffer);
                return;
            }
            std::uint8_t* out = made->data + ethernet_bytes;
            std::memcpy(made->data, segment.data, ethernet_bytes + header);
            std::memcpy(out + header, ip->payload().data() + offset, piece);
            const bool more = offset + piece < payload || ip->more_fragments();
            const std::uint32_t place = (ip->fragment_offset() + offset) / 8;
            store_be16(out + 2, static_cast<std::uint16_t>(header + piece));
            store_be16(out + 6, static_cast<std::uint16_t>((more ? 0x2000U : 0U) | place));
            if (offset > 0) {
                blank_uncopied_options(
                    {out + wire::ipv4_min_header_bytes, header - wire::ipv4_min_header_bytes});
            }
            store_be16(out + 10, 0);
            store_be16(out + 10, wire::checksum_of({out, header}));
            enqueue(*made, egress);
        }
    }
}

} // namespace fulcrum::stack
