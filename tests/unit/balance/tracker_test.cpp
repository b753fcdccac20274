// Pure state machines: health verdicts, TCP states, the flow log's ring.
#include <gtest/gtest.h>

#include "engine/balance/flow_log.h"
#include "engine/balance/health_tracker.h"
#include "engine/balance/tcp_tracker.h"

namespace fulcrum::balance {
namespace {

using engine::FlowState;
using Verdict = HealthTracker::Verdict;

HealthTracker tracker(std::uint8_t rise, std::uint8_t fall) {
    return HealthTracker({.kind = engine::HealthKind::ping, .rise = rise, .fall = fall});
}

TEST(HealthTracker, M6_rise_and_fall_are_counted_in_a_row) {
    HealthTracker t = tracker(3, 2);
    EXPECT_EQ(t.verdict(), Verdict::unknown);
    EXPECT_EQ(t.why(), "ping: not probed yet");
    EXPECT_FALSE(t.add(ProbeResult::answered));
    EXPECT_EQ(t.why(), "ping: 1 of 3 answered");
    EXPECT_FALSE(t.add(ProbeResult::answered));
    EXPECT_TRUE(t.add(ProbeResult::answered));
    EXPECT_TRUE(t.is_up());
    EXPECT_FALSE(t.add(ProbeResult::lost));
    EXPECT_EQ(t.why(), "ping: 1 of 2 lost, still up");
    EXPECT_FALSE(t.add(ProbeResult::answered)); // the row is broken
    EXPECT_FALSE(t.add(ProbeResult::lost));
    EXPECT_TRUE(t.add(ProbeResult::lost));
    EXPECT_EQ(t.verdict(), Verdict::down);
    EXPECT_EQ(t.why(), "ping: 2 of 2 lost");
    EXPECT_FALSE(t.add(ProbeResult::lost));
    EXPECT_EQ(t.why(), "ping: 2 of 2 lost");
    EXPECT_FALSE(t.add(ProbeResult::answered));
    EXPECT_FALSE(t.add(ProbeResult::answered));
    EXPECT_FALSE(t.add(ProbeResult::unreachable));
    EXPECT_FALSE(t.add(ProbeResult::answered));
    EXPECT_FALSE(t.add(ProbeResult::answered));
    EXPECT_TRUE(t.add(ProbeResult::answered));
}

TEST(HealthTracker, the_first_bad_result_of_a_server_nobody_knows_makes_it_down) {
    HealthTracker t = tracker(1, 3);
    EXPECT_TRUE(t.add(ProbeResult::refused));
    EXPECT_EQ(t.verdict(), Verdict::down);
    EXPECT_EQ(t.why(), "ping: 1 of 3 refused");
    EXPECT_TRUE(t.add(ProbeResult::answered));
}

constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;

FlowRecord flow(bool both_ways) {
    FlowRecord f;
    f.keys[0].protocol = 6;
    f.keys[1].protocol = both_ways ? 6 : 0;
    return f;
}

TEST(TcpTracker, only_an_answered_handshake_is_established_where_both_ways_are_seen) {
    FlowRecord f = flow(true);
    track_tcp(f, Direction::in, syn);
    track_tcp(f, Direction::in, ack); // nobody has answered: a guess, or a scan
    EXPECT_EQ(f.state, FlowState::opening);
    track_tcp(f, Direction::out, syn | ack);
    EXPECT_EQ(f.state, FlowState::opening);
    track_tcp(f, Direction::in, ack);
    EXPECT_EQ(f.state, FlowState::established);
}

TEST(TcpTracker, in_dsr_the_clients_acknowledgement_is_all_there_is) {
    FlowRecord f = flow(false);
    track_tcp(f, Direction::in, syn);
    track_tcp(f, Direction::in, ack);
    EXPECT_EQ(f.state, FlowState::established);
    track_tcp(f, Direction::in, fin | ack);
    EXPECT_EQ(f.state, FlowState::closing);
    EXPECT_TRUE(starts_anew(f, Direction::in, syn));
    EXPECT_EQ(tcp_timeout(f, std::chrono::minutes(5)), TcpTimeouts{}.closing_unseen);
}

TEST(TcpTracker, half_close_waits_for_the_other_half) {
    FlowRecord f = flow(true);
    track_tcp(f, Direction::in, syn);
    track_tcp(f, Direction::out, syn | ack);
    track_tcp(f, Direction::in, ack);
    track_tcp(f, Direction::out, fin | ack);
    EXPECT_EQ(f.state, FlowState::closing);
    track_tcp(f, Direction::in, ack);
    EXPECT_EQ(f.state, FlowState::closing);
    EXPECT_FALSE(starts_anew(f, Direction::in, syn)) << "the client has not finished";
    track_tcp(f, Direction::in, fin | ack);
    EXPECT_EQ(f.state, FlowState::closed);
    EXPECT_TRUE(starts_anew(f, Direction::in, syn));
    EXPECT_FALSE(starts_anew(f, Direction::out, syn));
    EXPECT_FALSE(starts_anew(f, Direction::in, syn | ack));
}

TEST(TcpTracker, an_established_flow_is_not_taken_over_by_a_syn) {
    FlowRecord f = flow(true);
    track_tcp(f, Direction::in, syn);
    track_tcp(f, Direction::out, syn | ack);
    track_tcp(f, Direction::in, ack);
    EXPECT_FALSE(starts_anew(f, Direction::in, syn));
    track_tcp(f, Direction::in, syn);
    EXPECT_EQ(f.state, FlowState::established);
}

TEST(FlowLog, is_read_by_cursor_and_counts_what_was_never_read) {
    FlowLog log(4);
    const auto write = [&log](std::uint64_t id) {
        FlowLogRecord r;
        r.id = id;
        log.append(r);
    };
    std::uint64_t cursor = 0;
    EXPECT_TRUE(log.read(cursor, 10).empty());
    for (std::uint64_t i = 1; i <= 3; ++i) {
        write(i);
    }
    auto got = log.read(cursor, 2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].id, 1U);
    for (std::uint64_t i = 4; i <= 9; ++i) {
        write(i);
    }
    EXPECT_EQ(log.lost(), 3U) << "3, 4 and 5 were overwritten unread; 1 and 2 had been read";
    got = log.read(cursor, 10);
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got[0].id, 6U);
    EXPECT_EQ(got[3].id, 9U);
    EXPECT_TRUE(log.read(cursor, 10).empty());
    std::uint64_t far = UINT64_MAX;
    EXPECT_TRUE(log.read(far, 10).empty()) << "a cursor from another engine";
    std::uint64_t fresh = 0;
    EXPECT_EQ(log.read(fresh, 10).size(), 4U) << "a second reader sees all that is left";
}

} // namespace
} // namespace fulcrum::balance
