// P5: addresses of a capture as those of another network, and what the kernel is told about frames.
#include <gmock/gmock.h>

#include "capture/replay/offload.h"
#include "capture/replay/replay.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::HasSubstr;

wire::TcpHeader header() {
    wire::TcpHeader made;
    made.source_port = 1000;
    made.destination_port = 80;
    made.flags = wire::tcp_flag::ack;
    return made;
}

std::uint16_t sum_over(const made::Frame& frame) { // of the whole segment with its pseudo-header; 0: right
    const std::span<const std::uint8_t> tcp(frame.data() + 34, frame.size() - 34);
    return wire::finish(wire::sum_of(tcp) + wire::sum_of(std::span(frame.data() + 26, 8)) + 6 + tcp.size());
}

TEST(AddressMap, ChecksumsFollow) {
    AddressMap map;
    ASSERT_TRUE(map.add("10.0.0.1=192.168.77.200"));
    ASSERT_TRUE(map.add("02:00:00:00:00:02=02:aa:bb:cc:dd:ee"));
    auto frame = made::ethernet(2, 1, 0x0800, made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header(), "odd"));
    ASSERT_EQ(sum_over(frame), 0);
    map.apply(link_type::ethernet, frame);
    EXPECT_EQ(IpAddress::v4_bytes(frame.data() + 26).text(), "192.168.77.200");
    EXPECT_EQ(IpAddress::v4_bytes(frame.data() + 30).text(), "10.0.0.2");
    EXPECT_EQ(frame[1], 0xaa);
    EXPECT_EQ(wire::checksum_of(std::span(frame.data() + 14, 20)), 0);
    EXPECT_EQ(sum_over(frame), 0);
}

TEST(AddressMap, AnUnfinishedChecksumStaysUnfinished) {
    AddressMap map;
    ASSERT_TRUE(map.add("10.0.0.2=10.99.0.2"));
    auto frame = made::ethernet(2, 1, 0x0800, made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header(), "hello!"));
    const auto partial = [&] {
        return wire::fold(wire::sum_of(std::span(frame.data() + 26, 8)) + 6 + (frame.size() - 34));
    };
    store_be16(frame.data() + 34 + 16, partial());
    map.apply(link_type::ethernet, frame);
    EXPECT_EQ(load_be16(frame.data() + 34 + 16), partial());
}

TEST(AddressMap, ArpAndTunnelsToo) {
    AddressMap map;
    ASSERT_TRUE(map.add("10.0.0.1=10.7.7.7"));
    made::Frame arp{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2};
    auto frame = made::ethernet(0xff, 1, 0x0806, arp);
    map.apply(link_type::ethernet, frame);
    EXPECT_EQ(IpAddress::v4_bytes(frame.data() + 14 + 14).text(), "10.7.7.7");
    auto tunnel = made::ethernet(2, 1, 0x0800,
                                 made::ipv4({.source = "10.1.1.2", .destination = "10.1.2.10", .protocol = 4},
                                            made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header())));
    map.apply(link_type::ethernet, tunnel);
    EXPECT_EQ(IpAddress::v4_bytes(tunnel.data() + 34 + 12).text(), "10.7.7.7");
    EXPECT_EQ(IpAddress::v4_bytes(tunnel.data() + 26).text(), "10.1.1.2");
}

TEST(AddressMap, RefusesHalves) {
    AddressMap map;
    for (const auto* text : {"10.0.0.1", "10.0.0.1=::1", "a=b", "=", "10.0.0.1=02:00:00:00:00:01"}) {
        EXPECT_THAT(map.add(text).error().message, HasSubstr("OLD=NEW")) << text;
    }
}

TEST(Offload, LargeFramesAreSegments) {
    const auto large = made::ethernet(
        2, 1, 0x0800, made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header(), std::string(60'000, 'x')));
    const auto plan = plan_offload(large, 1500);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->meta.gso_type, wire::VnetMeta::gso_tcp_v4);
    EXPECT_EQ(plan->meta.gso_size, 1460);
    EXPECT_EQ(plan->meta.hdr_len, 54);
    EXPECT_EQ(plan->meta.csum_start, 34);
    EXPECT_EQ(plan->meta.csum_offset, 16);
    const auto small =
        made::ethernet(2, 1, 0x0800, made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header(), "x"));
    EXPECT_FALSE(plan_offload(small, 1500)->meta.checksum_is_partial());
    const auto icmp = made::ethernet(
        2, 1, 0x0800,
        made::ipv4({.source = "10.0.0.1", .destination = "10.0.0.2", .protocol = 1}, made::Frame(3000)));
    EXPECT_FALSE(plan_offload(icmp, 1500));
    EXPECT_TRUE(plan_offload(icmp, 9000));
}

} // namespace
} // namespace fulcrum::capture
