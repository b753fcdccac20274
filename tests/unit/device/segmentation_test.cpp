#include <gtest/gtest.h>

#include <numeric>

#include "engine/device/memory_device.h"
#include "engine/device/segmentation.h"
#include "engine/device/software_offload.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::device {
namespace {

using Bytes = std::vector<std::uint8_t>;
using wire::DropReason;
using wire::VnetMeta;

const IpAddress client = *IpAddress::parse("172.16.1.10");
const IpAddress server = *IpAddress::parse("10.1.1.10");

// A frame in a buffer of its own, with headroom.
struct OwnedFrame {
    Bytes buffer;
    Frame frame;

    explicit OwnedFrame(std::size_t size) : buffer(min_headroom_bytes + size, 0xa5) {
        frame.data = buffer.data() + min_headroom_bytes;
        frame.size = static_cast<std::uint32_t>(size);
        frame.headroom = min_headroom_bytes;
    }
};

// A TCP or UDP GSO frame with payload 0, 1, 2, … and a partial checksum, as the kernel passes it.
OwnedFrame gso_frame(bool tcp, std::size_t payload_bytes, std::uint16_t gso_size, std::uint8_t flags = 0) {
    wire::TcpHeader header;
    header.source_port = 40000;
    header.destination_port = 80;
    header.sequence = 0xfffffff0;
    header.acknowledgement = 77;
    header.flags = flags;
    header.window = 500;
    header.options.timestamps = wire::TcpTimestamps{1, 2};
    const std::size_t l4_header = tcp ? header.size() : 8;
    OwnedFrame made(14 + 20 + l4_header + payload_bytes);
    std::uint8_t* out = made.frame.data;
    wire::EthernetHeader{Mac{{2, 0, 0, 0, 0, 1}}, Mac{{2, 0, 0, 0, 0, 2}}, wire::ethertype_ipv4}.emit(out);
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(20 + l4_header + payload_bytes);
    ip.identification = 0xffff;
    ip.protocol = tcp ? wire::protocol_tcp : wire::protocol_udp;
    ip.source = client;
    ip.destination = server;
    ip.emit(out + 14);
    const std::span<std::uint8_t> l4{out + 34, l4_header + payload_bytes};
    std::iota(l4.begin() + static_cast<std::ptrdiff_t>(l4_header), l4.end(), std::uint8_t{0});
    if (tcp) {
        header.emit_partial(l4, client.v4_value(), server.v4_value());
    } else {
        wire::UdpHeader{40000, 53}.emit(l4, client.v4_value(), server.v4_value());
        store_be16(l4.data() + 6,
                   wire::fold(wire::pseudo_header_sum(client.v4_value(), server.v4_value(), 17, l4.size())));
    }
    VnetMeta& meta = made.frame.meta;
    meta.flags = VnetMeta::needs_checksum;
    meta.gso_type = gso_size == 0 ? VnetMeta::gso_none : tcp ? VnetMeta::gso_tcp_v4 : VnetMeta::gso_udp_l4;
    meta.gso_size = gso_size;
    meta.hdr_len = static_cast<std::uint16_t>(34 + l4_header);
    meta.csum_start = 34;
    meta.csum_offset = tcp ? 16 : 6;
    return made;
}

wire::Ipv4View ip_of(const Frame& frame) {
    const auto ip = wire::Ipv4View::parse(std::span<const std::uint8_t>(frame.bytes()).subspan(14));
    EXPECT_TRUE(ip) << name_of(ip.error());
    return ip.value_or(wire::Ipv4View{});
}

wire::ChecksumCheck check_of(const wire::Ipv4View& ip) {
    return wire::ChecksumCheck::against(ip.source_value(), ip.destination_value());
}

TEST(FinishChecksum, MakesACompleteOne) {
    OwnedFrame made = gso_frame(true, 501, 0, wire::tcp_flag::ack);
    ASSERT_TRUE(finish_checksum(made.frame));
    EXPECT_FALSE(made.frame.meta.checksum_is_partial());
    const auto ip = ip_of(made.frame);
    EXPECT_TRUE(wire::TcpView::parse(ip.payload(), check_of(ip)));
    const Bytes once = made.buffer;
    ASSERT_TRUE(finish_checksum(made.frame)); // nothing left to do
    EXPECT_EQ(made.buffer, once);
}

TEST(FinishChecksum, RefusesAFieldOutsideTheFrame) {
    OwnedFrame made = gso_frame(true, 10, 0, wire::tcp_flag::ack);
    made.frame.meta.csum_start = static_cast<std::uint16_t>(made.frame.size - 17);
    EXPECT_EQ(finish_checksum(made.frame).error(), DropReason::bad_offload);
    made.frame.meta.csum_start = 0xffff;
    made.frame.meta.csum_offset = 0xffff;
    EXPECT_EQ(finish_checksum(made.frame).error(), DropReason::bad_offload);
}

TEST(Segment, CutsTcpAsACardWould) {
    using namespace wire::tcp_flag;
    OwnedFrame made = gso_frame(true, 3000, 1000, ack | psh | fin | cwr);
    FrameArena arena;
    std::vector<Frame> out;
    ASSERT_TRUE(segment(made.frame, arena, out));
    ASSERT_EQ(out.size(), 3U);
    Bytes payload;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto ip = ip_of(out[i]);
        EXPECT_EQ(ip.identification(), static_cast<std::uint16_t>(0xffff + i));
        const auto tcp = wire::TcpView::parse(ip.payload(), check_of(ip));
        ASSERT_TRUE(tcp) << name_of(tcp.error());
        EXPECT_EQ(tcp->sequence(), static_cast<std::uint32_t>(0xfffffff0 + 1000 * i));
        EXPECT_EQ(tcp->acknowledgement(), 77U);
        EXPECT_EQ(tcp->flags(), i == 0 ? ack | cwr : i == 1 ? ack : ack | psh | fin);
        EXPECT_EQ(tcp->header_bytes(), 32U);
        EXPECT_EQ(tcp->payload().size(), 1000U);
        payload.insert(payload.end(), tcp->payload().begin(), tcp->payload().end());
    }
    Bytes expected(3000);
    std::iota(expected.begin(), expected.end(), std::uint8_t{0});
    EXPECT_EQ(payload, expected);
}

