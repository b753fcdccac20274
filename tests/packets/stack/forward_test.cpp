#include "tests/packets/stack/stack_fixture.h"

namespace fulcrum::stack {
namespace {

class Forward : public StackTest {
protected:
    void SetUp() override {
        StackTest::SetUp();
        learn(back, "10.1.2.10", server_mac);
        learn(front, "10.1.1.254", router_mac);
        sent(front), sent(back);
    }
};

TEST_F(Forward, RewritesMacsAndTtlAndNothingElse) {
    const Bytes in = emit(Ipv4Test{.destination = "10.1.2.10", .payload = Bytes(100, 0x5a)});
    stack.forward(*process(in), now);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0], emit(Ipv4Test{.destination_mac = server_mac,
                                    .source_mac = back_mac,
                                    .destination = "10.1.2.10",
                                    .ttl = 63,
                                    .payload = Bytes(100, 0x5a)}));
}

TEST_F(Forward, UsesTheDefaultRoute) {
    const Bytes in = emit(Ipv4Test{.destination_mac = back_mac,
                                   .source_mac = server_mac,
                                   .source = "10.1.2.10",
                                   .destination = "8.8.8.8"});
    stack.forward(*process(in, back), now);
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(ethernet_of(out[0]).destination, router_mac);
}

TEST_F(Forward, NoRouteIsTold) {
    settings.routes.clear();
    configure();
    stack.forward(*process(emit(Ipv4Test{.destination = "8.8.8.8"})), now);
    EXPECT_EQ(drops(DropReason::no_route), 1U);
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    const auto icmp = wire::IcmpView::parse(ipv4_of(out[0]).payload(), true);
    EXPECT_EQ(icmp->code(), wire::icmp_code::net_unreachable);
}

TEST_F(Forward, DispatchLeavesTheIpHeaderAlone) {
    const Bytes in = emit(Ipv4Test{.ttl = 1});
    stack.dispatch(process(in)->frame, {back, ip("10.1.2.10")}, now);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(Bytes(out[0].begin() + 14, out[0].end()), Bytes(in.begin() + 14, in.end()));
    EXPECT_EQ(ethernet_of(out[0]), (wire::EthernetHeader{server_mac, back_mac, wire::ethertype_ipv4}));
}

TEST_F(Forward, CutsWhatDoesNotFitAndMayBeCut) {
    settings.interfaces[1].mtu_bytes = 600;
    configure();
    sent(back);
    const Bytes datagram = udp_payload("172.16.1.10", "10.1.2.10", 5000, 80, 1400);
    stack.forward(*process(emit(Ipv4Test{.destination = "10.1.2.10", .payload = datagram})), now);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 3U);
    Bytes together;
    for (const Bytes& frame : out) {
        const auto piece = ipv4_of(frame);
        EXPECT_LE(piece.total_length(), 600);
        EXPECT_EQ(piece.identification(), 0x77);
        EXPECT_EQ(piece.fragment_offset(), together.size());
        together.insert(together.end(), piece.payload().begin(), piece.payload().end());
    }
    EXPECT_EQ(together, datagram);
}

TEST_F(Forward, APartialChecksumIsFinishedBeforeCutting) {
    settings.interfaces[1].mtu_bytes = 600;
    configure();
    sent(back);
    Bytes datagram = udp_payload("172.16.1.10", "10.1.2.10", 5000, 80, 1400);
    const Bytes finished = datagram;
    store_be16(datagram.data() + 6,
               wire::fold(wire::pseudo_header_sum(ip("172.16.1.10").v4_value(), ip("10.1.2.10").v4_value(),
                                                  17, datagram.size())));
    wire::VnetMeta meta;
    meta.flags = wire::VnetMeta::needs_checksum;
    meta.csum_start = 34;
    meta.csum_offset = 6;
    stack.forward(*process(emit(Ipv4Test{.destination = "10.1.2.10", .payload = datagram}), front, meta),
                  now);
    Bytes together;
    for (const Bytes& frame : sent(back)) {
        const auto piece = ipv4_of(frame);
        together.insert(together.end(), piece.payload().begin(), piece.payload().end());
    }
    EXPECT_EQ(together, finished);
    for (const wire::VnetMeta& out : sent_meta) {
        EXPECT_FALSE(out.checksum_is_partial());
    }
}

Bytes tcp_segment(std::size_t data_bytes) {
    Bytes segment(20 + data_bytes, 0x11);
    wire::TcpHeader tcp;
    tcp.source_port = 40000;
    tcp.destination_port = 80;
    tcp.flags = wire::tcp_flag::ack;
    tcp.emit_partial(segment, ip("172.16.1.10").v4_value(), ip("10.1.2.10").v4_value());
    return segment;
}

wire::VnetMeta gso_meta(std::uint16_t gso_size) {
    wire::VnetMeta meta;
    meta.flags = wire::VnetMeta::needs_checksum;
    meta.gso_type = wire::VnetMeta::gso_tcp_v4;
    meta.gso_size = gso_size;
    meta.hdr_len = 54;
    meta.csum_start = 34;
    meta.csum_offset = 16;
    return meta;
}

TEST_F(Forward, AGsoFrameWhoseSegmentsFitPassesWhole) {
    const Bytes in = emit(Ipv4Test{.destination = "10.1.2.10",
                                   .protocol = wire::protocol_tcp,
                                   .dont_fragment = true,
                                   .payload = tcp_segment(60000)});
    stack.forward(*process(in, front, gso_meta(1460)), now);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].size(), in.size());
    EXPECT_EQ(sent_meta[0], gso_meta(1460));
}

