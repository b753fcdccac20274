#include "engine/proxy/segment_sender.h"

#include <algorithm>
#include <cstring>

namespace fulcrum::proxy {

namespace {
constexpr std::uint32_t ethernet_bytes = 14, ip_bytes = 20;
}

void SegmentSender::aim(const tcp::Endpoints& ends, balance::FlowHop& hop, Instant now) {
    aim(ends, {.asked = ends.their_address, .server = ends.their_address}, hop, now);
}

void SegmentSender::aim(const tcp::Endpoints& ends, const balance::ServerWay& way, balance::FlowHop& hop,
                        Instant now) {
    ends_ = ends;
    way_ = way;
    hop_ = &hop;
    now_ = now;
}

void SegmentSender::aim(const tcp::Endpoints& ends, const Station& station, Instant now) {
    ends_ = ends;
    hop_ = nullptr;
    station_ = station;
    now_ = now;
}

void SegmentSender::transmit(const wire::TcpHeader& header, std::span<const tcp::Slice> slices,
                             std::uint32_t payload_bytes, std::uint32_t mss_bytes) {
    stack::IpStack& stack = paths_.stack();
    const auto header_bytes = static_cast<std::uint32_t>(header.size());
    const std::uint32_t segment_bytes = header_bytes + payload_bytes;
    pending_bytes_ += ip_bytes + segment_bytes;
    if (pending_bytes_ > pending_limit) {
        stack.flush(now_);
        pending_bytes_ = ip_bytes + segment_bytes;
    }
    const auto frame = stack.make_frame(ip_bytes + segment_bytes);
    if (!frame) {
        return; // counted by the stack; TCP sends it again
    }
    std::uint8_t* ip = frame->data + ethernet_bytes;
    wire::Ipv4Header ip_header;
    ip_header.total_length = static_cast<std::uint16_t>(ip_bytes + segment_bytes);
    ip_header.identification = identification_;
    ip_header.dont_fragment = true; // path MTU discovery (RFC 1191)
    ip_header.protocol = wire::protocol_tcp;
    ip_header.source = IpAddress::v4(ends_.our_address);
    ip_header.destination = IpAddress::v4(ends_.their_address);
    ip_header.emit(ip);
    std::uint8_t* at = ip + ip_bytes + header_bytes;
    for (const tcp::Slice& slice : slices) {
        std::memcpy(at, slice.data(), slice.size());
        at += slice.size();
    }
    wire::TcpHeader addressed = header;
    addressed.source_port = ends_.our_port;
    addressed.destination_port = ends_.their_port;
    addressed.emit_partial({ip + ip_bytes, segment_bytes}, ends_.our_address, ends_.their_address);

    device::Frame ready = *frame;
    ready.meta = {};
    ready.meta.flags = wire::VnetMeta::needs_checksum;
    ready.meta.csum_start = ethernet_bytes + ip_bytes;
    ready.meta.csum_offset = wire::tcp_checksum_offset;
    if (payload_bytes > mss_bytes) {
        ready.meta.gso_type = wire::VnetMeta::gso_tcp_v4;
        ready.meta.gso_size = static_cast<std::uint16_t>(mss_bytes);
        ready.meta.hdr_len = static_cast<std::uint16_t>(ethernet_bytes + ip_bytes + header_bytes);
    }
    // One identification for each segment that the frame is cut into.
    identification_ =
        static_cast<std::uint16_t>(identification_ + 1 + payload_bytes / std::max(mss_bytes, 1U));
    sent_bytes_ += ip_bytes + segment_bytes;
    dispatch(ready);
}

void SegmentSender::dispatch(const device::Frame& frame) {
    stack::IpStack& stack = paths_.stack();
    if (hop_ == nullptr) {
        stack.dispatch_to(frame, stack::InterfaceId{station_.interface}, station_.mac);
        return;
    }
    const bool tunnelled = way_.tunnel != balance::Tunnel::none;
    if (paths_.is_fresh(*hop_) && !tunnelled) {
        stack.dispatch_to(frame, stack::InterfaceId{hop_->interface}, hop_->destination);
        return;
    }
    const stack::VrfId vrf{static_cast<std::uint16_t>(ends_.vrf)};
    if (const auto next = paths_.renew(*hop_, vrf, way_.server, now_)) {
        way_sender_.send(frame, way_, IpAddress::v4(ends_.our_address), *next, now_);
    } else {
        stack.drops().add(wire::DropReason::no_route);
    }
}

} // namespace fulcrum::proxy
