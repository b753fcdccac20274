// The rate of a bad wire, its queue, and changes while frames are under way. What FaultInjector does with
// lines is in memory_device_test.cpp.
#include <gtest/gtest.h>
#include <vector>

#include "engine/device/fault_line.h"

namespace fulcrum::device {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1s};

void admit(FaultLine& line, std::size_t bytes, Instant now, std::uint8_t mark = 0) {
    std::vector<std::uint8_t> memory(bytes, mark);
    line.admit({memory.data(), static_cast<std::uint32_t>(bytes), 0, {}}, now);
}

std::vector<Duration> departures(FaultLine& line) {
    std::vector<Duration> times;
    while (auto held = line.take(Instant::max())) {
        times.push_back(held->leaves - start);
    }
    return times;
}

TEST(FaultLine, ARateSpacesFramesByTheirSize) {
    FaultLine line({.rate_bps = 8'000'000}, 1); // a byte each microsecond
    admit(line, 1000, start);
    admit(line, 500, start);
    admit(line, 100, start + 5ms); // the wire has been free for long
    EXPECT_EQ(departures(line), (std::vector<Duration>{1000us, 1500us, 5100us}));
}

TEST(FaultLine, DelayComesOnTopOfTheRate) {
    FaultLine line({.delay = 20ms, .rate_bps = 8'000'000}, 1);
    admit(line, 1000, start);
    admit(line, 1000, start);
    EXPECT_EQ(departures(line), (std::vector<Duration>{21ms, 22ms}));
}

TEST(FaultLine, WhatTheQueueCannotTakeIsDroppedAtTheTail) {
    FaultLine line({.rate_bps = 8'000'000, .queue_bytes = 3000}, 1);
    for (int i = 0; i < 5; ++i) {
        admit(line, 1000, start);
    }
    EXPECT_EQ(line.counters().queue_drops, 2U);
    admit(line, 1000, start + 1ms); // one has left
    EXPECT_EQ(line.counters().queue_drops, 2U);
    EXPECT_EQ(departures(line), (std::vector<Duration>{1ms, 2ms, 3ms, 4ms}));
    EXPECT_EQ(line.counters().passed, 4U);
}

TEST(FaultLine, AFrameLargerThanTheQueuePassesAFreeWire) {
    FaultLine line({.rate_bps = 8'000'000, .queue_bytes = 100}, 1);
    admit(line, 1000, start);
    admit(line, 1000, start);
    EXPECT_EQ(departures(line).size(), 1U);
}

TEST(FaultLine, WhatMayBeHeldIsBoundedHoweverLongTheDelay) {
    FaultLine line({.delay = 1h}, 1);
    for (std::size_t i = 0; i < FaultLine::most_held_bytes / 60'000 + 10; ++i) {
        admit(line, 60'000, start);
    }
    EXPECT_GT(line.counters().queue_drops, 0U);
    EXPECT_LE(line.waiting() * 60'000, FaultLine::most_held_bytes);
}

TEST(FaultLine, AShorterDelayDoesNotOvertake) {
    FaultLine line({.delay = 20ms}, 1);
    admit(line, 100, start);
    line.change({.delay = 1ms});
    admit(line, 100, start + 1ms);
    admit(line, 100, start + 30ms);
    EXPECT_EQ(departures(line), (std::vector<Duration>{20ms, 20ms, 31ms}));
}

std::vector<bool> fate(FaultLine& line, int frames) {
    std::vector<bool> lost;
    for (int i = 0; i < frames; ++i) {
        const auto before = line.counters().lost;
        admit(line, 100, start);
        lost.push_back(line.counters().lost > before);
    }
    return lost;
}

TEST(FaultLine, ReseededItLosesTheSameFramesAgain) {
    FaultLine line({.loss = 0.3}, 5);
    const auto first = fate(line, 200);
    const auto second = fate(line, 200);
    EXPECT_NE(first, second);
    line.reseed(5);
    EXPECT_EQ(fate(line, 200), first);
    // Other faults make other things happen to the same frames, and leave the losses as they were.
    line.reseed(5);
    line.change({.loss = 0.3,
                 .duplicate = 0.5,
                 .reorder = 0.5,
                 .delay = 1ms,
                 .jitter = 1ms,
                 .rate_bps = 1'000'000'000});
    EXPECT_EQ(fate(line, 200), first);
}

} // namespace
} // namespace fulcrum::device