TEST_F(Forward, AGsoFrameWhoseSegmentsDoNotFitIsTold) {
    settings.interfaces[1].mtu_bytes = 1400;
    configure();
    sent(front);
    const Bytes in = emit(Ipv4Test{.destination = "10.1.2.10",
                                   .protocol = wire::protocol_tcp,
                                   .dont_fragment = true,
                                   .payload = tcp_segment(60000)});
    stack.forward(*process(in, front, gso_meta(1460)), now);
    EXPECT_TRUE(sent(back).empty());
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(wire::IcmpView::parse(ipv4_of(out[0]).payload(), true)->next_hop_mtu(), 1400);
}

TEST_F(Forward, AGsoFrameThatContradictsItselfIsDropped) {
    settings.interfaces[1].mtu_bytes = 68;
    configure();
    sent(back);
    const Bytes no_header(60, 1); // a TCP data offset of 0
    stack.forward(
        *process(
            emit(Ipv4Test{.destination = "10.1.2.10", .protocol = wire::protocol_tcp, .payload = no_header}),
            front, gso_meta(10)),
        now);
    stack.forward(*process(emit(Ipv4Test{.destination = "10.1.2.10",
                                         .protocol = wire::protocol_tcp,
                                         .payload = tcp_segment(100)}),
                           front, gso_meta(0)),
                  now);
    EXPECT_EQ(drops(DropReason::bad_offload), 2U);
    EXPECT_TRUE(sent(back).empty());
}

TEST_F(Forward, MadePacketsGoOutLikeAnyOther) {
    const auto hop = stack.route(*stack.find_vrf("global"), ip("10.1.2.10"));
    ASSERT_TRUE(hop);
    EXPECT_EQ(stack.source_address(*hop), ip("10.1.2.2"));
    const auto frame = stack.make_frame(48);
    ASSERT_TRUE(frame);
    std::memset(frame->data + 14, 0, 48);
    wire::Ipv4Header header;
    header.total_length = 48;
    header.protocol = wire::protocol_icmp;
    header.source = *stack.source_address(*hop);
    header.destination = ip("10.1.2.10");
    header.emit(frame->data + 14);
    stack.dispatch(*frame, *hop, now);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(ethernet_of(out[0]), (wire::EthernetHeader{server_mac, back_mac, wire::ethertype_ipv4}));
}

TEST_F(Forward, AnInterfaceThatIsGoneTakesNothing) {
    settings.interfaces.pop_back();
    configure();
    EXPECT_EQ(stack.interface(back), nullptr);
    EXPECT_FALSE(stack.find_interface("eth1"));
    EXPECT_FALSE(process(emit(Ipv4Test{.destination_mac = back_mac}), back));
    stack.dispatch_to(process(emit(Ipv4Test{}))->frame, back, server_mac);
    EXPECT_TRUE(sent(back).empty());
    settings.interfaces.push_back(
        {"eth1", back_device.get(), back_mac, "global", 1500, {prefix("10.1.2.2/24")}, {}});
    configure();
    EXPECT_EQ(stack.find_interface("eth1"), back) << "the id is the name's";
}

TEST_F(Forward, AConfigurationIsTakenWholeOrNotAtAll) {
    const auto refused = [&](auto&& change, const char* message) {
        StackSettings bad = settings;
        change(bad);
        const auto result = stack.configure(bad, now);
        ASSERT_FALSE(result) << message;
        EXPECT_EQ(result.error().message, message);
        EXPECT_EQ(result.error().kind, ErrorKind::bad_input);
        EXPECT_EQ(stack.owner_of(VrfId{0}, ip("10.1.1.100")), Destination::vip) << "nothing changed";
        EXPECT_EQ(stack.interface_count(), 2U);
    };
    refused([](StackSettings& s) { s.interfaces[1].name = "eth0"; }, "interface eth0: configured twice");
    refused([](StackSettings& s) { s.interfaces[1].device = nullptr; }, "interface eth1: no device");
    refused([](StackSettings& s) { s.interfaces[1].mac = Mac::broadcast(); },
            "interface eth1: MAC ff:ff:ff:ff:ff:ff: not a station's address");
    refused([](StackSettings& s) { s.interfaces[1].mtu_bytes = 60; },
            "interface eth1: MTU 60: not between 68 and 65535");
    refused(
        [](StackSettings& s) {
            s.vips.push_back({"global", ip("10.1.2.2"), true});
        },
        "VIP 10.1.2.2: 10.1.2.2: configured twice in VRF global");
    refused([](StackSettings& s) { s.vips[0].address = ip("2001:db8::1"); },
            "VIP 2001:db8::1: VIP 2001:db8::1: IPv6 is not available yet");
    refused([](StackSettings& s) { s.interfaces[0].addresses[0] = prefix("10.1.1.255/24"); },
            "interface eth0: 10.1.1.255: is a network's own or broadcast address");
    refused([](StackSettings& s) { s.routes[0].gateway = ip("192.168.1.1"); },
            "route to 0.0.0.0/0: gateway 192.168.1.1 is in no connected network");
    refused([](StackSettings& s) { s.routes[0].gateway = ip("10.1.1.100"); },
            "route to 0.0.0.0/0: gateway 10.1.1.100 is our own address");
    refused([](StackSettings& s) { s.routes[0].interface = "eth7"; },
            "route to 0.0.0.0/0: no interface eth7");
    refused([](StackSettings& s) { s.routes[0].gateway.reset(); },
            "route to 0.0.0.0/0: neither gateway nor interface");
}

} // namespace
} // namespace fulcrum::stack