TEST(Segment, LastPieceMayBeShort) {
    OwnedFrame made = gso_frame(true, 64000, 1448, wire::tcp_flag::ack);
    FrameArena arena;
    std::vector<Frame> out;
    ASSERT_TRUE(segment(made.frame, arena, out));
    ASSERT_EQ(out.size(), 45U);
    EXPECT_EQ(ip_of(out.back()).payload().size(), 32 + 64000U - 44 * 1448);
}

TEST(Segment, CutsUdpIntoDatagrams) {
    OwnedFrame made = gso_frame(false, 2500, 1000);
    FrameArena arena;
    std::vector<Frame> out;
    ASSERT_TRUE(segment(made.frame, arena, out));
    ASSERT_EQ(out.size(), 3U);
    for (const Frame& frame : out) {
        const auto ip = ip_of(frame);
        const auto udp = wire::UdpView::parse(ip.payload(), check_of(ip));
        ASSERT_TRUE(udp) << name_of(udp.error());
        EXPECT_EQ(udp->length(), &frame == &out.back() ? 508 : 1008);
        EXPECT_NE(udp->checksum(), 0);
    }
}

TEST(Segment, RefusesContradictions) {
    FrameArena arena;
    std::vector<Frame> out;
    OwnedFrame zero = gso_frame(true, 100, 10, wire::tcp_flag::ack);
    zero.frame.meta.gso_size = 0;
    EXPECT_EQ(segment(zero.frame, arena, out).error(), DropReason::bad_offload);
    OwnedFrame cut = gso_frame(true, 100, 10, wire::tcp_flag::ack);
    cut.frame.size = 40;
    EXPECT_EQ(segment(cut.frame, arena, out).error(), DropReason::ipv4_bad_total_length);
    OwnedFrame six = gso_frame(true, 100, 10, wire::tcp_flag::ack);
    store_be16(six.frame.data + 12, wire::ethertype_ipv6);
    EXPECT_EQ(segment(six.frame, arena, out).error(), DropReason::ipv6_unsupported);
    EXPECT_TRUE(out.empty());
}

TEST(Segment, AFullArenaLeavesNothingBehind) {
    FrameArena arena(1); // one block of 256 KB
    std::vector<Frame> out;
    OwnedFrame made = gso_frame(true, 60000, 1, wire::tcp_flag::ack);
    EXPECT_EQ(segment(made.frame, arena, out).error(), DropReason::no_buffer);
    EXPECT_TRUE(out.empty());
}

TEST(FrameArena, LendsDisjointFramesAndTakesThemBack) {
    FrameArena arena(std::size_t{1} << 20);
    std::vector<Frame> frames;
    while (const auto frame = arena.take(1514)) {
        std::fill(frame->data - frame->headroom, frame->data + frame->size,
                  static_cast<std::uint8_t>(frames.size()));
        frames.push_back(*frame);
    }
    EXPECT_GT(frames.size(), 500U);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_EQ(frames[i].headroom, min_headroom_bytes);
        EXPECT_EQ(frames[i].data[0], static_cast<std::uint8_t>(i));
        EXPECT_EQ(frames[i].data[1513], static_cast<std::uint8_t>(i));
    }
    const std::size_t capacity = arena.capacity_bytes();
    arena.reset();
    EXPECT_EQ(arena.take(10)->data, frames[0].data);
    EXPECT_EQ(arena.capacity_bytes(), capacity);
    EXPECT_FALSE(arena.take(1U << 20));
}

TEST(SoftwareOffload, ShowsWhatARealWireShows) {
    auto [near, far] = MemoryDevice::make_pair();
    SoftwareOffload offload(*near);
    OwnedFrame made = gso_frame(true, 3000, 1448, wire::tcp_flag::ack);
    const Instant now{};
    EXPECT_EQ(offload.send({&made.frame, 1}, now), 1U);
    std::array<Frame, 8> frames;
    ASSERT_EQ(far->receive(frames, now), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(frames[i].meta, VnetMeta{});
        EXPECT_LE(frames[i].size, 1514U);
        const auto ip = ip_of(frames[i]);
        EXPECT_TRUE(wire::TcpView::parse(ip.payload(), check_of(ip)));
    }
    OwnedFrame bad = gso_frame(true, 3000, 1448, wire::tcp_flag::ack);
    bad.frame.data[14] = 0x60;
    EXPECT_EQ(offload.send({&bad.frame, 1}, now), 0U);
    EXPECT_EQ(offload.drops().of(DropReason::ipv4_bad_version), 1U);
    EXPECT_EQ(offload.counters().tx_drops, 1U);
}

} // namespace
} // namespace fulcrum::device
