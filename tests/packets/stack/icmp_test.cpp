#include "tests/packets/stack/stack_fixture.h"

namespace fulcrum::stack {
namespace {

using wire::IcmpType;
using wire::IcmpView;

using Icmp = StackTest;

Ipv4Test ping(const char* destination, std::size_t data_bytes = 24) {
    return {.destination = destination,
            .protocol = wire::protocol_icmp,
            .ttl = 3,
            .payload = echo(IcmpType::echo_request, data_bytes)};
}

TEST_F(Icmp, EveryOwnAddressAnswersPingToTheStationItCameFrom) {
    for (const char* owned : {"10.1.1.2", "10.1.1.1", "10.1.1.100", "10.1.2.2"}) {
        EXPECT_FALSE(process(emit(ping(owned))));
        const auto out = sent(front);
        ASSERT_EQ(out.size(), 1U) << owned;
        EXPECT_EQ(ethernet_of(out[0]), (wire::EthernetHeader{router_mac, front_mac, wire::ethertype_ipv4}));
        const auto answer = ipv4_of(out[0]);
        EXPECT_EQ(answer.source(), ip(owned));
        EXPECT_EQ(answer.destination(), ip("172.16.1.10"));
        EXPECT_EQ(answer.ttl(), 64);
        EXPECT_EQ(Bytes(answer.payload().begin(), answer.payload().end()), echo(IcmpType::echo_reply));
    }
}

TEST_F(Icmp, AVipMayBeSilent) {
    settings.vips[0].ping_reply = false;
    configure();
    sent(front);
    EXPECT_FALSE(process(emit(ping("10.1.1.100"))));
    EXPECT_TRUE(sent(front).empty());
    EXPECT_EQ(drops(DropReason::icmp_unsupported), 1U);
    process(emit(ping("10.1.1.2")));
    EXPECT_EQ(sent(front).size(), 1U);
}

TEST_F(Icmp, ALargePingComesBackInFragments) {
    const Bytes message = echo(IcmpType::echo_request, 3000);
    for (std::size_t from = 0; from < message.size(); from += 1480) {
        const std::size_t to = std::min(message.size(), from + 1480);
        process(emit(Ipv4Test{.protocol = wire::protocol_icmp,
                              .more_fragments = to < message.size(),
                              .fragment_offset = static_cast<std::uint16_t>(from),
                              .payload = Bytes(message.begin() + static_cast<std::ptrdiff_t>(from),
                                               message.begin() + static_cast<std::ptrdiff_t>(to))}));
    }
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 3U);
    Bytes together;
    for (const Bytes& frame : out) {
        const auto piece = ipv4_of(frame);
        EXPECT_LE(piece.total_length(), 1500);
        EXPECT_EQ(piece.fragment_offset(), together.size());
        EXPECT_EQ(piece.more_fragments(), &frame != &out.back());
        together.insert(together.end(), piece.payload().begin(), piece.payload().end());
    }
    EXPECT_EQ(together, echo(IcmpType::echo_reply, 3000));
}

TEST_F(Icmp, AnswersAndErrorsGoUp) {
    const auto reply = process(emit(Ipv4Test{
        .destination = "10.1.1.2", .protocol = wire::protocol_icmp, .payload = echo(IcmpType::echo_reply)}));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->destination, Destination::own);
    Bytes message(8 + 28);
    wire::IcmpHeader{IcmpType::unreachable, wire::icmp_code::fragmentation_needed, 1400}.emit(message);
    EXPECT_TRUE(process(emit(Ipv4Test{.protocol = wire::protocol_icmp, .payload = message})));
    message[0] = 13; // timestamp request
    process(emit(Ipv4Test{.protocol = wire::protocol_icmp, .payload = message}));
    EXPECT_EQ(drops(DropReason::icmp_bad_checksum), 1U);
    EXPECT_TRUE(sent(front).empty());
}

TEST_F(Icmp, TransitPingIsNotOurs) {
    const auto packet = process(emit(ping("10.1.2.10")));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->destination, Destination::transit);
}

TEST_F(Icmp, TimeExceededQuotesThePacketAsItCame) {
    const Bytes in = emit(Ipv4Test{.destination = "10.1.2.10", .ttl = 1});
    auto packet = process(in);
    stack.forward(*packet, now);
    EXPECT_EQ(drops(DropReason::ttl_expired), 1U);
    EXPECT_TRUE(sent(back).empty());
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    const auto answer = ipv4_of(out[0]);
    EXPECT_EQ(answer.source(), ip("10.1.1.2"));
    EXPECT_EQ(answer.dscp_ecn(), 0xc0);
    const auto icmp = IcmpView::parse(answer.payload(), true);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp->type(), IcmpType::time_exceeded);
    EXPECT_EQ(Bytes(icmp->payload().begin(), icmp->payload().end()), Bytes(in.begin() + 14, in.end()));
}

