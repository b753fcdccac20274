#include <map>
#include <set>

#include <gtest/gtest.h>

#include "engine/proxy/half_open.h"
#include "engine/proxy/session.h"
#include "engine/proxy/session_timers.h"
#include "engine/balance/source_ports.h"
#include "engine/proxy/time_wait.h"

using namespace fulcrum;
using namespace fulcrum::proxy;
using namespace std::chrono_literals;

namespace {
const Instant start{100h};
}

TEST(SessionTimers, FireOnceNeverEarlyAndNotLateByMoreThanATick) {
    SessionTimers timers(start);
    std::map<std::uint32_t, TimerLink> links;
    const auto link_of = [&](std::uint32_t i) -> TimerLink& { return links[i]; };
    std::map<std::uint32_t, Instant> wanted;
    for (std::uint32_t i = 0; i < 500; ++i) {
        wanted[i] = start + Duration(std::chrono::microseconds(i * i * 37)); // up to 9.2 s: both wheels
        timers.set(i, wanted[i], link_of);
    }
    std::map<std::uint32_t, Instant> fired;
    for (Instant now = start; now < start + 12s; now += 1ms) {
        timers.advance(now, link_of, [&](std::uint32_t i) {
            EXPECT_EQ(fired.count(i), 0U);
            fired[i] = now;
        });
    }
    ASSERT_EQ(fired.size(), wanted.size());
    for (const auto& [i, at] : fired) {
        EXPECT_GE(at, wanted[i]) << i;
        EXPECT_LE(at - wanted[i], wanted[i] - start < 2s ? Duration(2ms) : Duration(1100ms)) << i;
    }
    EXPECT_EQ(timers.armed(), 0U);
}

TEST(SessionTimers, AClearedOneStaysSilentAndALaterDeadlineReplacesAnEarlierOne) {
    SessionTimers timers(start);
    std::map<std::uint32_t, TimerLink> links;
    const auto link_of = [&](std::uint32_t i) -> TimerLink& { return links[i]; };
    timers.set(1, start + 5ms, link_of);
    timers.set(2, start + 5ms, link_of);
    timers.set(2, start + 50ms, link_of);
    timers.clear(1, link_of);
    std::vector<std::uint32_t> fired;
    timers.advance(start + 10ms, link_of, [&](std::uint32_t i) { fired.push_back(i); });
    EXPECT_TRUE(fired.empty());
    EXPECT_LE(timers.next_deadline(), start + 52ms);
    timers.advance(start + 60ms, link_of, [&](std::uint32_t i) { fired.push_back(i); });
    EXPECT_EQ(fired, std::vector<std::uint32_t>{2});
    EXPECT_EQ(timers.next_deadline(), Instant::max());
}

TEST(SourcePorts, GivesEachPortOnceAndSaysWhenAllAreTaken) { // SPEC M12
    balance::SourcePorts ports(7);
    ports.set_range({2000, 2099});
    const auto server = [](std::uint32_t address) {
        return balance::FlowKey{.source = address, .destination = 1, .source_port = 80, .protocol = 6};
    };
    std::set<std::uint16_t> taken;
    const auto is_free = [&](std::uint16_t port) { return !taken.contains(port); };
    for (int i = 0; i < 100; ++i) {
        const auto port = ports.take(server(2), is_free);
        ASSERT_TRUE(port);
        EXPECT_TRUE(*port >= 2000 && *port <= 2099);
        EXPECT_TRUE(taken.insert(*port).second);
    }
    EXPECT_FALSE(ports.take(server(2), is_free));
    EXPECT_TRUE(ports.take(server(3), [](std::uint16_t) { return true; })) << "another server has its own";
    taken.erase(2042);
    ports.give_back(server(2));
    EXPECT_EQ(ports.take(server(2), is_free), 2042);
}

TEST(HalfOpenTable, RepeatsThreeTimesThenForgets) {
    HalfOpenTable table(tcp::HashKey{1, 2}, 2);
    const tcp::Endpoints one{1, 2, 3, 4, 0}, two{1, 2, 5, 4, 0};
    table.insert(one, HalfOpen{.began = start, .repeat_at = start + 1s});
    EXPECT_FALSE(table.is_full());
    table.insert(two, HalfOpen{.began = start, .repeat_at = start + 100s});
    EXPECT_TRUE(table.is_full());
    int repeats = 0;
    for (Instant now = start; now < start + 30s; now += 100ms) {
        table.poll(now, [&](const tcp::Endpoints& ends, HalfOpen&) {
            EXPECT_EQ(ends, one);
            ++repeats;
        });
    }
    EXPECT_EQ(repeats, 3);
    EXPECT_EQ(table.find(one), nullptr);
    EXPECT_NE(table.find(two), nullptr);
}

TEST(TimeWaitTable, KeepsForItsTimeAndMakesRoomByAge) {
    TimeWaitTable table(tcp::HashKey{1, 2}, 3);
    const auto ends = [](std::uint16_t port) { return tcp::Endpoints{1, 2, port, 4, 0}; };
    for (std::uint16_t port = 1; port <= 4; ++port) {
        table.insert(ends(port), {}, start + port * 1ms);
    }
    EXPECT_EQ(table.size(), 3U);
    EXPECT_EQ(table.find(ends(1)), nullptr) << "the oldest left";
    table.poll(start + TimeWaitTable::duration + 3ms);
    EXPECT_EQ(table.find(ends(3)), nullptr);
    EXPECT_NE(table.find(ends(4)), nullptr);
}

TEST(SessionTable, AnIdleSessionIsSmall) { // both connections together, without the flow's record
    EXPECT_LE(sizeof(Session), 1300U);
    SessionTable table;
    const tcp::Settings settings;
    const std::uint32_t first = table.take(settings, settings);
    Session* address = &table.at(first);
    for (int i = 0; i < 1000; ++i) {
        table.take(settings, settings);
    }
    EXPECT_EQ(&table.at(first), address) << "sessions never move";
    table.give_back(first);
    EXPECT_FALSE(table.is_live(first));
    EXPECT_EQ(table.take(settings, settings), first);
}
