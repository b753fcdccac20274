#include "engine/proxy/arrived_segment.h"

namespace fulcrum::proxy {

std::optional<tcp::Segment> arrived_segment(const stack::Packet& packet, tcp::BufferPool& buffers,
                                            wire::DropCounters& drops) {
    const auto tcp = wire::TcpMutableView::parse(packet.ip.payload(), wire::ChecksumCheck::trusted());
    if (!tcp) {
        drops.add(tcp.error());
        return std::nullopt;
    }
    const auto options = wire::parse_tcp_options(tcp->options());
    if (!options) {
        drops.add(options.error());
        return std::nullopt;
    }
    tcp::Segment segment;
    segment.sequence = tcp::Sequence(tcp->sequence());
    segment.acknowledgement = tcp::Sequence(tcp->acknowledgement());
    segment.flags = tcp->flags();
    segment.window = tcp->window();
    segment.options = *options;
    if (!tcp->payload().empty()) {
        segment.payload = buffers.copy(tcp->payload());
        if (segment.payload.empty()) {
            drops.add(wire::DropReason::no_buffer);
            return std::nullopt; // as if the network had lost it
        }
    }
    return segment;
}

} // namespace fulcrum::proxy
