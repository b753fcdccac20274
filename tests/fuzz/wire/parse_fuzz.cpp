// Every parser of engine/wire on arbitrary bytes: nothing may be read outside them, and what a view promises
// (spans inside the packet, emit gives back what parse read) must hold.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engine/device/segmentation.h"
#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmpv4.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/ipv6.h"
#include "engine/wire/rewrite.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

using namespace fulcrum;

namespace {

using Bytes = std::span<const std::uint8_t>;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

bool inside(Bytes part, Bytes whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void touch(Bytes bytes) { // lets the address sanitizer see the whole span
    volatile std::uint8_t sum = 0;
    for (const std::uint8_t byte : bytes) {
        sum = static_cast<std::uint8_t>(sum + byte);
    }
}

void parse_l4(const wire::Ipv4View& ip) {
    const auto check = wire::ChecksumCheck::against(ip.source_value(), ip.destination_value());
    for (const auto& policy : {check, wire::ChecksumCheck::trusted()}) {
        if (const auto tcp = wire::TcpView::parse(ip.payload(), policy)) {
            require(inside(tcp->options(), ip.bytes()) && inside(tcp->payload(), ip.bytes()));
            touch(tcp->payload());
            if (const auto options = wire::parse_tcp_options(tcp->options());
                options && options->size() <= 40) {
                std::vector<std::uint8_t> out(options->size());
                options->emit(out.data());
                require(wire::parse_tcp_options(out).value() == *options);
            }
        }
        if (const auto udp = wire::UdpView::parse(ip.payload(), policy)) {
            require(inside(udp->payload(), ip.bytes()));
            touch(udp->payload());
        }
        if (const auto icmp = wire::IcmpView::parse(ip.payload(), policy.verify)) {
            touch(icmp->payload());
            if (icmp->is_error()) {
                (void)wire::Ipv4View::parse(icmp->payload());
            }
        }
    }
}

// A packet with a right checksum has a right one after translation, too.
void rewrite(const wire::Ipv4View& ip) {
    if (ip.is_fragment()) {
        return;
    }
    const auto check = wire::ChecksumCheck::against(ip.source_value(), ip.destination_value());
    const bool tcp = ip.protocol() == wire::protocol_tcp && wire::TcpView::parse(ip.payload(), check);
    const bool udp = ip.protocol() == wire::protocol_udp && wire::UdpView::parse(ip.payload(), check);
    if (!tcp && !udp) {
        return;
    }
    std::vector<std::uint8_t> copy(ip.bytes().begin(), ip.bytes().end());
    const auto packet = wire::Ipv4MutableView::parse(copy);
    wire::rewrite_endpoint(*packet, {}, wire::Side::destination, 0x0a0b0c0d, 8080);
    packet->decrement_ttl();
    const auto after = wire::Ipv4View::parse(copy);
    require(after.has_value());
    const auto again = wire::ChecksumCheck::against(after->source_value(), after->destination_value());
    require(tcp ? wire::TcpView::parse(after->payload(), again).has_value()
                : wire::UdpView::parse(after->payload(), again).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes{data, size};
    const auto ethernet = wire::EthernetView::parse(bytes);
    if (!ethernet) {
        return 0;
    }
    (void)ethernet->vlan_id();
    const Bytes payload = ethernet->payload();
    require(inside(payload, bytes));

    if (const auto arp = wire::parse_arp(payload)) {
        std::vector<std::uint8_t> out(wire::ArpPacket::size());
        arp->emit(out.data());
        require(std::equal(out.begin(), out.end(), payload.begin()));
    }
    (void)wire::parse_ipv6(payload);
    if (const auto ip = wire::Ipv4View::parse(payload)) {
        require(inside(ip->payload(), payload) && inside(ip->options(), payload));
        (void)wire::check_options(ip->options());
        parse_l4(*ip);
        rewrite(*ip);
    }

    // The last bytes as offload metadata for the frame before them.
    if (size >= sizeof(wire::VnetMeta) && size <= device::max_frame_bytes) {
        std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
        device::Frame frame{copy.data(), static_cast<std::uint32_t>(size), 0, {}};
        std::memcpy(static_cast<void*>(&frame.meta), data + size - sizeof(wire::VnetMeta),
                    sizeof(wire::VnetMeta));
        device::FrameArena arena(std::size_t{1} << 20);
        std::vector<device::Frame> out;
        if (device::segment(frame, arena, out)) {
            for (const device::Frame& piece : out) {
                touch(piece.bytes());
            }
        }
    }
    return 0;
}
