// What happens to IPv4 packets that come in: classified, dropped with a name, or put together.
#include "tests/packets/stack/stack_fixture.h"

namespace fulcrum::stack {
namespace {

using Ipv4 = StackTest;

TEST_F(Ipv4, PacketsAreHandedUpWithWhoseTheyAre) {
    const struct {
        const char* destination;
        Destination expected;
    } cases[] = {
        {"10.1.1.100", Destination::vip},    {"10.1.1.2", Destination::own},
        {"10.1.2.2", Destination::own},      {"10.1.1.1", Destination::floating},
        {"10.1.2.10", Destination::transit}, {"8.8.8.8", Destination::transit},
    };
    for (const auto& c : cases) {
        const auto packet = process(emit(Ipv4Test{.destination = c.destination}));
        ASSERT_TRUE(packet) << c.destination;
        EXPECT_EQ(packet->destination, c.expected) << c.destination;
        EXPECT_EQ(packet->ingress, front);
        EXPECT_EQ(packet->source_mac, router_mac);
        EXPECT_EQ(packet->ip.source(), ip("172.16.1.10"));
        EXPECT_EQ(packet->ip.bytes().data(), packet->frame.data + 14);
    }
    EXPECT_EQ(stack.drops().total(), 0U);
}

TEST_F(Ipv4, PaddingIsCutOff) {
    Bytes bytes = emit(Ipv4Test{.payload = Bytes(4, 1)});
    bytes.resize(60);
    const auto packet = process(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->frame.size, 14U + 24);
}

// One row per way to be dropped: the frame, and the counter that must move by one.
TEST_F(Ipv4, EveryDropHasItsName) {
    const auto changed = [](std::size_t at, std::uint8_t value) {
        Bytes bytes = emit(Ipv4Test{});
        bytes[at] = value;
        return bytes;
    };
    const auto with_options = [](Bytes options) {
        Bytes bytes = emit(Ipv4Test{.payload = options});
        bytes[14] = static_cast<std::uint8_t>(0x45 + options.size() / 4);
        store_be16(bytes.data() + 24, 0);
        store_be16(bytes.data() + 24, wire::checksum_of(std::span(bytes).subspan(14)));
        return bytes;
    };
    Bytes tagged = emit(Ipv4Test{});
    tagged.insert(tagged.begin() + 12, {0x81, 0, 0, 42});
    const struct {
        Bytes frame;
        DropReason reason;
    } cases[] = {
        {Bytes(13), DropReason::ethernet_too_short},
        {emit(Ipv4Test{.destination_mac = server_mac}), DropReason::not_our_mac},
        {emit(Ipv4Test{.source_mac = Mac::broadcast()}), DropReason::ethernet_bad_source},
        {tagged, DropReason::vlan_tagged},
        {changed(12, 0x12), DropReason::unknown_ethertype},
        {emit(Ipv4Test{.destination_mac = Mac::broadcast()}), DropReason::not_for_us},
        {changed(14, 0x65), DropReason::ipv4_bad_version},
        {changed(14, 0x43), DropReason::ipv4_bad_header_length},
        {changed(17, 0xff), DropReason::ipv4_bad_total_length},
        {changed(22, 9), DropReason::ipv4_bad_checksum},
        {with_options({131, 3, 4, 0}), DropReason::ipv4_source_route},
        {with_options({7, 9, 4, 0}), DropReason::ipv4_bad_option},
        {emit(Ipv4Test{.source = "10.1.1.100"}), DropReason::land},
        {emit(Ipv4Test{.source = "10.1.1.2"}), DropReason::martian_source}, // our own address
        {emit(Ipv4Test{.source = "127.0.0.1"}), DropReason::martian_source},
        {emit(Ipv4Test{.source = "0.0.0.0"}), DropReason::martian_source},
        {emit(Ipv4Test{.source = "224.0.0.5"}), DropReason::martian_source},
        {emit(Ipv4Test{.source = "255.255.255.255"}), DropReason::martian_source},
        {emit(Ipv4Test{.source = "10.1.1.255"}), DropReason::martian_source}, // a network's broadcast
        {emit(Ipv4Test{.destination = "127.0.0.1"}), DropReason::martian_destination},
        {emit(Ipv4Test{.destination = "0.0.0.0"}), DropReason::martian_destination},
        {emit(Ipv4Test{.destination = "240.0.0.1"}), DropReason::martian_destination},
        {emit(Ipv4Test{.destination = "255.255.255.255"}), DropReason::not_for_us},
        {emit(Ipv4Test{.destination = "224.0.0.5"}), DropReason::not_for_us},
        {emit(Ipv4Test{.destination = "10.1.2.255"}), DropReason::not_for_us}, // directed broadcast
    };
    for (const auto& c : cases) {
        const std::uint64_t before = drops(c.reason);
        const std::uint64_t total = stack.drops().total();
        EXPECT_FALSE(process(c.frame)) << name_of(c.reason);
        EXPECT_EQ(drops(c.reason), before + 1) << name_of(c.reason);
        EXPECT_EQ(stack.drops().total(), total + 1) << name_of(c.reason);
    }
    EXPECT_TRUE(sent(front).empty()) << "nothing of this is answered";
    EXPECT_TRUE(sent(back).empty());
}

TEST_F(Ipv4, FragmentsArriveAsOneDatagram) {
    const Bytes datagram = udp_payload("172.16.1.10", "10.1.1.100", 5000, 80, 3000);
    const auto piece = [&](std::size_t from, std::size_t to) {
        return emit(Ipv4Test{.more_fragments = to < datagram.size(),
                             .fragment_offset = static_cast<std::uint16_t>(from),
                             .payload = Bytes(datagram.begin() + static_cast<std::ptrdiff_t>(from),
                                              datagram.begin() + static_cast<std::ptrdiff_t>(to))});
    };
    EXPECT_FALSE(process(piece(1480, 2960)));
    EXPECT_FALSE(process(piece(2960, datagram.size())));
    const auto packet = process(piece(0, 1480));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->destination, Destination::vip);
    EXPECT_TRUE(wire::UdpView::parse(packet->ip.as_const().payload(), packet->checksum_check()));
    EXPECT_EQ(packet->ip.payload().size(), datagram.size());
    EXPECT_EQ(stack.drops().total(), 0U);
}

TEST_F(Ipv4, AnUnfinishedDatagramIsReportedByItsFirstFragment) {
    process(emit(Ipv4Test{.more_fragments = true, .payload = Bytes(64, 1)}));
    advance(15s);
    EXPECT_EQ(drops(DropReason::fragment_timeout), 1U);
    auto out = sent(front);
    std::erase_if(out,
                  [](const Bytes& frame) { return ethernet_of(frame).ethertype != wire::ethertype_ipv4; });
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(ethernet_of(out[0]).destination, router_mac);
    const auto icmp = wire::IcmpView::parse(ipv4_of(out[0]).payload(), true);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp->type(), wire::IcmpType::time_exceeded);
    EXPECT_EQ(icmp->code(), wire::icmp_code::reassembly_exceeded);
}

