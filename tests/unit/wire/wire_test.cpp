#include <set>

#include <gtest/gtest.h>

#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmpv4.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/ipv6.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"
#include "tests/unit/wire/garbage.h"

namespace fulcrum::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;
using test::emitted;

constexpr Mac mac_a{{2, 0, 10, 1, 1, 2}};
constexpr Mac mac_b{{2, 0, 10, 1, 1, 3}};
const IpAddress ip_a = *IpAddress::parse("10.1.1.2");
const IpAddress ip_b = *IpAddress::parse("10.1.1.3");

TEST(DropReason, EveryReasonHasItsOwnName) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < drop_reason_count; ++i) {
        names.insert(name_of(static_cast<DropReason>(i)));
    }
    EXPECT_EQ(names.size(), drop_reason_count);
    EXPECT_EQ(name_of(DropReason::ethernet_too_short), "ethernet-too-short");
    EXPECT_EQ(name_of(DropReason::tcp_bad_flags), "tcp-bad-flags");
    EXPECT_EQ(name_of(DropReason::land), "land");
    EXPECT_EQ(name_of(DropReason::closed_port), "closed-port");
    EXPECT_EQ(name_of(DropReason::bad_offload), "bad-offload");
}

TEST(DropReason, CountersShowWhatHappened) {
    DropCounters counters;
    counters.add(DropReason::land);
    counters.add(DropReason::no_route, 3);
    std::vector<std::pair<std::string, std::uint64_t>> seen;
    counters.for_each([&](std::string_view name, std::uint64_t n) { seen.emplace_back(name, n); });
    EXPECT_EQ(seen, (decltype(seen){{"land", 1}, {"no-route", 3}}));
    EXPECT_EQ(counters.total(), 4U);
}

TEST(Ethernet, EmitsAndParses) {
    const EthernetHeader header{mac_b, mac_a, ethertype_ipv4};
    const Bytes bytes = emitted(14, [&](Bytes& out) { header.emit(out.data()); });
    EXPECT_EQ(bytes, (Bytes{2, 0, 10, 1, 1, 3, 2, 0, 10, 1, 1, 2, 8, 0}));
    const auto view = EthernetView::parse(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header(), header);
    EXPECT_TRUE(view->payload().empty());
    EXPECT_FALSE(view->vlan_id());
}

TEST(Ethernet, StepsOverOneTag) {
    Bytes bytes{2, 0, 10, 1, 1, 3, 2, 0, 10, 1, 1, 2, 0x81, 0, 0xe0, 0x2a, 8, 6, 0x77};
    const auto view = EthernetView::parse(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->vlan_id(), 42);
    EXPECT_EQ(view->ethertype(), ethertype_arp);
    EXPECT_EQ(view->payload().size(), 1U);
    bytes.resize(17);
    EXPECT_EQ(EthernetView::parse(bytes).error(), DropReason::ethernet_too_short);
}

TEST(Ethernet, RefusesShortFrames) {
    for (std::size_t size = 0; size < 14; ++size) {
        EXPECT_EQ(EthernetView::parse(Bytes(size)).error(), DropReason::ethernet_too_short);
    }
}

TEST(Arp, EmitsAndParses) {
    const ArpPacket arp{ArpOperation::reply, mac_a, ip_a, mac_b, ip_b};
    const Bytes bytes = emitted(28, [&](Bytes& out) { arp.emit(out.data()); });
    EXPECT_EQ(bytes, (Bytes{0,  1, 8, 0, 6, 4, 0,  2, 2, 0, 10, 1, 1, 2,
                            10, 1, 1, 2, 2, 0, 10, 1, 1, 3, 10, 1, 1, 3}));
    EXPECT_EQ(parse_arp(bytes).value(), arp);
}

