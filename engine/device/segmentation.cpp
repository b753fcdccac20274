#include "engine/device/segmentation.h"

#include <algorithm>
#include <cstring>

#include "engine/wire/checksum.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::device {

namespace {

using wire::DropReason;

// Where the parts of a GSO frame begin, in bytes from the Ethernet header.
struct Layout {
    std::uint32_t ip = 0;
    std::uint32_t l4 = 0;
    std::uint32_t payload = 0;
    std::uint32_t end = 0;
    bool tcp = false;
};

wire::Parsed<Layout> lay_out(const Frame& frame) {
    const auto ethernet = wire::EthernetView::parse(frame.bytes());
    if (!ethernet) {
        return wire::drop(ethernet.error());
    }
    if (ethernet->ethertype() == wire::ethertype_ipv6) {
        return wire::drop(DropReason::ipv6_unsupported);
    }
    if (ethernet->ethertype() != wire::ethertype_ipv4) {
        return wire::drop(DropReason::unknown_ethertype);
    }
    const auto ip = wire::Ipv4View::parse(ethernet->payload());
    if (!ip) {
        return wire::drop(ip.error());
    }
    Layout layout;
    layout.ip = static_cast<std::uint32_t>(ethernet->header_bytes());
    layout.l4 = layout.ip + static_cast<std::uint32_t>(ip->header_bytes());
    layout.end = layout.ip + ip->total_length();
    layout.tcp = ip->protocol() == wire::protocol_tcp;
    if (layout.tcp) {
        const auto tcp = wire::TcpView::parse(ip->payload(), wire::ChecksumCheck::trusted());
        if (!tcp) {
            return wire::drop(tcp.error());
        }
        layout.payload = layout.l4 + static_cast<std::uint32_t>(tcp->header_bytes());
        return layout;
    }
    const auto udp = wire::UdpView::parse(ip->payload(), wire::ChecksumCheck::trusted());
    if (ip->protocol() != wire::protocol_udp || !udp) {
        return wire::drop(udp ? DropReason::unknown_protocol : udp.error());
    }
    layout.payload = layout.l4 + static_cast<std::uint32_t>(wire::udp_header_bytes);
    return layout;
}

// Turns a copy of the GSO frame's headers into those of one segment, and sums it up.
void mend_headers(const Frame& out, const Layout& layout, std::uint32_t index, std::uint32_t payload_offset,
                  bool first, bool last) {
    std::uint8_t* ip = out.data + layout.ip;
    std::uint8_t* l4 = out.data + layout.l4;
    const std::span<std::uint8_t> l4_bytes{l4, out.size - layout.l4};

    store_be16(ip + 2, static_cast<std::uint16_t>(out.size - layout.ip));
    store_be16(ip + 4, static_cast<std::uint16_t>(load_be16(ip + 4) + index));
    store_be16(ip + 10, 0);
    store_be16(ip + 10, wire::checksum_of({ip, layout.l4 - layout.ip}));
    const std::uint32_t source = load_be32(ip + 12);
    const std::uint32_t destination = load_be32(ip + 16);

    if (layout.tcp) {
        using namespace wire::tcp_flag;
        store_be32(l4 + 4, load_be32(l4 + 4) + payload_offset);
        std::uint8_t flags = l4[13];
        flags = static_cast<std::uint8_t>(last ? flags : flags & ~(fin | psh));
        l4[13] = static_cast<std::uint8_t>(first ? flags : flags & ~cwr);
        store_be16(l4 + wire::tcp_checksum_offset, 0);
        store_be16(l4 + wire::tcp_checksum_offset,
                   wire::finish(wire::sum_of(l4_bytes) +
                                wire::pseudo_header_sum(source, destination, 6, l4_bytes.size())));
    } else {
        const wire::UdpHeader header{load_be16(l4), load_be16(l4 + 2)};
        header.emit(l4_bytes, source, destination);
    }
}

} // namespace

wire::Parsed<void> finish_checksum(Frame& frame) {
    if (!frame.meta.checksum_is_partial()) {
        return {};
    }
    const std::size_t start = frame.meta.csum_start;
    const std::size_t field = start + frame.meta.csum_offset;
    if (field + 2 > frame.size) {
        return wire::drop(DropReason::bad_offload);
    }
    const std::uint16_t sum = wire::checksum_of(frame.bytes().subspan(start));
    store_be16(frame.data + field, sum == 0 ? 0xffff : sum);
    frame.meta.flags = static_cast<std::uint8_t>(frame.meta.flags & ~wire::VnetMeta::needs_checksum);
    frame.meta.csum_start = frame.meta.csum_offset = 0;
    return {};
}

wire::Parsed<void> segment(const Frame& frame, FrameArena& arena, std::vector<Frame>& out) {
    if (!frame.meta.is_gso()) {
        Frame whole = frame;
        if (const auto finished = finish_checksum(whole); !finished) {
            return finished;
        }
        out.push_back(whole);
        return {};
    }
    const auto layout = lay_out(frame);
    if (!layout) {
        return wire::drop(layout.error());
    }
    const std::uint32_t size = frame.meta.gso_size;
    if (size == 0) {
        return wire::drop(DropReason::bad_offload);
    }
    const std::uint32_t payload_bytes = layout->end - layout->payload;
    const std::size_t mark = out.size();
    std::uint32_t offset = 0;
    std::uint32_t index = 0;
    do {
        const std::uint32_t piece = std::min(size, payload_bytes - offset);
        const auto made = arena.take(layout->payload + piece);
        if (!made) {
            out.resize(mark);
            return wire::drop(DropReason::no_buffer);
        }
        std::memcpy(made->data, frame.data, layout->payload);
        std::memcpy(made->data + layout->payload, frame.data + layout->payload + offset, piece);
        mend_headers(*made, *layout, index, offset, offset == 0, offset + piece == payload_bytes);
        out.push_back(*made);
        offset += piece;
        ++index;
    } while (offset < payload_bytes);
    return {};
}

} // namespace fulcrum::device