TEST_F(Ipv4, VrfsKeepTheSameAddressesApart) {
    auto [device, wire] = device::MemoryDevice::make_pair();
    settings.interfaces.push_back(
        {"eth2", device.get(), Mac{{2, 0, 0, 0, 0, 7}}, "dmz", 1500, {prefix("10.1.1.2/24")}, {}});
    settings.vips.push_back({"dmz", ip("10.1.1.100"), true});
    settings.routes.push_back({"dmz", prefix("0.0.0.0/0"), ip("10.1.1.253"), ""});
    configure();
    const auto packet = process(emit(Ipv4Test{.destination_mac = Mac{{2, 0, 0, 0, 0, 7}}}), InterfaceId{2});
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->vrf, *stack.find_vrf("dmz"));
    EXPECT_NE(packet->vrf, *stack.find_vrf("global"));
    EXPECT_EQ(stack.route(packet->vrf, ip("8.8.8.8")), (Hop{InterfaceId{2}, ip("10.1.1.253")}));
    EXPECT_EQ(stack.route(*stack.find_vrf("global"), ip("8.8.8.8")), (Hop{front, ip("10.1.1.254")}));
    EXPECT_EQ(stack.route(packet->vrf, ip("10.1.1.5"))->egress, InterfaceId{2});
}

} // namespace
} // namespace fulcrum::stack