TEST(Arp, RefusesWhatItCannotServe) {
    const ArpPacket arp{ArpOperation::request, mac_a, ip_a, {}, ip_b};
    const Bytes good = emitted(28, [&](Bytes& out) { arp.emit(out.data()); });
    ASSERT_TRUE(parse_arp(good));
    EXPECT_EQ(parse_arp(std::span(good).first(27)).error(), DropReason::arp_too_short);
    const struct {
        std::size_t at;
        std::uint8_t value;
        DropReason reason;
    } cases[] = {
        {1, 6, DropReason::arp_bad_format},  // hardware type
        {3, 1, DropReason::arp_bad_format},  // protocol type
        {4, 5, DropReason::arp_bad_format},  // hardware length
        {5, 16, DropReason::arp_bad_format}, // protocol length
        {7, 3, DropReason::arp_bad_format},  // operation
        {8, 3, DropReason::arp_bad_sender},  // group bit
    };
    for (const auto& c : cases) {
        Bytes bad = good;
        bad[c.at] = c.value;
        EXPECT_EQ(parse_arp(bad).error(), c.reason) << c.at;
    }
}

Ipv4Header ipv4_header() {
    Ipv4Header header;
    header.dscp_ecn = 0x10;
    header.total_length = 24;
    header.identification = 0x1234;
    header.dont_fragment = true;
    header.ttl = 63;
    header.protocol = protocol_udp;
    header.source = ip_a;
    header.destination = ip_b;
    return header;
}

Bytes ipv4_packet(const Ipv4Header& header) {
    return emitted(header.total_length, [&](Bytes& out) {
        header.emit(out.data());
        std::fill(out.begin() + 20, out.end(), std::uint8_t{0});
    });
}

TEST(Ipv4, EmitsAndParses) {
    const Bytes bytes = ipv4_packet(ipv4_header());
    EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 12),
              (Bytes{0x45, 0x10, 0, 24, 0x12, 0x34, 0x40, 0, 63, 17, bytes[10], bytes[11]}));
    const auto view = Ipv4View::parse(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->source(), ip_a);
    EXPECT_EQ(view->destination_value(), 0x0a010103U);
    EXPECT_TRUE(view->dont_fragment());
    EXPECT_FALSE(view->is_fragment());
    EXPECT_EQ(view->payload().size(), 4U);
}

TEST(Ipv4, CutsPaddingOff) {
    Bytes bytes = ipv4_packet(ipv4_header());
    bytes.resize(46);
    EXPECT_EQ(Ipv4View::parse(bytes)->bytes().size(), 24U);
}

TEST(Ipv4, RefusesMalformedHeaders) {
    const Bytes good = ipv4_packet(ipv4_header());
    const auto broken = [&](std::size_t at, std::uint8_t value) {
        Bytes bad = good;
        bad[at] = value;
        store_be16(bad.data() + 10, 0);
        const std::size_t header = std::min<std::size_t>(bad.size(), 4U * (bad[0] & 15U));
        store_be16(bad.data() + 10, checksum_of(std::span(bad).first(header)));
        return Ipv4View::parse(bad).error();
    };
    EXPECT_EQ(Ipv4View::parse(std::span(good).first(19)).error(), DropReason::ipv4_too_short);
    EXPECT_EQ(broken(0, 0x65), DropReason::ipv4_bad_version);
    EXPECT_EQ(broken(0, 0x44), DropReason::ipv4_bad_header_length);
    EXPECT_EQ(broken(0, 0x4f), DropReason::ipv4_bad_header_length);
    EXPECT_EQ(broken(3, 25), DropReason::ipv4_bad_total_length);
    EXPECT_EQ(broken(3, 19), DropReason::ipv4_bad_total_length);
    EXPECT_EQ(broken(6, 0x20), DropReason::ipv4_bad_fragment); // more fragments, but 4 is no multiple of 8
}

TEST(Ipv4, FragmentMayNotReachPastTheLargestPacket) {
    Ipv4Header header = ipv4_header();
    header.total_length = 44;
    header.dont_fragment = false;
    header.fragment_offset = 65512;
    EXPECT_EQ(Ipv4View::parse(ipv4_packet(header)).error(), DropReason::ipv4_bad_fragment);
    header.fragment_offset = 65488;
    EXPECT_TRUE(Ipv4View::parse(ipv4_packet(header)));
}

