// A whole IP stack fed with a series of arbitrary frames on two interfaces, while time passes. Input: for
// each frame one byte of control (interface, time step, offload, what to do with a packet handed up), two of
// length, the bytes. Invariants: nothing outside the frames is touched, packets handed up point into their
// frame, every frame sent is well formed, memory stays bounded.
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "engine/base/byte_order.h"
#include "engine/device/memory_device.h"
#include "engine/stack/ip_stack.h"

using namespace fulcrum;
using namespace std::chrono_literals;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

// Mutation alone hardly ever finds a right checksum: half of the inputs get theirs mended.
void mend_checksums(std::span<std::uint8_t> packet) {
    if (packet.size() < wire::ipv4_min_header_bytes) {
        return;
    }
    const std::size_t header = std::min<std::size_t>(packet.size(), 4U * (packet[0] & 15U));
    if (header < wire::ipv4_min_header_bytes) {
        return;
    }
    store_be16(packet.data() + 10, 0);
    store_be16(packet.data() + 10, wire::checksum_of(packet.first(header)));
    if (packet[9] == wire::protocol_icmp && packet.size() >= header + wire::icmp_header_bytes) {
        const auto message = packet.subspan(header);
        store_be16(message.data() + 2, 0);
        store_be16(message.data() + 2, wire::checksum_of(message));
    }
}

struct World {
    device::MemoryDevice::Pair front = device::MemoryDevice::make_pair();
    device::MemoryDevice::Pair back = device::MemoryDevice::make_pair();
    stack::IpStack stack{{.neighbours = {.entries = 16}, .reassembly = {.datagrams = 8}}};
    Instant now{1h};

    World() {
        stack::StackSettings settings;
        const auto address = [](const char* text) { return *IpAddress::parse(text); };
        const auto prefix = [](const char* text) { return *IpPrefix::parse(text); };
        settings.interfaces = {
            {"eth0",
             front.first.get(),
             Mac{{2, 0, 0, 0, 0, 1}},
             "global",
             1500,
             {prefix("10.1.1.2/24")},
             {address("10.1.1.1")}},
            {"eth1", back.first.get(), Mac{{2, 0, 0, 0, 0, 2}}, "global", 600, {prefix("10.1.2.2/24")}, {}}};
        settings.routes = {{"global", prefix("0.0.0.0/0"), address("10.1.1.254"), ""}};
        settings.vips = {{"global", address("10.1.1.100"), true}};
        require(stack.configure(settings, now).has_value());
    }

    void act(const stack::Packet& packet, std::uint8_t choice) {
        require(packet.ip.bytes().data() == packet.frame.data + wire::ethernet_header_bytes);
        require(packet.frame.size == wire::ethernet_header_bytes + packet.ip.total_length());
        require(!packet.ip.is_fragment());
        switch (choice & 3) {
        case 0:
            stack.forward(packet, now);
            break;
        case 1:
            stack.refuse(packet, wire::DropReason::closed_port, now);
            break;
        case 2:
            stack.dispatch(packet.frame, {stack::InterfaceId{1}, *IpAddress::parse("10.1.2.10")}, now);
            break;
        default:
            break;
        }
    }

    void check_sent(device::MemoryDevice& wire) {
        std::array<device::Frame, 64> frames;
        while (const std::size_t n = wire.receive(frames, now)) {
            for (std::size_t i = 0; i < n; ++i) {
                const auto ethernet = wire::EthernetView::parse(frames[i].bytes());
                require(ethernet.has_value());
                if (ethernet->ethertype() == wire::ethertype_arp) {
                    require(wire::parse_arp(ethernet->payload()).has_value());
                } else {
                    require(wire::Ipv4View::parse(ethernet->payload()).has_value());
                }
            }
        }
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World world;
    std::span<const std::uint8_t> rest{data, size};
    while (rest.size() >= 3) {
        const std::uint8_t control = rest[0];
        const std::size_t length = std::min<std::size_t>(load_be16(rest.data() + 1), rest.size() - 3);
        // A buffer of exactly this size, so that the sanitizer sees every step outside.
        const auto buffer = std::make_unique<std::uint8_t[]>(device::min_headroom_bytes + length);
        std::copy_n(rest.begin() + 3, length, buffer.get() + device::min_headroom_bytes);
        device::Frame frame{buffer.get() + device::min_headroom_bytes,
                            static_cast<std::uint32_t>(length),
                            device::min_headroom_bytes,
                            {}};
        if ((control & 0x10) != 0) {
            frame.meta.flags = wire::VnetMeta::needs_checksum;
            frame.meta.csum_start = 34;
            frame.meta.csum_offset = (control & 0x20) != 0 ? 16 : 6;
        }
        if ((control & 0x40) != 0) {
            frame.meta.gso_type =
                (control & 0x20) != 0 ? wire::VnetMeta::gso_tcp_v4 : wire::VnetMeta::gso_udp_l4;
            frame.meta.gso_size = static_cast<std::uint16_t>(length / 2);
        }
        rest = rest.subspan(3 + length);
        if ((control & 0x80) != 0 && length > wire::ethernet_header_bytes) {
            mend_checksums(frame.bytes().subspan(wire::ethernet_header_bytes));
        }

        const stack::InterfaceId ingress{static_cast<std::uint16_t>(control & 1U)};
        if (const auto packet = world.stack.process(frame, ingress, world.now)) {
            world.act(*packet, static_cast<std::uint8_t>(control >> 1));
        }
        world.stack.flush(world.now);
        if ((control & 8) != 0) {
            world.now += 700ms;
            world.stack.poll(world.now);
            world.stack.flush(world.now);
        }
        world.check_sent(*world.front.second);
        world.check_sent(*world.back.second);
    }
    require(world.stack.neighbours().size() <= 16);
    return 0;
}
