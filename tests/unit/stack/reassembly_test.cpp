#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "engine/stack/reassembly.h"
#include "engine/wire/ethernet.h"

namespace fulcrum::stack {
namespace {

using namespace std::chrono_literals;
using wire::DropReason;
using Bytes = std::vector<std::uint8_t>;

constexpr Instant start{1h};

struct Fragment {
    std::uint16_t offset = 0;
    bool more = false;
    Bytes payload;
    std::uint16_t identification = 1;
    std::uint8_t ecn = 0;
    std::uint8_t options = 0; // words of no-operations
    std::uint32_t source = 0x0a010102;
};

Bytes emit(const Fragment& fragment) {
    wire::Ipv4Header ip;
    ip.dscp_ecn = fragment.ecn;
    ip.total_length = static_cast<std::uint16_t>(20 + 4 * fragment.options + fragment.payload.size());
    ip.identification = fragment.identification;
    ip.more_fragments = fragment.more;
    ip.fragment_offset = fragment.offset;
    ip.protocol = wire::protocol_udp;
    ip.source = IpAddress::v4(fragment.source);
    ip.destination = IpAddress::v4(0x0a010103);
    const std::size_t header = 20U + 4U * fragment.options;
    Bytes out(14 + header, 1);
    wire::EthernetHeader{Mac{{2, 0, 0, 0, 0, 1}}, Mac{{2, 0, 0, 0, 0, 2}}, wire::ethertype_ipv4}.emit(
        out.data());
    ip.emit(out.data() + 14);
    out[14] = static_cast<std::uint8_t>(0x45 + fragment.options);
    store_be16(out.data() + 24, 0);
    store_be16(out.data() + 24, wire::checksum_of(std::span(out).subspan(14, header)));
    out.insert(out.end(), fragment.payload.begin(), fragment.payload.end());
    return out;
}

Bytes count_up(std::size_t size) {
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

std::vector<Fragment> cut(const Bytes& payload, std::size_t step, std::uint16_t identification = 1) {
    std::vector<Fragment> out;
    for (std::size_t at = 0; at < payload.size(); at += step) {
        const std::size_t end = std::min(payload.size(), at + step);
        out.push_back({static_cast<std::uint16_t>(at), end < payload.size(),
                       Bytes(payload.begin() + static_cast<std::ptrdiff_t>(at),
                             payload.begin() + static_cast<std::ptrdiff_t>(end)),
                       identification});
    }
    return out;
}

class Reassembly : public testing::Test {
protected:
    Reassembler reassembler{ReassemblyLimits{.datagrams = 4, .bytes = 100000, .fragments_per_datagram = 64}};
    device::FrameArena arena;

    wire::Parsed<std::optional<device::Frame>> add(const Fragment& fragment, Instant now = start,
                                                   VrfId vrf = {}) {
        Bytes bytes = emit(fragment);
        const device::Frame frame{bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, {}};
        const auto ip = wire::Ipv4View::parse(std::span<const std::uint8_t>(bytes).subspan(14));
        EXPECT_TRUE(ip) << name_of(ip.error());
        return reassembler.add(vrf, InterfaceId{3}, frame, *ip, arena, now);
    }
    // Adds all; returns the payload of the whole datagram that the last one completed.
    std::optional<Bytes> add_all(const std::vector<Fragment>& fragments) {
        std::optional<Bytes> payload;
        for (const Fragment& fragment : fragments) {
            EXPECT_FALSE(payload) << "complete before its last piece";
            const auto whole = add(fragment);
            if (!whole || !*whole) {
                continue;
            }
            const auto ip =
                wire::Ipv4View::parse(std::span<const std::uint8_t>((*whole)->bytes()).subspan(14));
            EXPECT_TRUE(ip);
            EXPECT_FALSE(ip->is_fragment());
            payload.emplace(ip->payload().begin(), ip->payload().end());
        }
        return payload;
    }
};

TEST_F(Reassembly, AnyOrderGivesTheSameBytes) {
    const Bytes payload = count_up(5000);
    std::mt19937 random(1);
    auto fragments = cut(payload, 1480);
    for (int round = 0; round < 50; ++round) {
        std::shuffle(fragments.begin(), fragments.end(), random);
        EXPECT_EQ(add_all(fragments), payload);
        EXPECT_EQ(reassembler.datagrams(), 0U);
        EXPECT_EQ(reassembler.bytes(), 0U);
        arena.reset();
    }
}

TEST_F(Reassembly, TheLargestDatagram) {
    const Bytes payload = count_up(65515);
    EXPECT_EQ(add_all(cut(payload, 1480)), payload);
}

TEST_F(Reassembly, HeaderIsTheFirstFragmentsAndCongestionIsKept) {
    auto fragments = cut(count_up(40), 16);
    fragments[1].ecn = 3;
    fragments[0].ecn = 2;
    fragments[0].options = 1;
    add(fragments[2]);
    add(fragments[1]);
    const auto whole = add(fragments[0]);
    ASSERT_TRUE(whole && *whole);
    const auto ip = wire::Ipv4View::parse(std::span<const std::uint8_t>((*whole)->bytes()).subspan(14));
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->header_bytes(), 24U);
    EXPECT_EQ(ip->dscp_ecn() & 3, 3);
    EXPECT_EQ(ip->identification(), 1);
    EXPECT_EQ(wire::EthernetView::parse((*whole)->bytes())->source(), (Mac{{2, 0, 0, 0, 0, 2}}));
}

TEST_F(Reassembly, DuplicatesAreHarmless) {
    const Bytes payload = count_up(4000);
    std::vector<Fragment> fragments = cut(payload, 1000);
    std::vector<Fragment> twice{fragments[0], fragments[0], fragments[2], fragments[1],
                                fragments[1], fragments[2], fragments[3]};
    EXPECT_EQ(add_all(twice), payload);
}

TEST_F(Reassembly, EveryKindOfOverlapGivesUpTheWholeDatagram) {
    const struct {
        const char* kind;
        std::uint16_t offset;
        std::size_t size;
    } overlaps[] = {
        {"over the end of one", 504, 64},        {"over the start of one", 992, 64},
        {"inside one, other bytes", 64, 64},     {"around one", 992, 600},
        {"the same place, other bytes", 0, 512}, {"bridging two", 504, 560},
    };
    std::uint16_t identification = 100;
    for (const auto& overlap : overlaps) {
        ++identification;
        Fragment first{0, true, Bytes(512, 0x11), identification};
        Fragment third{1024, true, Bytes(512, 0x33), identification};
        Fragment second{512, true, Bytes(512, 0x22), identification};
        Fragment last{1536, false, Bytes(512, 0x44), identification};
        ASSERT_TRUE(add(first)) << overlap.kind;
        ASSERT_TRUE(add(third)) << overlap.kind;
        Fragment evil{overlap.offset, true, Bytes(overlap.size, 0x66), identification};
        EXPECT_EQ(add(evil).error(), DropReason::fragment_overlap) << overlap.kind;
        EXPECT_EQ(add(second).error(), DropReason::fragment_overlap)
            << overlap.kind << ": the rest of it goes too";
        EXPECT_EQ(add(last).error(), DropReason::fragment_overlap) << overlap.kind;
        EXPECT_EQ(reassembler.bytes(), 0U) << "and its memory is free";
    }
}

TEST_F(Reassembly, TwoDifferentEndsAreAnOverlap) {
    ASSERT_TRUE(add({800, false, Bytes(100, 1), 7}));
    EXPECT_EQ(add({808, false, Bytes(200, 1), 7}).error(), DropReason::fragment_overlap);
    ASSERT_TRUE(add({800, false, Bytes(100, 1), 8}));
    EXPECT_EQ(add({1600, true, Bytes(80, 1), 8}).error(), DropReason::fragment_overlap) << "behind the end";
    ASSERT_TRUE(add({1600, true, Bytes(80, 1), 9}));
    EXPECT_EQ(add({800, false, Bytes(100, 1), 9}).error(), DropReason::fragment_overlap)
        << "an end before it";
}

TEST_F(Reassembly, WhatWouldBeTooLargeWithItsHeaderIsRefused) {
    // 65,512 payload bytes fit behind 20 header bytes; the first fragment brings 24.
    Bytes payload = count_up(65512);
    auto fragments = cut(payload, 2000);
    fragments[0].options = 1;
    std::optional<DropReason> refused;
    for (const Fragment& fragment : fragments) {
        if (const auto added = add(fragment); !added) {
            refused = added.error();
        }
    }
    EXPECT_EQ(refused, DropReason::ipv4_bad_fragment);
    EXPECT_EQ(reassembler.datagrams(), 0U);
}

TEST_F(Reassembly, KeysKeepDatagramsApart) {
    const Bytes payload = count_up(64);
    auto a = cut(payload, 32);
    ASSERT_FALSE(*add(a[0], start, VrfId{0}));
    EXPECT_FALSE(*add(a[1], start, VrfId{1})) << "another VRF";
    a[1].identification = 2;
    EXPECT_FALSE(*add(a[1]));
    a[1].identification = 1;
    a[1].source = 0x0a010105;
    EXPECT_FALSE(*add(a[1]));
    EXPECT_EQ(reassembler.datagrams(), 4U);
}

TEST_F(Reassembly, TimesOutAndQuotesTheFirstFragment) {
    const auto fragments = cut(count_up(4000), 1000);
    add(fragments[0], start);
    add({8, false, Bytes(8, 1), 55}, start + 5s); // without a first fragment
    EXPECT_EQ(reassembler.next_deadline(), start + 15s);
    reassembler.poll(start + 15s - 1ns);
    EXPECT_EQ(reassembler.datagrams(), 2U);
    reassembler.poll(start + 15s);
    EXPECT_EQ(reassembler.datagrams(), 1U);
    ASSERT_EQ(reassembler.timed_out().size(), 1U);
    const auto& quoted = reassembler.timed_out()[0];
    EXPECT_EQ(quoted.ingress, InterfaceId{3});
    EXPECT_EQ(quoted.frame.size(), 14U + 20 + 8);
    EXPECT_EQ(quoted.frame.back(), 7);
    reassembler.timed_out().clear();
    reassembler.poll(start + 20s);
    EXPECT_TRUE(reassembler.timed_out().empty()) << "nothing to quote";
    EXPECT_EQ(reassembler.timeouts(), 2U);
    EXPECT_EQ(reassembler.bytes(), 0U);
    EXPECT_EQ(reassembler.next_deadline(), Instant::max());
}

TEST_F(Reassembly, MemoryIsBoundedAndTheNewestWins) {
    // One byte-sized fragment far out claims 64 KB each.
    for (std::uint16_t i = 0; i < 50; ++i) {
        add({65480, true, Bytes(8, 1), i});
        EXPECT_LE(reassembler.bytes(), 100000U + 65488U);
        EXPECT_LE(reassembler.datagrams(), 4U);
    }
    EXPECT_GT(reassembler.pushed_out(), 45U);
    const Bytes payload = count_up(3000);
    EXPECT_EQ(add_all(cut(payload, 1000, 9999)), payload);
}

TEST_F(Reassembly, TooManyPiecesAreRefused) {
    std::optional<DropReason> refused;
    for (std::uint16_t i = 0; i < 200 && !refused; ++i) {
        if (const auto added = add({static_cast<std::uint16_t>(16 * i), true, Bytes(8, 1), 3}); !added) {
            refused = added.error();
        }
    }
    EXPECT_EQ(refused, DropReason::fragment_limit);
}

} // namespace
} // namespace fulcrum::stack