TEST_F(Icmp, FragmentationNeededCarriesTheNextMtu) {
    settings.interfaces[1].mtu_bytes = 1400;
    configure();
    sent(front);
    const Bytes in =
        emit(Ipv4Test{.destination = "10.1.2.10", .dont_fragment = true, .payload = Bytes(1480, 7)});
    stack.forward(*process(in), now);
    EXPECT_EQ(drops(DropReason::too_big), 1U);
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(ipv4_of(out[0]).total_length(), 576) << "RFC 1812 section 4.3.2.3";
    const auto icmp = IcmpView::parse(ipv4_of(out[0]).payload(), true);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp->type(), IcmpType::unreachable);
    EXPECT_EQ(icmp->code(), wire::icmp_code::fragmentation_needed);
    EXPECT_EQ(icmp->next_hop_mtu(), 1400);
}

TEST_F(Icmp, NothingIsSaidAboutErrors) {
    Bytes message(8 + 28);
    wire::IcmpHeader{IcmpType::time_exceeded, 0, 0}.emit(message);
    auto packet = process(emit(
        Ipv4Test{.destination = "10.1.2.10", .protocol = wire::protocol_icmp, .ttl = 1, .payload = message}));
    stack.forward(*packet, now);
    auto empty = process(
        emit(Ipv4Test{.destination = "10.1.2.10", .protocol = wire::protocol_icmp, .ttl = 1, .payload = {}}));
    stack.forward(*empty, now);
    EXPECT_EQ(drops(DropReason::ttl_expired), 2U);
    EXPECT_TRUE(sent(front).empty());
}

TEST_F(Icmp, ErrorsAreRateLimited) {
    for (int i = 0; i < 5000; ++i) {
        auto packet = process(emit(Ipv4Test{.destination = "10.1.2.10", .ttl = 1}));
        stack.forward(*packet, now);
        buffers.clear();
    }
    EXPECT_EQ(sent(front).size(), 50U);
    EXPECT_EQ(drops(DropReason::icmp_rate_limited), 4950U);
    now += 1s;
    auto packet = process(emit(Ipv4Test{.destination = "10.1.2.10", .ttl = 1}));
    stack.forward(*packet, now);
    EXPECT_EQ(sent(front).size(), 1U);
}

TEST_F(Icmp, ClosedUdpPortIsRefusedInTheVipsName) {
    const Bytes in = emit(Ipv4Test{.payload = udp_payload("172.16.1.10", "10.1.1.100", 5000, 53, 10)});
    stack.refuse(*process(in), wire::DropReason::closed_port, now);
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(ipv4_of(out[0]).source(), ip("10.1.1.100"));
    EXPECT_EQ(IcmpView::parse(ipv4_of(out[0]).payload(), true)->code(), wire::icmp_code::port_unreachable);
    EXPECT_EQ(drops(DropReason::closed_port), 1U);
}

// RFC 9293 section 3.10.7.1: what a reset to a closed port carries.
TEST_F(Icmp, ClosedTcpPortIsReset) {
    using namespace wire::tcp_flag;
    const struct {
        std::uint8_t flags;
        std::size_t payload;
        std::uint8_t expected_flags;
        std::uint32_t sequence, acknowledgement;
    } cases[] = {
        {syn, 0, rst | ack, 0, 1001}, {syn | ack, 0, rst, 7777, 0}, {ack, 5, rst, 7777, 0},
        {fin | ack, 0, rst, 7777, 0}, {syn, 4, rst | ack, 0, 1005},
    };
    for (const auto& c : cases) {
        wire::TcpHeader tcp;
        tcp.source_port = 40000;
        tcp.destination_port = 81;
        tcp.sequence = 1000;
        tcp.acknowledgement = 7777;
        tcp.flags = c.flags;
        Bytes segment(20 + c.payload);
        tcp.emit(segment, ip("172.16.1.10").v4_value(), ip("10.1.1.100").v4_value());
        stack.refuse(*process(emit(Ipv4Test{.protocol = wire::protocol_tcp, .payload = segment})),
                     wire::DropReason::closed_port, now);
        const auto out = sent(front);
        ASSERT_EQ(out.size(), 1U);
        const auto answer = ipv4_of(out[0]);
        const auto reset =
            wire::TcpView::parse(answer.payload(), wire::ChecksumCheck::against(answer.source_value(),
                                                                                answer.destination_value()));
        ASSERT_TRUE(reset) << name_of(reset.error());
        EXPECT_EQ(answer.source(), ip("10.1.1.100"));
        EXPECT_EQ(reset->source_port(), 81);
        EXPECT_EQ(reset->destination_port(), 40000);
        EXPECT_EQ(reset->flags(), c.expected_flags);
        EXPECT_EQ(reset->sequence(), c.sequence);
        EXPECT_EQ(reset->acknowledgement(), c.acknowledgement);
    }
    wire::TcpHeader tcp;
    tcp.source_port = tcp.destination_port = 5;
    tcp.flags = rst;
    Bytes segment(20);
    tcp.emit(segment, ip("172.16.1.10").v4_value(), ip("10.1.1.100").v4_value());
    stack.refuse(*process(emit(Ipv4Test{.protocol = wire::protocol_tcp, .payload = segment})),
                 wire::DropReason::closed_port, now);
    EXPECT_TRUE(sent(front).empty()) << "a reset is never answered";
}

} // namespace
} // namespace fulcrum::stack
