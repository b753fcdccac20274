// An IP stack with two interfaces on memory devices, a fake clock, and packets in and out by the words of the
// test.
#pragma once

#include <array>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/device/memory_device.h"
#include "engine/stack/ip_stack.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::stack {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using wire::DropReason;

inline IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}
inline IpPrefix prefix(const char* text) {
    return *IpPrefix::parse(text);
}

inline constexpr Mac front_mac{{2, 0, 10, 1, 1, 2}};
inline constexpr Mac back_mac{{2, 0, 10, 1, 2, 2}};
inline constexpr Mac router_mac{{2, 0, 0, 0, 0, 0x01}};
inline constexpr Mac server_mac{{2, 0, 0, 0, 0, 0x10}};

// What an IPv4 test packet is made of; what is not named has a plain value.
struct Ipv4Test {
    Mac destination_mac = front_mac;
    Mac source_mac = router_mac;
    const char* source = "172.16.1.10";
    const char* destination = "10.1.1.100";
    std::uint8_t protocol = wire::protocol_udp;
    std::uint8_t ttl = 64;
    bool dont_fragment = false;
    bool more_fragments = false;
    std::uint16_t fragment_offset = 0;
    std::uint16_t identification = 0x77;
    Bytes payload = Bytes(16, 0xaa);
};

inline Bytes emit(const Ipv4Test& test) {
    wire::Ipv4Header header;
    header.total_length = static_cast<std::uint16_t>(20 + test.payload.size());
    header.identification = test.identification;
    header.dont_fragment = test.dont_fragment;
    header.more_fragments = test.more_fragments;
    header.fragment_offset = test.fragment_offset;
    header.ttl = test.ttl;
    header.protocol = test.protocol;
    header.source = ip(test.source);
    header.destination = ip(test.destination);
    Bytes out(34);
    wire::EthernetHeader{test.destination_mac, test.source_mac, wire::ethertype_ipv4}.emit(out.data());
    header.emit(out.data() + 14);
    out.insert(out.end(), test.payload.begin(), test.payload.end());
    return out;
}

inline Bytes udp_payload(const char* source, const char* destination, std::uint16_t source_port,
                         std::uint16_t destination_port, std::size_t data_bytes) {
    Bytes out(8 + data_bytes);
    std::iota(out.begin() + 8, out.end(), std::uint8_t{0});
    wire::UdpHeader{source_port, destination_port}.emit(out, ip(source).v4_value(),
                                                        ip(destination).v4_value());
    return out;
}

inline Bytes echo(wire::IcmpType type, std::size_t data_bytes = 24) {
    Bytes out(8 + data_bytes);
    std::iota(out.begin() + 8, out.end(), std::uint8_t{0});
    wire::IcmpHeader::echo(type, 0x1234, 5).emit(out);
    return out;
}

inline Bytes emit_arp(const wire::ArpPacket& arp, const Mac& destination) {
    Bytes out(14 + 28);
    wire::EthernetHeader{destination, arp.sender_mac, wire::ethertype_arp}.emit(out.data());
    arp.emit(out.data() + 14);
    return out;
}

// eth0 10.1.1.2/24 (front, VIP 10.1.1.100, floating 10.1.1.1), eth1 10.1.2.2/24 (back), default
// through 10.1.1.254.
class StackTest : public testing::Test {
protected:
    static constexpr InterfaceId front{0};
    static constexpr InterfaceId back{1};

    StackTest() {
        std::tie(front_device, front_wire) = device::MemoryDevice::make_pair();
        std::tie(back_device, back_wire) = device::MemoryDevice::make_pair();
        settings.interfaces = {
            {"eth0",
             front_device.get(),
             front_mac,
             "global",
             1500,
             {prefix("10.1.1.2/24")},
             {ip("10.1.1.1")}},
            {"eth1", back_device.get(), back_mac, "global", 1500, {prefix("10.1.2.2/24")}, {}},
        };
        settings.routes = {{"global", prefix("0.0.0.0/0"), ip("10.1.1.254"), ""}};
        settings.vips = {{"global", ip("10.1.1.100"), true}};
    }
    void SetUp() override {
        configure();
        advance(1min); // announcements are over
        sent(front);
        sent(back);
    }
    void configure() {
        const auto configured = stack.configure(settings, now);
        ASSERT_TRUE(configured) << configured.error().message;
        stack.poll(now);
        stack.flush(now);
    }

    // Feeds one frame over a buffer with headroom, so that in-place work is seen by sanitizers.
    std::optional<Packet> process(Bytes bytes, InterfaceId ingress = front, const wire::VnetMeta& meta = {}) {
        buffers.push_back(std::make_unique<Bytes>(device::min_headroom_bytes));
        Bytes& buffer = *buffers.back();
        buffer.insert(buffer.end(), bytes.begin(), bytes.end());
        device::Frame frame{buffer.data() + device::min_headroom_bytes,
                            static_cast<std::uint32_t>(bytes.size()), device::min_headroom_bytes, meta};
        return stack.process(frame, ingress, now);
    }
    // What the stack has sent on an interface since the last call.
    std::vector<Bytes> sent(InterfaceId interface) {
        stack.flush(now);
        std::vector<Bytes> out;
        sent_meta.clear();
        std::array<device::Frame, 64> frames;
        device::MemoryDevice& wire = interface == front ? *front_wire : *back_wire;
        while (const std::size_t n = wire.receive(frames, now)) {
            for (std::size_t i = 0; i < n; ++i) {
                out.emplace_back(frames[i].data, frames[i].data + frames[i].size);
                sent_meta.push_back(frames[i].meta);
            }
        }
        return out;
    }
    void advance(Duration by) {
        const Instant end = now + by;
        while (stack.next_deadline() <= end) {
            now = std::max(now, stack.next_deadline());
            stack.poll(now);
            stack.flush(now);
        }
        now = end;
    }
    std::uint64_t drops(DropReason reason) { return stack.drops().of(reason); }
    // Lets the stack learn a neighbour by answering what it asks.
    void learn(InterfaceId interface, const char* address, const Mac& mac) {
        stack.resolve({interface, ip(address)}, now);
        sent(interface);
        const InterfaceSettings& own = *stack.interface(interface);
        process(emit_arp({wire::ArpOperation::reply, mac, ip(address), own.mac, own.addresses[0].address},
                         own.mac),
                interface);
        ASSERT_NE(stack.resolve({interface, ip(address)}, now), nullptr);
    }

    Instant now{1h};
    std::unique_ptr<device::MemoryDevice> front_device, front_wire, back_device, back_wire;
    StackSettings settings;
    IpStack stack;
    std::vector<std::unique_ptr<Bytes>> buffers;
    std::vector<wire::VnetMeta> sent_meta;
};

// The IPv4 packet of a frame; fails the test when it is none.
inline wire::Ipv4View ipv4_of(const Bytes& frame) {
    const auto view = wire::Ipv4View::parse(std::span<const std::uint8_t>(frame).subspan(14));
    EXPECT_TRUE(view) << name_of(view.error());
    return view.value_or(wire::Ipv4View{});
}
inline wire::EthernetHeader ethernet_of(const Bytes& frame) {
    return wire::EthernetView::parse(frame)->header();
}
inline wire::ArpPacket arp_of(const Bytes& frame) {
    const auto arp = wire::parse_arp(std::span<const std::uint8_t>(frame).subspan(14));
    EXPECT_TRUE(arp);
    return arp.value_or(wire::ArpPacket{});
}

} // namespace fulcrum::stack
