#include <gtest/gtest.h>

#include "engine/wire/rewrite.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t client = 0xac10010a;
constexpr std::uint32_t vip = 0x0a010164;
constexpr std::uint32_t server = 0x0a01010b;

Bytes packet(std::uint8_t protocol, std::size_t l4_bytes) {
    Bytes bytes(20 + l4_bytes, 0x33);
    Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(bytes.size());
    ip.protocol = protocol;
    ip.source = IpAddress::v4(client);
    ip.destination = IpAddress::v4(vip);
    ip.emit(bytes.data());
    return bytes;
}

TcpHeader tcp_header() {
    TcpHeader tcp;
    tcp.source_port = 40000;
    tcp.destination_port = 80;
    tcp.flags = tcp_flag::ack;
    return tcp;
}

TEST(Rewrite, TcpWithCompleteChecksum) {
    Bytes bytes = packet(protocol_tcp, 120);
    tcp_header().emit(std::span(bytes).subspan(20), client, vip);
    const auto ip = Ipv4MutableView::parse(bytes);
    rewrite_endpoint(*ip, {}, Side::destination, server, 8080);

    const auto after = Ipv4View::parse(bytes);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->destination_value(), server);
    EXPECT_EQ(after->source_value(), client);
    const auto tcp = TcpView::parse(after->payload(), ChecksumCheck::against(client, server));
    ASSERT_TRUE(tcp) << name_of(tcp.error());
    EXPECT_EQ(tcp->destination_port(), 8080);
    EXPECT_EQ(tcp->source_port(), 40000);
}

TEST(Rewrite, ThereAndBackIsTheSamePacket) {
    Bytes bytes = packet(protocol_tcp, 33);
    tcp_header().emit(std::span(bytes).subspan(20), client, vip);
    const Bytes original = bytes;
    const auto ip = Ipv4MutableView::parse(bytes);
    rewrite_endpoint(*ip, {}, Side::source, server, 1);
    EXPECT_NE(bytes, original);
    rewrite_endpoint(*ip, {}, Side::source, client, 40000);
    EXPECT_EQ(bytes, original);
}

TEST(Rewrite, TcpWithPartialChecksumHoldsTheNewPseudoHeader) {
    Bytes bytes = packet(protocol_tcp, 120);
    tcp_header().emit_partial(std::span(bytes).subspan(20), client, vip);
    VnetMeta meta;
    meta.flags = VnetMeta::needs_checksum;
    meta.csum_start = 34;
    meta.csum_offset = 16;
    rewrite_endpoint(*Ipv4MutableView::parse(bytes), meta, Side::destination, server, 8080);
    EXPECT_EQ(load_be16(bytes.data() + 20 + 16), fold(pseudo_header_sum(client, server, 6, 120)));
    EXPECT_EQ(load_be16(bytes.data() + 22), 8080);
}

TEST(Rewrite, UdpKeepsNoChecksumAndNeverWritesZero) {
    Bytes bytes = packet(protocol_udp, 20);
    UdpHeader{5000, 53}.emit(std::span(bytes).subspan(20), client, vip);
    Bytes without = bytes;
    store_be16(without.data() + 26, 0);
    rewrite_endpoint(*Ipv4MutableView::parse(without), {}, Side::destination, server, 5353);
    EXPECT_EQ(load_be16(without.data() + 26), 0);

    // Every port once: one of them makes the sum come out as 0, which must be written as 0xffff.
    bool ones_seen = false;
    for (std::uint32_t port = 1; port <= 0xffff; ++port) {
        rewrite_endpoint(*Ipv4MutableView::parse(bytes), {}, Side::destination, server,
                         static_cast<std::uint16_t>(port));
        ASSERT_NE(load_be16(bytes.data() + 26), 0);
        ones_seen = ones_seen || load_be16(bytes.data() + 26) == 0xffff;
    }
    EXPECT_TRUE(ones_seen);
    EXPECT_TRUE(UdpView::parse(std::span(bytes).subspan(20), ChecksumCheck::against(client, server)));
}

} // namespace
} // namespace fulcrum::wire
