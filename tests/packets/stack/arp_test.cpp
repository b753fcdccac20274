#include "tests/packets/stack/stack_fixture.h"

namespace fulcrum::stack {
namespace {

using wire::ArpOperation;
using wire::ArpPacket;

using Arp = StackTest;

ArpPacket request(const char* target, const char* sender = "10.1.1.254", const Mac& mac = router_mac) {
    return {ArpOperation::request, mac, ip(sender), Mac{}, ip(target)};
}

TEST_F(Arp, AnswersForEveryAddressOfItsOwnAndForNoOther) {
    for (const char* owned : {"10.1.1.2", "10.1.1.1", "10.1.1.100"}) {
        EXPECT_FALSE(process(emit_arp(request(owned), Mac::broadcast())));
        const auto out = sent(front);
        ASSERT_EQ(out.size(), 1U) << owned;
        const ArpPacket expected{ArpOperation::reply, front_mac, ip(owned), router_mac, ip("10.1.1.254")};
        EXPECT_EQ(out[0], emit_arp(expected, router_mac)) << owned;
    }
    for (const char* foreign : {"10.1.1.3", "10.1.2.2", "10.1.1.255", "0.0.0.0"}) {
        EXPECT_FALSE(process(emit_arp(request(foreign), Mac::broadcast())));
        EXPECT_TRUE(sent(front).empty()) << foreign;
    }
    EXPECT_TRUE(sent(back).empty());
}

TEST_F(Arp, AnOwnAddressIsAnsweredOnItsOwnInterfaceOnly) {
    process(emit_arp(request("10.1.1.100", "10.1.2.10", server_mac), Mac::broadcast()), back);
    EXPECT_TRUE(sent(back).empty());
    process(emit_arp(request("10.1.2.2", "10.1.2.10", server_mac), Mac::broadcast()), back);
    EXPECT_EQ(sent(back).size(), 1U);
}

TEST_F(Arp, AnswersAProbeWithoutLearningFromIt) {
    process(emit_arp(request("10.1.1.100", "0.0.0.0"), Mac::broadcast()));
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(arp_of(out[0]).target_ip, ip("0.0.0.0"));
    EXPECT_EQ(stack.neighbours().size(), 0U);
}

TEST_F(Arp, AnAskerIsRememberedOnlyInsideTheNetwork) {
    process(emit_arp(request("10.1.1.2", "192.168.7.7"), Mac::broadcast()));
    EXPECT_EQ(sent(front).size(), 1U);
    EXPECT_EQ(stack.neighbours().size(), 0U);
    process(emit_arp(request("10.1.1.2", "10.1.1.50"), Mac::broadcast()));
    EXPECT_EQ(stack.neighbours().size(), 1U);
}

TEST_F(Arp, UnsolicitedAnswersAndGossipTeachNothing) {
    process(
        emit_arp({ArpOperation::reply, server_mac, ip("10.1.1.254"), front_mac, ip("10.1.1.2")}, front_mac));
    EXPECT_EQ(drops(DropReason::arp_unsolicited), 1U);
    process(emit_arp(request("10.1.1.254", "10.1.1.254", server_mac), Mac::broadcast()));
    EXPECT_EQ(drops(DropReason::arp_not_for_us), 1U);
    EXPECT_EQ(stack.neighbours().size(), 0U);
}

TEST_F(Arp, AsksFromTheAddressInTheSameNetwork) {
    EXPECT_EQ(stack.resolve({back, ip("10.1.2.10")}, now), nullptr);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0], emit_arp({ArpOperation::request, back_mac, ip("10.1.2.2"), Mac{}, ip("10.1.2.10")},
                               Mac::broadcast()));
}

TEST_F(Arp, PacketsWaitForTheAnswerAndLeaveInOrder) {
    for (std::uint8_t mark = 1; mark <= 3; ++mark) {
        auto packet = process(emit(Ipv4Test{.destination = "10.1.2.10", .payload = Bytes(8, mark)}));
        ASSERT_TRUE(packet);
        stack.forward(*packet, now);
    }
    const auto asked = sent(back);
    ASSERT_EQ(asked.size(), 1U) << "one question for three packets";
    buffers.clear(); // the device has its frames back
    process(emit_arp({ArpOperation::reply, server_mac, ip("10.1.2.10"), back_mac, ip("10.1.2.2")}, back_mac),
            back);
    const auto out = sent(back);
    ASSERT_EQ(out.size(), 3U);
    for (std::uint8_t i = 0; i < 3; ++i) {
        EXPECT_EQ(ethernet_of(out[i]), (wire::EthernetHeader{server_mac, back_mac, wire::ethertype_ipv4}));
        EXPECT_EQ(ipv4_of(out[i]).ttl(), 63);
        EXPECT_EQ(ipv4_of(out[i]).payload()[0], i + 1);
    }
}

