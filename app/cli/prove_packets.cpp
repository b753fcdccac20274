#include "app/cli/prove_packets.h"

#include <fmt/format.h>

#include "engine/base/byte_order.h"
#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::cli {
namespace {

constexpr std::size_t most_packets = 1'000'000;
constexpr std::size_t gre_bytes = 4; // without checksum, key and sequence number (RFC 2784 section 2.1)

// What a tunnel's header holds; empty: not IPv4, or a GRE header with more in it.
std::span<const std::uint8_t> inside(const wire::Ipv4View& outer) {
    const auto payload = outer.payload();
    if (outer.protocol() == wire::protocol_ipip) {
        return payload;
    }
    const bool plain = payload.size() >= gre_bytes && load_be16(payload.data()) == 0 &&
                       load_be16(payload.data() + 2) == wire::ethertype_ipv4;
    return plain ? payload.subspan(gre_bytes) : std::span<const std::uint8_t>{};
}

// Fills in protocol and ports. False: neither TCP nor UDP, or a later fragment.
bool read_ports(const wire::Ipv4View& ip, ProofPacket& seen) {
    if (ip.fragment_offset() != 0) {
        return false;
    }
    seen.source.address = ip.source();
    seen.destination.address = ip.destination();
    // The checksum of what a kernel just sent may be left to offload.
    if (ip.protocol() == wire::protocol_tcp) {
        if (const auto tcp = wire::TcpView::parse(ip.payload(), {.verify = false})) {
            seen.protocol = engine::Protocol::tcp;
            seen.source.port = tcp->source_port();
            seen.destination.port = tcp->destination_port();
            return true;
        }
    } else if (ip.protocol() == wire::protocol_udp) {
        if (const auto udp = wire::UdpView::parse(ip.payload(), {.verify = false})) {
            seen.protocol = engine::Protocol::udp;
            seen.source.port = udp->source_port();
            seen.destination.port = udp->destination_port();
            return true;
        }
    }
    return false;
}

} // namespace

std::string TunnelHeader::text() const {
    return fmt::format("{} {} → {}", protocol == wire::protocol_gre ? "GRE" : "IP in IP", source.text(),
                       destination.text());
}

bool ProofSink::is_full() const {
    return packets_.size() >= most_packets || arp_answers_.size() >= most_packets;
}

Result<> ProofSink::process_packet(const capture::Packet& packet) {
    const auto frame = wire::EthernetView::parse(packet.bytes);
    if (!frame || is_full()) {
        return {};
    }
    if (frame->ethertype() == wire::ethertype_arp) {
        const auto arp = wire::parse_arp(frame->payload());
        if (arp && arp->operation == wire::ArpOperation::reply) {
            arp_answers_.push_back({arp->sender_mac, arp->target_mac, arp->sender_ip});
        }
        return {};
    }
    if (frame->ethertype() != wire::ethertype_ipv4) {
        return {};
    }
    const auto ip = wire::Ipv4View::parse(frame->payload());
    if (!ip) {
        return {};
    }
    ProofPacket seen;
    seen.time_ns = packet.time_ns.value_or(0);
    seen.tap = packet.interface;
    seen.leaving = packet.direction() == capture::Direction::out;
    seen.source_mac = frame->source();
    seen.destination_mac = frame->destination();
    seen.ttl = ip->ttl();
    bool known = false;
    if (ip->protocol() == wire::protocol_ipip || ip->protocol() == wire::protocol_gre) {
        if (const auto inner = wire::Ipv4View::parse(inside(*ip))) {
            seen.tunnel = TunnelHeader{ip->protocol(), ip->source(), ip->destination()};
            seen.inner_ttl = inner->ttl();
            known = read_ports(*inner, seen);
        }
    } else {
        known = read_ports(*ip, seen);
    }
    if (known) {
        packets_.push_back(seen);
    }
    return {};
}

} // namespace fulcrum::cli
