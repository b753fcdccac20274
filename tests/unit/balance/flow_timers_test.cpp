// The timer wheel: nothing ends early, nothing much late, and nothing is forgotten.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/balance/flow_timers.h"

namespace fulcrum::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration tick{1LL << FlowTimers::tick_bits};

struct Wheel : testing::Test {
    Instant now{std::chrono::hours(5)};
    FlowTable table{10000, {}};
    FlowTimers timers{table, now};
    std::map<std::uint64_t, Instant> ended;

    FlowRecord& flow(std::uint32_t n) {
        FlowRecord& f = *table.insert({.source = n + 1, .protocol = 6}, {}).flow;
        f.id = n;
        return f;
    }
    void advance_to(Instant t, std::uint32_t budget = 1'000'000) {
        now = t;
        timers.advance(now, budget, [this](FlowRecord& f) {
            ended[f.id] = now;
            table.erase(f);
        });
    }
};

TEST_F(Wheel, a_flow_ends_at_its_deadline_and_at_most_two_ticks_later) {
    std::mt19937 random(1);
    std::map<std::uint64_t, Instant> wanted;
    for (std::uint32_t n = 0; n < 5000; ++n) {
        wanted[n] = now + milliseconds(random() % 200'000);
        timers.set(flow(n), wanted[n]);
    }
    const Instant start = now;
    while (!wanted.empty() && now < start + seconds(210)) {
        advance_to(now + milliseconds(10));
        for (const auto& [id, at] : ended) {
            ASSERT_GE(at, wanted.at(id));
            ASSERT_LE(at - wanted.at(id), 2 * tick);
            wanted.erase(id);
        }
        ended.clear();
    }
    EXPECT_TRUE(wanted.empty());
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(timers.next_deadline(), Instant::max());
}

TEST_F(Wheel, waking_at_next_deadline_is_enough) {
    timers.set(flow(1), now + seconds(3));
    timers.set(flow(2), now + seconds(100));
    int wakes = 0;
    while (timers.next_deadline() != Instant::max() && wakes < 100) {
        advance_to(timers.next_deadline());
        ++wakes;
    }
    EXPECT_EQ(ended.size(), 2U);
    EXPECT_LE(wakes, 3);
}

TEST_F(Wheel, a_cleared_timer_never_fires_and_a_moved_one_fires_once) {
    FlowRecord& one = flow(1);
    FlowRecord& two = flow(2);
    timers.set(one, now + seconds(1));
    timers.set(two, now + seconds(1));
    timers.clear(one);
    timers.set(two, now + seconds(5));
    advance_to(now + seconds(2));
    EXPECT_TRUE(ended.empty());
    advance_to(now + seconds(4));
    EXPECT_EQ(ended.size(), 1U);
    EXPECT_TRUE(ended.contains(2));
}

TEST_F(Wheel, beyond_the_span_the_owner_is_asked_again) {
    timers.set(flow(1), now + std::chrono::hours(1));
    const Instant deadline = now + std::chrono::hours(1);
    int asked = 0;
    while (timers.next_deadline() != Instant::max()) {
        const Instant at = timers.next_deadline();
        timers.advance(at, 100, [&](FlowRecord& f) {
            ++asked;
            if (at < deadline) {
                timers.set(f, deadline);
            } else {
                EXPECT_LE(at - deadline, 2 * tick);
            }
        });
    }
    EXPECT_LE(asked, 15) << "an hour is 14 turns of the wheel";
}

TEST_F(Wheel, a_mass_expiry_is_spread_over_calls) {
    for (std::uint32_t n = 0; n < 1000; ++n) {
        timers.set(flow(n), now + seconds(1));
    }
    advance_to(now + seconds(2), 300);
    EXPECT_EQ(ended.size(), 300U);
    EXPECT_LE(timers.next_deadline(), now);
    advance_to(now, 300);
    advance_to(now, 300);
    advance_to(now, 300);
    EXPECT_EQ(ended.size(), 1000U);
}

TEST_F(Wheel, a_pause_of_days_ends_everything_once) {
    for (std::uint32_t n = 0; n < 100; ++n) {
        timers.set(flow(n), now + seconds(n));
    }
    advance_to(now + std::chrono::hours(72));
    EXPECT_EQ(ended.size(), 100U);
    timers.set(flow(500), now + seconds(1)); // and it still works
    advance_to(now + seconds(2));
    EXPECT_EQ(ended.size(), 101U);
}

} // namespace
} // namespace fulcrum::balance