TEST(Ipv4, WrongChecksumIsNamed) {
    Bytes bytes = ipv4_packet(ipv4_header());
    bytes[8] ^= 1;
    EXPECT_EQ(Ipv4View::parse(bytes).error(), DropReason::ipv4_bad_checksum);
}

TEST(Ipv4, SettersKeepTheChecksumRight) {
    Bytes bytes = ipv4_packet(ipv4_header());
    const auto view = Ipv4MutableView::parse(bytes);
    view->decrement_ttl();
    view->set_source_value(0xc0a80165);
    view->set_destination_value(0x0a0a0a0b);
    EXPECT_EQ(view->ttl(), 62);
    EXPECT_TRUE(Ipv4View::parse(bytes));
    view->set_ttl(255);
    EXPECT_TRUE(Ipv4View::parse(bytes));
}

TEST(Ipv4, OptionsAreWalked) {
    EXPECT_TRUE(check_options(Bytes{1, 1, 1, 0}));
    EXPECT_TRUE(check_options(Bytes{7, 3, 4, 0}));                                        // record route
    EXPECT_TRUE(check_options(Bytes{0x94, 4, 0, 0}));                                     // router alert
    EXPECT_EQ(check_options(Bytes{131, 3, 4, 0}).error(), DropReason::ipv4_source_route); // loose
    EXPECT_EQ(check_options(Bytes{1, 137, 3, 4}).error(), DropReason::ipv4_source_route); // strict
    EXPECT_EQ(check_options(Bytes{7, 5, 4, 0}).error(), DropReason::ipv4_bad_option);     // too long
    EXPECT_EQ(check_options(Bytes{7, 1, 4, 0}).error(), DropReason::ipv4_bad_option);     // would not end
    EXPECT_EQ(check_options(Bytes{1, 1, 1, 7}).error(), DropReason::ipv4_bad_option);     // no length
}

TEST(Ipv6, ParsesTheFixedHeader) {
    Bytes bytes(41);
    bytes[0] = 0x6a;
    bytes[1] = 0xb1;
    bytes[3] = 7;
    bytes[5] = 1;
    bytes[6] = 58;
    bytes[7] = 255;
    bytes[23] = 1;
    bytes[39] = 2;
    const auto header = parse_ipv6(bytes);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->traffic_class, 0xab);
    EXPECT_EQ(header->flow_label, 0x10007U);
    EXPECT_EQ(header->source, *IpAddress::parse("::1"));
    EXPECT_EQ(header->destination, *IpAddress::parse("::2"));
    bytes[5] = 2;
    EXPECT_EQ(parse_ipv6(bytes).error(), DropReason::ipv6_bad_length);
    bytes[0] = 0x45;
    EXPECT_EQ(parse_ipv6(bytes).error(), DropReason::ipv6_bad_version);
    EXPECT_EQ(parse_ipv6(std::span(bytes).first(39)).error(), DropReason::ipv6_too_short);
}

TEST(Icmp, EmitsAndParses) {
    const auto header = IcmpHeader::echo(IcmpType::echo_request, 0x1234, 7);
    const Bytes bytes = emitted(11, [&](Bytes& out) {
        out[8] = 1, out[9] = 2, out[10] = 3;
        header.emit(out);
    });
    const auto view = IcmpView::parse(bytes, true);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), IcmpType::echo_request);
    EXPECT_EQ(view->identifier(), 0x1234);
    EXPECT_EQ(view->sequence(), 7);
    EXPECT_EQ(view->payload().size(), 3U);
    Bytes bad = bytes;
    bad[9] ^= 0x10;
    EXPECT_EQ(IcmpView::parse(bad, true).error(), DropReason::icmp_bad_checksum);
    EXPECT_TRUE(IcmpView::parse(bad, false));
    EXPECT_EQ(IcmpView::parse(std::span(bytes).first(7), false).error(), DropReason::icmp_too_short);
}

