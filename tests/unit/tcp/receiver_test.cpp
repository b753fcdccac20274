#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "engine/tcp/receiver.h"

using namespace fulcrum;
using namespace fulcrum::tcp;

namespace {

std::uint8_t pattern(std::uint32_t at) {
    return static_cast<std::uint8_t>((at * 2654435761U) >> 11);
}

Slice stretch(BufferPool& pool, std::uint32_t from, std::uint32_t length) {
    std::vector<std::uint8_t> bytes(length);
    for (std::uint32_t i = 0; i < length; ++i) {
        bytes[i] = pattern(from + i);
    }
    return pool.copy(bytes);
}

} // namespace

TEST(Receiver, PutsAnyOverlapInOrder) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        std::mt19937 engine(seed);
        const auto dice = [&engine] { return static_cast<std::uint32_t>(engine()); };
        BufferPool pool{16U << 20};
        Receiver receiver;
        const Sequence first(0xffffff00U); // wraps
        receiver.start(first, 20'000, 0);
        std::uint32_t read = 0;
        constexpr std::uint32_t total = 10'000;
        for (int i = 0; read < total && i < 100'000; ++i) {
            const std::uint32_t from = dice() % total;
            const std::uint32_t length = std::min<std::uint32_t>(1 + dice() % 700, total - from);
            receiver.process_payload(first + from, stretch(pool, from, length));
            std::array<wire::SackBlock, 4> sack;
            const auto count = receiver.sack_blocks(sack, 4);
            for (std::uint8_t block = 1; block < count;
                 ++block) { // all but the newest lie beyond what is in order
                ASSERT_GE(Sequence(sack[block].left), receiver.next());
                ASSERT_LT(Sequence(sack[block].left), Sequence(sack[block].right));
            }
            while (receiver.readable() > 0) {
                const Slice slice = receiver.read(1 + dice() % 900);
                for (const std::uint8_t byte : slice.bytes()) {
                    ASSERT_EQ(byte, pattern(read)) << "seed " << seed << " at " << read;
                    ++read;
                }
            }
        }
        ASSERT_EQ(read, total) << "seed " << seed;
        EXPECT_FALSE(receiver.has_gap());
        receiver.clear();
        EXPECT_EQ(pool.used_bytes(), 0U);
    }
}

TEST(Receiver, TellsTheNewestBlockFirstAndADuplicateBeforeAll) { // RFC 2018 section 4, RFC 2883
    BufferPool pool{1U << 20};
    Receiver receiver;
    receiver.start(Sequence(1000), 60'000, 0);
    receiver.process_payload(Sequence(3000), stretch(pool, 0, 100));
    receiver.process_payload(Sequence(5000), stretch(pool, 0, 100));
    receiver.process_payload(Sequence(3100), stretch(pool, 0, 100));
    std::array<wire::SackBlock, 4> sack;
    ASSERT_EQ(receiver.sack_blocks(sack, 4), 2);
    EXPECT_EQ(sack[0], (wire::SackBlock{3000, 3200}));
    EXPECT_EQ(sack[1], (wire::SackBlock{5000, 5100}));
    receiver.process_payload(Sequence(5000), stretch(pool, 0, 100));
    ASSERT_EQ(receiver.sack_blocks(sack, 4), 3);
    EXPECT_EQ(sack[0], (wire::SackBlock{5000, 5100}));
    ASSERT_EQ(receiver.sack_blocks(sack, 4), 2) << "a duplicate is told once";
}

// As the lossy link found: with one ACK for several segments, all but the last of them went untold.
TEST(Receiver, TellsEveryBlockThatChangedLatelyNotTheLowestOnes) { // RFC 2018 section 4
    BufferPool pool{1U << 20};
    Receiver receiver;
    receiver.start(Sequence(1000), 60'000, 0);
    const auto piece = [&](std::uint32_t at) {
        receiver.process_payload(Sequence(at), stretch(pool, 0, 100));
    };
    const auto told = [&](std::uint8_t most) {
        std::array<wire::SackBlock, 4> sack;
        const auto count = receiver.sack_blocks(sack, most);
        std::vector<std::uint32_t> lefts;
        for (std::uint8_t i = 0; i < count; ++i) {
            lefts.push_back(sack[i].left);
        }
        return lefts;
    };
    using Lefts = std::vector<std::uint32_t>;
    for (const std::uint32_t at : {2000, 3000, 4000, 5000, 6000, 7000}) {
        piece(at);
    }
    EXPECT_EQ(told(3), (Lefts{7000, 6000, 5000}));
    piece(3100); // grows a block that was told before
    piece(7100); // and again and again the same one
    piece(7200);
    EXPECT_EQ(told(4), (Lefts{7000, 3000, 6000, 5000}));
    piece(6100);
    for (std::uint32_t at = 6200; at < 7000; at += 100) { // two blocks become one
        piece(at);
    }
    EXPECT_EQ(told(4), (Lefts{6000, 3000, 5000, 2000})) << "room left: the lowest";
    for (std::uint32_t at = 1000; at < 7000; at += 100) {
        if (at % 1000 != 500 || at > 3000) {
            piece(at);
        }
    }
    told(4); // some came twice, and that is told once
    EXPECT_EQ(told(4), (Lefts{2600, 1600})) << "what is in order is no block";
}

TEST(Receiver, NeverPromisesMoreThanItKeepsAndNeverTakesAPromiseBack) { // RFC 9293 section 3.8.6.2
    BufferPool pool{1U << 20};
    Receiver receiver;
    receiver.start(Sequence(0), 10'000, 0);
    EXPECT_EQ(receiver.promise(1000), 10'000U);
    const Sequence edge = receiver.promised_edge();
    receiver.process_payload(Sequence(0), stretch(pool, 0, 9'500));
    EXPECT_EQ(receiver.promise(1000), 500U);
    EXPECT_GE(receiver.promised_edge(), edge);
    receiver.read(1'500);
    EXPECT_FALSE(receiver.wants_update(1000)) << "1,500 bytes are not worth a segment of their own";
    receiver.read(1'000);
    EXPECT_TRUE(receiver.wants_update(1000));
    EXPECT_EQ(receiver.promise(1000), 3'000U);
}

TEST(Receiver, AFloodOfTinyIslandsIsBounded) {
    BufferPool pool{64U << 20};
    Receiver receiver;
    receiver.start(Sequence(0), 1U << 20, 0);
    for (std::uint32_t i = 1; i < 200'000; i += 2) {
        receiver.process_payload(Sequence(i), stretch(pool, i, 1));
    }
    EXPECT_LE(pool.used_bytes(), 4U << 20);
}
