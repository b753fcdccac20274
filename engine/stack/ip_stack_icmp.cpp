// IpStack: ICMP (RFC 792, RFC 1122 section 3.2.2, RFC 1812 section 4.3) and resets for closed ports.
#include <algorithm>
#include <cstring>

#include "engine/base/byte_order.h"
#include "engine/device/segmentation.h"
#include "engine/stack/ip_stack.h"
#include "engine/wire/tcp.h"

namespace fulcrum::stack {

using wire::DropReason;
using wire::IcmpType;

namespace {

constexpr std::uint32_t ethernet_bytes = wire::ethernet_header_bytes;
constexpr std::uint8_t default_ttl = 64;
// An ICMP error is at most this long: as much of the packet as any link carries (RFC 1812 section 4.3.2.3).
constexpr std::size_t largest_error_bytes = 576;

} // namespace

// Ping is answered here, to the station it came from, so no route back is needed. Answers and error messages
// go up: probes and flows know what they are about.
std::optional<Packet> IpStack::process_local_icmp(const Packet& packet, const LocalAddress& local) {
    const auto icmp =
        wire::IcmpMutableView::parse(packet.ip.payload(), !packet.frame.meta.checksum_is_trusted());
    if (!icmp) {
        drop(icmp.error());
        return std::nullopt;
    }
    if (icmp->type() == IcmpType::echo_reply || icmp->is_error()) {
        return packet;
    }
    if (packet.from_vip) {
        drop(DropReason::martian_source); // nobody but us asks as the VIP
        return std::nullopt;
    }
    if (icmp->type() != IcmpType::echo_request || icmp->code() != 0 || !local.ping_reply) {
        drop(DropReason::icmp_unsupported);
        return std::nullopt;
    }
    device::Frame answer = packet.frame;
    if (const auto finished = device::finish_checksum(answer); !finished) {
        drop(finished.error());
        return std::nullopt;
    }
    icmp->set_type(IcmpType::echo_reply);
    const std::uint32_t asker = packet.ip.source_value();
    packet.ip.set_source_value(packet.ip.destination_value());
    packet.ip.set_destination_value(asker);
    packet.ip.set_ttl(default_ttl);
    dispatch_to(answer, packet.ingress, packet.source_mac);
    return std::nullopt;
}

std::optional<IpAddress> IpStack::voice_of(InterfaceId interface) const {
    const InterfaceSettings& settings = interfaces_[interface.value].settings;
    if (!settings.addresses.empty()) {
        return settings.addresses.front().address;
    }
    return settings.floating.empty() ? std::nullopt : std::optional(settings.floating.front());
}

void IpStack::send_icmp_error(const Packet& packet, IcmpType type, std::uint8_t code, std::uint16_t mtu_bytes,
                              const std::optional<IpAddress>& source, Instant now) {
    // Never about an error message, nor about what is not ICMP's first fragment; the source is a single host,
    // or process() would have dropped the packet.
    const auto payload = packet.ip.payload();
    if (packet.ip.fragment_offset() != 0 ||
        (packet.ip.protocol() == wire::protocol_icmp &&
         (payload.empty() || wire::IcmpView::is_error(static_cast<IcmpType>(payload[0]))))) {
        return;
    }
    const auto voice = source ? source : voice_of(packet.ingress);
    if (!voice) {
        return; // an interface without any address has nobody to speak as
    }
    if (const auto frame =
            make_icmp_error(*voice, packet.ip.source(), {type, code, mtu_bytes}, packet.ip.bytes(), now)) {
        dispatch_to(*frame, packet.ingress, packet.source_mac);
    }
}

void IpStack::send_icmp_error(std::span<const std::uint8_t> quoted, VrfId vrf,
                              const std::optional<Station>& station, wire::IcmpHeader header,
                              const IpAddress& source, Instant now) {
    const IpAddress sender = IpAddress::v4_bytes(quoted.data() + 12);
    const auto hop = station ? std::nullopt : route(vrf, sender);
    if (!station && !hop) {
        drop(DropReason::no_route);
        return;
    }
    if (const auto frame = make_icmp_error(source, sender, header, quoted, now)) {
        station ? dispatch_to(*frame, station->egress, station->mac) : dispatch(*frame, *hop, false, now);
    }
}

std::optional<device::Frame> IpStack::make_icmp_error(const IpAddress& source, const IpAddress& destination,
                                                      wire::IcmpHeader header,
                                                      std::span<const std::uint8_t> quoted, Instant now) {
    if (!icmp_errors_.take(now)) {
        drop(DropReason::icmp_rate_limited);
        return std::nullopt;
    }
    constexpr std::size_t headers = wire::Ipv4Header::size() + wire::IcmpHeader::size();
    quoted = quoted.first(std::min(quoted.size(), largest_error_bytes - headers));
    const std::size_t ip_bytes = headers + quoted.size();
    const auto frame = make_frame(static_cast<std::uint32_t>(ip_bytes));
    if (!frame) {
        return std::nullopt;
    }
    wire::Ipv4Header ip;
    ip.dscp_ecn = 0xc0; // precedence 6, internetwork control (RFC 1812 section 4.3.2.5)
    ip.total_length = static_cast<std::uint16_t>(ip_bytes);
    ip.identification = next_identification_++;
    ip.ttl = default_ttl;
    ip.protocol = wire::protocol_icmp;
    ip.source = source;
    ip.destination = destination;
    std::uint8_t* out = frame->data + ethernet_bytes;
    ip.emit(out);
    std::memcpy(out + headers, quoted.data(), quoted.size());
    header.emit({out + wire::Ipv4Header::size(), wire::IcmpHeader::size() + quoted.size()});
    return frame;
}

void IpStack::refuse(const Packet& packet, DropReason reason, Instant now) {
    drop(reason);
    if (packet.ip.protocol() == wire::protocol_tcp) {
        send_reset(packet);
        return;
    }
    const std::uint8_t code = packet.ip.protocol() == wire::protocol_udp
                                  ? wire::icmp_code::port_unreachable
                                  : wire::icmp_code::protocol_unreachable;
    send_icmp_error(packet, IcmpType::unreachable, code, 0, packet.ip.destination(), now);
}

// RFC 9293 section 3.10.7.1, "if the state is CLOSED".
void IpStack::send_reset(const Packet& packet) {
    using namespace wire::tcp_flag;
    const auto tcp = wire::TcpMutableView::parse(packet.ip.payload(), packet.checksum_check());
    if (!tcp) {
        drop(tcp.error());
        return;
    }
    if (tcp->has(rst)) {
        return;
    }
    wire::TcpHeader reset;
    reset.source_port = tcp->destination_port();
    reset.destination_port = tcp->source_port();
    if (tcp->has(ack)) {
        reset.sequence = tcp->acknowledgement();
        reset.flags = rst;
    } else {
        const std::size_t length = tcp->payload().size() + (tcp->has(syn) ? 1 : 0) + (tcp->has(fin) ? 1 : 0);
        reset.acknowledgement = tcp->sequence() + static_cast<std::uint32_t>(length);
        reset.flags = rst | ack;
    }
    const std::size_t ip_bytes = wire::Ipv4Header::size() + reset.size();
    const auto frame = make_frame(static_cast<std::uint32_t>(ip_bytes));
    if (!frame) {
        return;
    }
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(ip_bytes);
    ip.dont_fragment = true;
    ip.ttl = default_ttl;
    ip.protocol = wire::protocol_tcp;
    ip.source = packet.ip.destination();
    ip.destination = packet.ip.source();
    std::uint8_t* out = frame->data + ethernet_bytes;
    ip.emit(out);
    reset.emit({out + wire::Ipv4Header::size(), reset.size()}, packet.ip.destination_value(),
               packet.ip.source_value());
    dispatch_to(*frame, packet.ingress, packet.source_mac);
}

void IpStack::report_reassembly_timeouts(Instant now) {
    for (const Reassembler::TimedOut& given_up : reassembler_.timed_out()) {
        const auto quoted = std::span(given_up.frame).subspan(ethernet_bytes);
        const std::size_t header = std::size_t{4} * (quoted[0] & 0x0fU);
        const bool about_error = quoted[9] == wire::protocol_icmp &&
                                 wire::IcmpView::is_error(static_cast<IcmpType>(quoted[header]));
        const auto voice = voice_of(given_up.ingress);
        if (about_error || !voice) {
            continue;
        }
        Mac to;
        std::memcpy(to.bytes.data(), given_up.frame.data() + 6, 6);
        const wire::IcmpHeader header_out{IcmpType::time_exceeded, wire::icmp_code::reassembly_exceeded, 0};
        if (const auto frame =
                make_icmp_error(*voice, IpAddress::v4_bytes(quoted.data() + 12), header_out, quoted, now)) {
            dispatch_to(*frame, given_up.ingress, to);
        }
    }
    reassembler_.timed_out().clear();
}

// A forwarded packet waited in vain for its next hop: its sender is told by the way routes lead to it (RFC
// 1812 section 5.2.7.1, host unreachable).
void IpStack::report_unreachable(const WaitingPacket& packet, InterfaceId egress, Instant now) {
    const auto ip = wire::Ipv4View::parse(
        std::span(packet.buffer).subspan(device::min_headroom_bytes + std::size_t{ethernet_bytes}));
    if (!ip ||
        (ip->protocol() == wire::protocol_icmp &&
         (ip->payload().empty() || wire::IcmpView::is_error(static_cast<IcmpType>(ip->payload()[0]))))) {
        return;
    }
    const auto back = route(interfaces_[egress.value].vrf, ip->source());
    const auto voice = back ? source_address(*back) : std::nullopt;
    if (!voice) {
        return;
    }
    const wire::IcmpHeader header{IcmpType::unreachable, wire::icmp_code::host_unreachable, 0};
    if (const auto frame = make_icmp_error(*voice, ip->source(), header, ip->bytes(), now)) {
        dispatch(*frame, *back, false, now);
    }
}

} // namespace fulcrum::stack