TEST_F(Arp, NobodyAnswersAndTheSenderIsTold) {
    learn(front, "10.1.1.254", router_mac);
    auto packet = process(emit(Ipv4Test{.destination = "10.1.2.10"}));
    stack.forward(*packet, now);
    advance(3s);
    EXPECT_EQ(drops(DropReason::neighbour_unresolved), 1U);
    EXPECT_EQ(sent(back).size(), 3U) << "three questions";
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    const auto answer = ipv4_of(out[0]);
    EXPECT_EQ(answer.destination(), ip("172.16.1.10"));
    EXPECT_EQ(answer.source(), ip("10.1.1.2"));
    const auto icmp = wire::IcmpView::parse(answer.payload(), true);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp->type(), wire::IcmpType::unreachable);
    EXPECT_EQ(icmp->code(), wire::icmp_code::host_unreachable);
    EXPECT_EQ(ethernet_of(out[0]).destination, router_mac) << "by the way routes lead";
}

TEST_F(Arp, AStaleNeighbourIsProbedByUnicastAndFollowedToANewMac) {
    learn(back, "10.1.2.10", server_mac);
    advance(40s);
    EXPECT_NE(stack.resolve({back, ip("10.1.2.10")}, now), nullptr);
    auto out = sent(back);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(ethernet_of(out[0]).destination, server_mac);
    EXPECT_EQ(arp_of(out[0]).target_mac, server_mac);

    const Mac moved{{2, 0, 0, 0, 0, 0x99}};
    process(emit_arp(request("10.1.2.10", "10.1.2.10", moved), Mac::broadcast()), back);
    EXPECT_EQ(*stack.resolve({back, ip("10.1.2.10")}, now), moved);
}

TEST_F(Arp, AnnouncesNewAddressesTwiceAndNoOldOnes) {
    settings.vips.push_back({"global", ip("10.1.1.101"), true});
    settings.vips.push_back(
        {"global", ip("10.50.0.11"), true}); // in no connected network: routed here, never asked for
    advance(10s);
    sent(front);
    configure();
    const auto announcement = emit_arp(
        {ArpOperation::request, front_mac, ip("10.1.1.101"), Mac{}, ip("10.1.1.101")}, Mac::broadcast());
    EXPECT_EQ(sent(front), std::vector<Bytes>{announcement});
    advance(1999ms);
    EXPECT_TRUE(sent(front).empty());
    advance(1ms);
    EXPECT_EQ(sent(front), std::vector<Bytes>{announcement});
    advance(1min);
    EXPECT_TRUE(sent(front).empty());
    EXPECT_TRUE(sent(back).empty());
}

TEST_F(Arp, AnnounceTellsEverythingAgain) {
    advance(10s);
    sent(front), sent(back);
    stack.announce(now);
    stack.poll(now);
    EXPECT_EQ(sent(front).size(), 3U); // own, floating, VIP
    EXPECT_EQ(sent(back).size(), 1U);
}

TEST_F(Arp, AnAddressGivenAwayIsNoLongerAnsweredFor) {
    settings.vips.clear();
    settings.interfaces[0].floating.clear();
    configure();
    sent(front);
    process(emit_arp(request("10.1.1.100"), Mac::broadcast()));
    process(emit_arp(request("10.1.1.1"), Mac::broadcast()));
    EXPECT_TRUE(sent(front).empty());
}

TEST_F(Arp, DefendsItsAddressButNotEndlessly) {
    for (int i = 0; i < 5; ++i) {
        process(emit_arp(request("10.1.1.100", "10.1.1.100", server_mac), Mac::broadcast()));
    }
    const auto out = sent(front);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(arp_of(out[0]).sender_mac, front_mac);
    EXPECT_TRUE(arp_of(out[0]).is_gratuitous());
    EXPECT_EQ(drops(DropReason::arp_bad_sender), 5U);
    // The last of them is answered, too, but not at once; then there is nothing to say until the next claim.
    advance(999ms);
    EXPECT_TRUE(sent(front).empty());
    advance(1ms);
    EXPECT_EQ(sent(front).size(), 1U);
    advance(10s);
    EXPECT_TRUE(sent(front).empty());
    process(emit_arp(request("10.1.1.100", "10.1.1.100", server_mac), Mac::broadcast()));
    EXPECT_EQ(sent(front).size(), 1U);
}

TEST_F(Arp, MalformedOnesAreNamed) {
    Bytes bytes = emit_arp(request("10.1.1.2"), Mac::broadcast());
    Bytes cut = bytes;
    cut.resize(41);
    process(cut);
    EXPECT_EQ(drops(DropReason::arp_too_short), 1U);
    bytes[14 + 7] = 9;
    process(bytes);
    EXPECT_EQ(drops(DropReason::arp_bad_format), 1U);
    EXPECT_TRUE(sent(front).empty());
}

} // namespace
} // namespace fulcrum::stack