TEST(Icmp, ChangingTheTypeKeepsTheChecksumRight) {
    Bytes bytes(8);
    IcmpHeader::echo(IcmpType::echo_request, 0xffff, 0xffff).emit(bytes);
    IcmpMutableView::parse(bytes, true)->set_type(IcmpType::echo_reply);
    EXPECT_EQ(IcmpView::parse(bytes, true)->type(), IcmpType::echo_reply);
}

TEST(Icmp, FragmentationNeededCarriesTheMtu) {
    Bytes bytes(36);
    IcmpHeader{IcmpType::unreachable, icmp_code::fragmentation_needed, 1480}.emit(bytes);
    EXPECT_EQ(IcmpView::parse(bytes, true)->next_hop_mtu(), 1480);
    EXPECT_TRUE(IcmpView::parse(bytes, true)->is_error());
}

TcpHeader syn_header() {
    TcpHeader header;
    header.source_port = 40000;
    header.destination_port = 80;
    header.sequence = 0x01020304;
    header.flags = tcp_flag::syn;
    header.window = 64240;
    header.options.mss = 1460;
    header.options.window_scale = 7;
    header.options.sack_permitted = true;
    header.options.timestamps = TcpTimestamps{1, 0};
    return header;
}

TEST(Tcp, EmitsAndParsesWithOptions) {
    const TcpHeader header = syn_header();
    EXPECT_EQ(header.size(), 40U);
    const Bytes bytes = emitted(42, [&](Bytes& out) {
        out[40] = 'h', out[41] = 'i';
        header.emit(out, ip_a.v4_value(), ip_b.v4_value());
    });
    const auto check = ChecksumCheck::against(ip_a.v4_value(), ip_b.v4_value());
    const auto view = TcpView::parse(bytes, check);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->source_port(), 40000);
    EXPECT_EQ(view->destination_port(), 80);
    EXPECT_EQ(view->sequence(), 0x01020304U);
    EXPECT_EQ(view->window(), 64240);
    EXPECT_EQ(view->payload().size(), 2U);
    EXPECT_EQ(parse_tcp_options(view->options()).value(), header.options);

    EXPECT_EQ(TcpView::parse(bytes, ChecksumCheck::against(ip_a.v4_value(), 1)).error(),
              DropReason::tcp_bad_checksum);
    EXPECT_TRUE(TcpView::parse(bytes, ChecksumCheck::trusted()));
}

TEST(Tcp, PartialChecksumIsThePseudoHeaderSum) {
    const TcpHeader header = syn_header();
    const Bytes bytes =
        emitted(40, [&](Bytes& out) { header.emit_partial(out, ip_a.v4_value(), ip_b.v4_value()); });
    EXPECT_EQ(load_be16(bytes.data() + 16), fold(pseudo_header_sum(ip_a.v4_value(), ip_b.v4_value(), 6, 40)));
}

TEST(Tcp, SackBlocksRoundTrip) {
    TcpOptions options;
    options.timestamps = TcpTimestamps{5, 6};
    options.sack_count = 3;
    options.sack = {SackBlock{1, 2}, SackBlock{3, 4}, SackBlock{0xfffffff0, 7}, {}};
    EXPECT_EQ(options.size(), 36U);
    const Bytes bytes = emitted(options.size(), [&](Bytes& out) { options.emit(out.data()); });
    EXPECT_EQ(parse_tcp_options(bytes).value(), options);
}

TEST(Tcp, OptionsAreChecked) {
    EXPECT_TRUE(parse_tcp_options(Bytes{}));
    EXPECT_EQ(parse_tcp_options(Bytes{3, 3, 200}).value().window_scale, 14); // RFC 7323 section 2.3
    EXPECT_TRUE(parse_tcp_options(Bytes{254, 4, 1, 2, 1, 0, 9})); // unknown; after the end: anything
    for (const Bytes& bad :
         {Bytes{2}, Bytes{2, 0}, Bytes{2, 1}, Bytes{2, 4, 1}, Bytes{2, 3, 1}, Bytes{3, 2}, Bytes{4, 3, 0},
          Bytes{8, 9, 0, 0, 0, 0, 0, 0, 0}, Bytes{5, 2}, Bytes{5, 9, 0, 0, 0, 0, 0, 0, 0}}) {
        EXPECT_EQ(parse_tcp_options(bad).error(), DropReason::tcp_bad_option);
    }
}

