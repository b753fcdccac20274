#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/tcp/network.h"

using namespace fulcrum;
using namespace fulcrum::tcp;
using namespace fulcrum::tcp::test;
using namespace std::chrono_literals;
namespace flag = fulcrum::wire::tcp_flag;

namespace {

double seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

void close_both(Network& network) {
    network.left.connection.close();
    network.right.connection.close();
    EXPECT_TRUE(network.run([&] {
        const auto over = [](const Host& end) {
            return end.connection.is_over() || end.connection.state() == State::time_wait;
        };
        return over(network.left) && over(network.right);
    }));
    EXPECT_NE(network.left.connection.end(), End::reset_by_peer);
}

} // namespace

TEST(Connection, OpensTransfersAndCloses) {
    Network network(1);
    network.connect();
    EXPECT_TRUE(transfer(network, network.left, network.right, 3'000'000));
    EXPECT_TRUE(transfer(network, network.right, network.left, 3'000'000));
    EXPECT_EQ(network.left.connection.sender().retransmitted_bytes(), 0U);
    close_both(network);
}

TEST(Connection, FillsALongFatPath) {
    Network network(2);
    network.left.faults =
        network.right.faults = {.delay = 20ms, .rate_bps = 1'000'000'000, .queue_bytes = 4U << 20};
    network.connect();
    const Instant start = network.now;
    EXPECT_TRUE(transfer(network, network.left, network.right, 200'000'000));
    const double rate = 200e6 * 8 / seconds(network.now - start);
    EXPECT_GT(rate, 500e6) << "a 1 Gbit/s path of 40 ms, slow start included";
    close_both(network);
}

class Lossy : public testing::TestWithParam<int> {};

TEST_P(Lossy, EverythingArrivesAndNothingSticks) {
    Network network(static_cast<std::uint64_t>(GetParam()));
    network.left.faults = {.loss = 0.01, .duplicate = 0.01, .reorder = 0.05, .delay = 20ms};
    network.right.faults = {.loss = 0.01, .duplicate = 0.01, .reorder = 0.05, .delay = 20ms};
    network.connect();
    std::uniform_int_distribution<std::size_t> size(1, 3'000'000);
    const std::size_t bytes = size(network.dice);
    const Instant start = network.now;
    EXPECT_TRUE(transfer(network, network.left, network.right, bytes));
    EXPECT_TRUE(transfer(network, network.right, network.left, bytes));
    EXPECT_LT(seconds(network.now - start), 30 + static_cast<double>(bytes) / 50'000) << bytes;
    close_both(network);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Lossy, testing::Range(1, 61));

// A Linux peer's largest burst, with timestamps and an MTU of 1,500: 45 segments. Taken in one frame and sent
// on in two, it costs the next hop twice the work.
TEST(Connection, ALargestBurstOfThePeerLeavesWhole) {
    constexpr std::uint32_t mss = 1448, peers_burst = 45 * mss;
    BufferPool pool{1U << 20};
    Sender sender;
    Instant now{std::chrono::hours(1)};
    sender.start(Sequence(1), mss, 8U << 20);
    const std::vector<std::uint8_t> bytes(peers_burst);
    std::optional<Burst> burst;
    for (int round = 0; round < 20; ++round, now += 10ms) { // until the congestion window takes it
        sender.push(pool.copy(bytes));
        burst = sender.next_burst(Settings{}.largest_burst, now);
        while (sender.next_burst(Settings{}.largest_burst, now)) {
        }
        now += 10ms;
        sender.process_ack(sender.nxt(), {}, std::nullopt, now);
    }
    ASSERT_TRUE(burst);
    EXPECT_EQ(burst->length, peers_burst);
    EXPECT_LT(14 + 4 + 40 + 60 + Settings{}.largest_burst, 65'536U); // GSO_LEGACY_MAX_SIZE
}

// ACKs of a whole window come in one batch, and one of them tells of a loss: the window shrinks from what was
// in flight, not from what the batch has left of it.
TEST(Connection, OneLossCostsThreeTenthsOfTheWindow) { // RFC 9438 section 4.6
    Network network(20);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 100'000));
    const Sender& sender = network.left.connection.sender();
    int to_drop = 40;
    std::uint32_t before = 0, after = UINT32_MAX;
    network.left.drop_if = [&](const wire::TcpHeader&, std::uint32_t payload) {
        const std::uint32_t window = sender.congestion().window();
        if (payload > 0 && --to_drop == 0) {
            before = std::min(window, sender.nxt() - sender.una());
            return true;
        }
        after = to_drop < 0 ? std::min(after, window) : after;
        return false;
    };
    ASSERT_TRUE(transfer(network, network.left, network.right, 1'000'000));
    EXPECT_GT(sender.retransmitted_bytes(), 0U);
    EXPECT_GE(after, before * 2 / 3);
}

// Both ways at once, into windows that hold no whole number of segments, while the line goes dead for a while
// now and then, in one direction or in both: every transfer finishes.
class Outages : public testing::TestWithParam<int> {};

TEST_P(Outages, EverythingArrivesInTheEnd) {
    constexpr std::uint32_t limits[] = {1000, 5000, 16'384, 70'000};
    const auto seed = static_cast<unsigned>(GetParam());
    Settings left, right;
    left.receive_limit = left.receive_limit_max = limits[seed % 4];
    right.receive_limit = right.receive_limit_max = limits[seed / 4 % 4];
    left.sack = (seed / 16 % 2) == 0;
    left.timestamps = (seed / 32 % 2) == 0;
    Network network(seed, left, right);
    network.connect();
    std::uniform_int_distribution<int> length_ms(50, 500), gap_ms(20, 600), chance(0, 2);
    Instant from = network.now + 30ms, until = from + 200ms;
    int whom = 2; // 0: what the left end sends, 1: the right, 2: both
    int outages = 12;
    const auto dead = [&](int who) {
        while (network.now >= until && outages > 0) {
            --outages;
            from = until + std::chrono::milliseconds(gap_ms(network.dice));
            until = from + std::chrono::milliseconds(length_ms(network.dice));
            whom = chance(network.dice);
        }
        return network.now >= from && network.now < until && (whom == who || whom == 2);
    };
    network.left.drop_if = [&](const wire::TcpHeader&, std::uint32_t) { return dead(0); };
    network.right.drop_if = [&](const wire::TcpHeader&, std::uint32_t) { return dead(1); };
    EXPECT_TRUE(exchange(network, 40'000 + 7919 * (seed % 13), 300'000));
    network.left.drop_if = network.right.drop_if = nullptr;
    close_both(network);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Outages, testing::Range(0, 64));

// A peer under memory pressure may drop what it has only told of by SACK (RFC 2018 section 8).
TEST(Connection, WhatWasOnlySackedIsSentAgainWhenThePeerForgetsIt) {
    Network network(16);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 20'000));
    tcp::Connection& ours = network.left.connection;
    ours.push(network.pool.copy(std::vector<std::uint8_t>(3'000, 1)));
    network.left.drop_if = [](const wire::TcpHeader&, std::uint32_t) { return true; };
    network.settle(network.left);
    Segment lie;
    lie.flags = flag::ack;
    lie.sequence = ours.receiver().next();
    lie.acknowledgement = ours.sender().una();
    lie.window = 65'000;
    lie.options.sack[0] = {ours.sender().una().value(), ours.sender().nxt().value()};
    lie.options.sack_count = 1;
    ours.process_segment(lie, network.now);
    network.left.drop_if = nullptr;
    // ACKs that say nothing new come all the time: they are no reason to wait longer.
    const Instant start = network.now;
    while (network.now < start + 2s && network.right.connection.readable() == 0) {
        network.run([] { return false; }, 50ms);
        network.now += 50ms;
        lie.sequence = ours.receiver().next();
        ours.process_segment(lie, network.now);
    }
    EXPECT_EQ(network.right.connection.readable(), 3'000U);
}

// The window closes exactly at the end of the data, and stays closed for longer than time-outs are counted.
TEST(Connection, AFinWaitsForRoomInTheWindow) { // RFC 9293 section 3.8.6.1
    Settings small;
    small.receive_limit = small.receive_limit_max = 16'384;
    Network network(17, {}, small);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 100'000));
    const std::uint32_t room = network.left.connection.sender().peer_window();
    network.left.connection.push(network.pool.copy(std::vector<std::uint8_t>(room, 1)));
    network.left.connection.close();
    bool told = false;
    network.left.on_segment = [&](const wire::TcpHeader& header, std::uint32_t) {
        told |= (header.flags & flag::fin) != 0;
    };
    network.run([] { return false; }, 10min);
    EXPECT_EQ(network.right.connection.readable(), room);
    EXPECT_FALSE(told);
    EXPECT_EQ(network.left.connection.end(), End::none);
    while (network.right.connection.readable() > 0) {
        network.right.connection.read(1U << 20);
    }
    EXPECT_TRUE(network.run([&] { return network.right.connection.peer_finished(); }, 10s));
}

// Lines that carry something the other way keep a session busy: that must not put a window probe off.
TEST(Connection, AWindowProbeIsNotPutOffByMoreToSend) {
    Settings small;
    small.receive_limit = small.receive_limit_max = 16'384;
    Network network(18, {}, small);
    network.connect();
    network.left.connection.push(network.pool.copy(std::vector<std::uint8_t>(30'000, 1)));
    network.run([] { return false; }, 1s);
    ASSERT_EQ(network.left.connection.sender().peer_window(), 0U);
    bool cut = true;
    network.right.drop_if = [&](const wire::TcpHeader&, std::uint32_t) { return cut; };
    while (network.right.connection.readable() > 0) {
        network.right.connection.read(1U << 20);
    }
    network.settle(network.right); // the update is lost
    cut = false;
    std::uint32_t more = 0;
    for (; more < 200 && network.right.connection.readable() == 0; ++more) {
        network.now += 50ms;
        if (network.now >= network.left.connection.next_deadline()) {
            network.left.connection.process_deadline(network.now);
        }
        network.left.connection.push(network.pool.copy(std::vector<std::uint8_t>(10, 1)));
        network.run([] { return false; }, 20ms);
    }
    EXPECT_LT(more, 200U);
}

// It has sent as much as we take, one piece of it is lost, and it acknowledges from behind all that.
TEST(Connection, AnAcknowledgementFromTheEdgeOfOurWindowCounts) {
    Settings small;
    small.receive_limit = small.receive_limit_max = 16'384;
    Network network(19, small, {});
    network.connect();
    tcp::Connection& ours = network.left.connection;
    ours.push(network.pool.copy(std::vector<std::uint8_t>(1'000, 1)));
    network.settle(network.left);
    ASSERT_GT(ours.sender().in_flight(), 0U);
    Segment ack;
    ack.flags = flag::ack;
    ack.sequence = ours.receiver().promised_edge();
    ack.acknowledgement = ours.sender().nxt();
    ack.window = 5'000;
    ours.process_segment(ack, network.now);
    EXPECT_EQ(ours.sender().in_flight(), 0U);
}

TEST(Connection, HoldsItsRateUnderRandomLoss) {
    // Mathis: about MSS/RTT * 1.2/sqrt(p) for Reno; CUBIC is to be no worse.
    for (const double loss : {0.001, 0.01}) {
        Network network(7);
        network.left.faults = {.loss = loss, .delay = 10ms};
        network.right.faults = {.delay = 10ms};
        network.connect();
        const Instant start = network.now;
        EXPECT_TRUE(transfer(network, network.left, network.right, 20'000'000));
        const double rate = 20e6 / seconds(network.now - start);
        const double reno = 1448 / 0.020 * 1.22 / std::sqrt(loss);
        EXPECT_GT(rate, 0.8 * reno) << "loss " << loss;
        RecordProperty(loss < 0.005 ? "rate_0_1_percent" : "rate_1_percent", static_cast<int>(rate));
    }
}

TEST(Connection, AProbeRepairsALostTailBeforeTheTimeOut) { // RFC 8985 section 7
    Network network(3);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 100'000));
    int to_drop = 1;
    network.left.drop_if = [&](const wire::TcpHeader&, std::uint32_t payload) {
        return payload > 0 && to_drop-- > 0;
    };
    const Instant start = network.now;
    EXPECT_TRUE(transfer(network, network.left, network.right, 1'000));
    EXPECT_LT(network.now - start, 260ms);
}

// The peer's window is full but for less than a segment, more is queued, and all in flight is lost: new data
// for a probe would be a silly window, so what was sent last goes again, and the time-out stands behind it.
TEST(Connection, AFullWindowThatIsLostIsSentAgain) { // RFC 8985 section 7.3
    Settings small;
    small.receive_limit = small.receive_limit_max = 16'384; // eleven segments and 456 bytes
    Network network(11, {}, small);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 100'000));
    bool cut = true;
    network.left.drop_if = [&](const wire::TcpHeader&, std::uint32_t payload) { return cut && payload > 0; };
    network.left.connection.push(network.pool.copy(std::vector<std::uint8_t>(60'000, 1)));
    network.run([] { return false; }, 30ms);
    ASSERT_GT(network.left.connection.sender().in_flight(), 0U);
    cut = false;
    std::uint32_t read = 0;
    EXPECT_TRUE(network.run(
        [&] {
            while (network.right.connection.readable() > 0) {
                read += network.right.connection.read(1U << 20).size();
            }
            network.settle(network.right);
            return read == 60'000;
        },
        5s));
}

TEST(Connection, SurvivesAZeroWindowWhoseUpdateIsLost) { // RFC 9293 section 3.8.6.1
    Settings small;
    small.receive_limit = small.receive_limit_max = 16'384;
    Network network(4, {}, small);
    network.connect();
    network.left.connection.push(network.pool.copy(std::vector<std::uint8_t>(60'000, 1)));
    network.run([] { return false; }, 3s);
    EXPECT_LE(network.right.connection.readable(), 16'384U);
    EXPECT_GT(network.right.connection.readable(), 10'000U);
    std::uint32_t read = 0;
    bool drop = true;
    network.right.drop_if = [&](const wire::TcpHeader&, std::uint32_t) { return std::exchange(drop, false); };
    EXPECT_TRUE(network.run([&] {
        while (network.right.connection.readable() > 0) {
            read += network.right.connection.read(1U << 20).size();
        }
        network.settle(network.right);
        return read == 60'000;
    }));
}

TEST(Connection, FindsTheWayAroundASilentMtuLimit) { // RFC 4821
    Network network(5);
    network.left.faults.mtu_bytes = 1300;
    network.connect();
    EXPECT_TRUE(transfer(network, network.left, network.right, 300'000));
    EXPECT_LE(network.left.connection.mss(), 1248U);
}

TEST(Connection, FollowsFragmentationNeeded) { // RFC 1191
    Network network(6);
    network.connect();
    network.left.faults.mtu_bytes = 1400;
    const std::uint32_t before = network.left.connection.mss();
    network.left.on_segment = [&](const wire::TcpHeader& header, std::uint32_t payload) {
        if (payload + 52 > 1400) {
            network.left.connection.process_path_mtu(Sequence(header.sequence), 1400, network.now);
        }
    };
    EXPECT_TRUE(transfer(network, network.left, network.right, 300'000));
    EXPECT_EQ(before, 1448U);
    EXPECT_EQ(network.left.connection.mss(), 1348U);
}

TEST(Connection, HalfCloseKeepsTheOtherDirectionOpen) {
    Network network(8);
    network.connect();
    network.left.connection.close();
    ASSERT_TRUE(network.run([&] { return network.right.connection.peer_finished(); }));
    EXPECT_EQ(network.right.connection.state(), State::close_wait);
    EXPECT_TRUE(transfer(network, network.right, network.left, 1'000'000));
    network.right.connection.close();
    EXPECT_TRUE(network.run([&] {
        return network.left.connection.state() == State::time_wait && network.right.connection.is_over();
    }));
    EXPECT_EQ(network.right.connection.end(), End::closed);
}

// A proxy's half-closed connections wait for as long as the other side goes on: no limit is not a limit of
// zero.
TEST(Connection, HalfCloseWithoutATimeLimitTakesWhatComes) {
    Settings patient;
    patient.fin_wait_2 = Duration{0};
    Network network(21, patient, {});
    network.connect();
    network.left.connection.close();
    ASSERT_TRUE(network.run([&] { return network.left.connection.state() == State::fin_wait_2; }));
    ASSERT_TRUE(transfer(network, network.right, network.left, 1'000));
    network.run([] { return false; }, 1s);
    EXPECT_EQ(network.left.connection.state(), State::fin_wait_2);
    EXPECT_TRUE(transfer(network, network.right, network.left, 1'000'000));
    network.right.connection.close();
    EXPECT_TRUE(network.run([&] { return network.left.connection.state() == State::time_wait; }));
}

TEST(Connection, ClosesWhenBothCloseAtOnce) {
    Network network(9);
    network.connect();
    close_both(network);
    EXPECT_EQ(network.left.connection.state(), State::time_wait);
    EXPECT_EQ(network.right.connection.state(), State::time_wait);
}

TEST(Connection, ResetsInsideTheWindowEarnAChallengeOnly) { // RFC 5961 section 3
    Network network(10);
    network.connect();
    Segment reset;
    reset.flags = flag::rst;
    reset.sequence = network.right.connection.receiver().next() + 100;
    network.right.connection.process_segment(reset, network.now);
    EXPECT_EQ(network.right.connection.state(), State::established);
    bool challenged = false;
    network.right.on_segment = [&](const wire::TcpHeader& header, std::uint32_t) {
        challenged |= header.flags == flag::ack;
    };
    network.settle(network.right);
    EXPECT_TRUE(challenged);
    reset.sequence = network.right.connection.receiver().next();
    network.right.connection.process_segment(reset, network.now);
    EXPECT_EQ(network.right.connection.end(), End::reset_by_peer);
}

TEST(Connection, ASynInsideTheWindowEarnsAChallengeOnly) { // RFC 5961 section 4
    Network network(11);
    network.connect();
    Segment syn;
    syn.flags = flag::syn;
    syn.sequence = network.right.connection.receiver().next();
    network.right.connection.process_segment(syn, network.now);
    EXPECT_EQ(network.right.connection.state(), State::established);
}

TEST(Connection, OldTimestampsAreRefused) { // RFC 7323 section 5.3
    Network network(12);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 1000));
    Segment old;
    old.flags = flag::ack;
    old.sequence = network.right.connection.receiver().next();
    old.acknowledgement = network.right.connection.sender().nxt();
    old.options.timestamps = wire::TcpTimestamps{1, 1};
    old.payload = network.pool.copy(std::vector<std::uint8_t>(10, 7));
    network.right.connection.process_segment(std::move(old), network.now);
    EXPECT_EQ(network.right.connection.readable(), 0U);
}

TEST(Connection, ASilentPeerTimesOut) {
    Network network(13);
    network.connect();
    network.left.faults.loss = 1;
    network.left.connection.push(network.pool.copy(std::vector<std::uint8_t>(10, 7)));
    EXPECT_TRUE(network.run([&] { return network.left.connection.is_over(); }, 1h));
    EXPECT_EQ(network.left.connection.end(), End::timed_out);
}

TEST(Connection, NobodyAnswersASyn) {
    Settings settings;
    Network network(14, settings);
    network.left.faults.loss = 1;
    network.left.connection.open_active(Sequence(1), 0, network.now);
    EXPECT_TRUE(network.run([&] { return network.left.connection.is_over(); }, 10min));
    EXPECT_EQ(network.left.connection.end(), End::timed_out);
}

TEST(Connection, IdleMemoryIsSmall) {
    EXPECT_LE(sizeof(Connection),
              640U); // both legs of a proxied connection: below 1.3 KB, tables not counted
    Network network(15);
    network.connect();
    ASSERT_TRUE(transfer(network, network.left, network.right, 1'000'000));
    ASSERT_TRUE(network.run([&] { return network.left.connection.sender().queued() == 0; }));
    EXPECT_EQ(network.pool.used_bytes(), 0U);
}