TEST(Tcp, RefusesMalformedSegments) {
    Bytes good(20);
    TcpHeader header = syn_header();
    header.options = {};
    header.emit(good, 1, 2);
    const auto error_of = [&](std::size_t at, std::uint8_t value) {
        Bytes bad = good;
        bad[at] = value;
        return TcpView::parse(bad, ChecksumCheck::trusted()).error();
    };
    EXPECT_EQ(TcpView::parse(std::span(good).first(19), ChecksumCheck::trusted()).error(),
              DropReason::tcp_too_short);
    EXPECT_EQ(error_of(12, 0x40), DropReason::tcp_bad_header_length);
    EXPECT_EQ(error_of(12, 0x60), DropReason::tcp_bad_header_length);
    Bytes no_port = good;
    store_be16(no_port.data(), 0);
    EXPECT_EQ(TcpView::parse(no_port, ChecksumCheck::trusted()).error(), DropReason::tcp_bad_port);
    using namespace tcp_flag;
    for (const int flags :
         {0, int{fin}, syn | fin, syn | rst, syn | fin | rst | ack, rst | fin, int{psh}, int{urg}, 0x29}) {
        EXPECT_EQ(error_of(13, static_cast<std::uint8_t>(flags)), DropReason::tcp_bad_flags) << flags;
    }
    for (const int flags :
         {int{syn}, syn | ack, int{rst}, rst | ack, int{ack}, ack | fin, ack | psh | urg, syn | ece | cwr}) {
        Bytes fine = good;
        fine[13] = static_cast<std::uint8_t>(flags);
        EXPECT_TRUE(TcpView::parse(fine, ChecksumCheck::trusted())) << flags;
    }
}

TEST(Udp, EmitsAndParses) {
    const UdpHeader header{5353, 53};
    const Bytes bytes = emitted(11, [&](Bytes& out) {
        out[8] = 'a', out[9] = 'b', out[10] = 'c';
        header.emit(out, ip_a.v4_value(), ip_b.v4_value());
    });
    const auto check = ChecksumCheck::against(ip_a.v4_value(), ip_b.v4_value());
    const auto view = UdpView::parse(bytes, check);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->source_port(), 5353);
    EXPECT_EQ(view->destination_port(), 53);
    EXPECT_EQ(view->payload().size(), 3U);

    Bytes bad = bytes;
    bad[8] ^= 1;
    EXPECT_EQ(UdpView::parse(bad, check).error(), DropReason::udp_bad_checksum);
    store_be16(bad.data() + 6, 0);
    EXPECT_TRUE(UdpView::parse(bad, check)) << "0 means no checksum";
    store_be16(bad.data() + 4, 12);
    EXPECT_EQ(UdpView::parse(bad, check).error(), DropReason::udp_bad_length);
    store_be16(bad.data() + 4, 7);
    EXPECT_EQ(UdpView::parse(bad, check).error(), DropReason::udp_bad_length);
    EXPECT_EQ(UdpView::parse(std::span(bad).first(7), check).error(), DropReason::udp_too_short);
    Bytes no_port = bytes;
    store_be16(no_port.data() + 2, 0);
    EXPECT_EQ(UdpView::parse(no_port, ChecksumCheck::trusted()).error(), DropReason::udp_bad_port);
}

TEST(Udp, SumOfZeroIsSentAsOnes) {
    // Chosen so that the complement of everything else comes out as 0.
    Bytes bytes(10);
    UdpHeader{1, 2}.emit(bytes, 0, 0);
    const std::uint16_t sum = load_be16(bytes.data() + 6);
    store_be16(bytes.data() + 8, sum);
    UdpHeader{1, 2}.emit(bytes, 0, 0);
    EXPECT_EQ(load_be16(bytes.data() + 6), 0xffff);
    EXPECT_TRUE(UdpView::parse(bytes, ChecksumCheck::against(0, 0)));
}

} // namespace
} // namespace fulcrum::wire
