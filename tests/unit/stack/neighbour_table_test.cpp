#include <gtest/gtest.h>

#include "engine/stack/neighbour_table.h"

namespace fulcrum::stack {
namespace {

using namespace std::chrono_literals;
using wire::DropReason;
using Told = NeighbourTable::Told;

constexpr Instant start{1h};
constexpr Mac mac_a{{2, 0, 0, 0, 0, 0xa}};
constexpr Mac mac_b{{2, 0, 0, 0, 0, 0xb}};

NeighbourKey key(std::uint32_t last, std::uint16_t interface = 0) {
    return {InterfaceId{interface}, IpAddress::v4(0x0a010100 + last)};
}

struct Packet {
    std::vector<std::uint8_t> bytes;
    explicit Packet(std::uint8_t mark, std::size_t size = 60) : bytes(size, mark) {}
    device::Frame frame() { return {bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, {}}; }
};

class Neighbours : public testing::Test {
protected:
    NeighbourTable table{NeighbourLimits{.entries = 8, .waiting_per_entry = 3, .waiting_bytes = 4096}};

    std::vector<NeighbourQuestion> take_questions() { return std::exchange(table.questions(), {}); }
    NeighbourState state(std::uint32_t last, Instant now) { return table.find(key(last), now)->state; }
    void hold(std::uint32_t last, std::uint8_t mark) {
        Packet packet(mark);
        ASSERT_TRUE(table.hold(key(last), packet.frame(), true));
    }
    // A neighbour that has answered at `start`.
    void make_reachable(std::uint32_t last) {
        table.resolve(key(last), start);
        ASSERT_TRUE(table.learn(key(last), mac_a, Told::reply, start));
        take_questions();
    }
};

TEST_F(Neighbours, AsksOnceAndReleasesInOrderWhenAnswered) {
    EXPECT_EQ(table.resolve(key(1), start), nullptr);
    auto questions = take_questions();
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].key, key(1));
    EXPECT_FALSE(questions[0].to) << "to everybody";
    hold(1, 10);
    hold(1, 11);
    EXPECT_EQ(table.resolve(key(1), start + 500ms), nullptr);
    EXPECT_TRUE(take_questions().empty()) << "at most one a second, RFC 1122 section 2.3.2.1";

    EXPECT_TRUE(table.learn(key(1), mac_a, Told::reply, start + 600ms));
    ASSERT_EQ(table.released().size(), 1U);
    EXPECT_EQ(table.released()[0].mac, mac_a);
    ASSERT_EQ(table.released()[0].packets.size(), 2U);
    EXPECT_EQ(table.released()[0].packets[0].frame().data[0], 10);
    EXPECT_EQ(table.released()[0].packets[1].frame().data[0], 11);
    ASSERT_NE(table.resolve(key(1), start + 600ms), nullptr);
    EXPECT_EQ(*table.resolve(key(1), start + 600ms), mac_a);
    EXPECT_EQ(state(1, start + 600ms), NeighbourState::reachable);
}

TEST_F(Neighbours, GivesUpAfterThreeQuestionsAndPauses) {
    table.resolve(key(1), start);
    hold(1, 10);
    std::vector<Instant> asked{start};
    take_questions();
    Instant now = start;
    while (table.failed().empty() && now < start + 1min) {
        now = table.next_deadline();
        table.poll(now);
        if (!take_questions().empty()) {
            asked.push_back(now);
        }
    }
    EXPECT_EQ(asked, (std::vector<Instant>{start, start + 1s, start + 2s}));
    EXPECT_EQ(now, start + 3s);
    ASSERT_EQ(table.failed().size(), 1U);
    EXPECT_EQ(table.failed()[0].packets.size(), 1U);
    EXPECT_TRUE(table.failed()[0].packets[0].report_failure);

    EXPECT_EQ(table.resolve(key(1), now + 500ms), nullptr);
    EXPECT_TRUE(take_questions().empty()) << "not asked again at once";
    Packet packet(1);
    EXPECT_EQ(table.hold(key(1), packet.frame(), true).error(), DropReason::neighbour_unresolved);
    EXPECT_EQ(table.resolve(key(1), now + 1s), nullptr);
    EXPECT_EQ(take_questions().size(), 1U);
}

TEST_F(Neighbours, GoesStaleAndIsProbedByUnicastWhileInUse) {
    make_reachable(1);
    EXPECT_EQ(state(1, start + 29s), NeighbourState::reachable);
    EXPECT_EQ(state(1, start + 30s), NeighbourState::stale);
    const Mac* mac = table.resolve(key(1), start + 31s);
    ASSERT_NE(mac, nullptr) << "still used while it is being confirmed";
    EXPECT_EQ(*mac, mac_a);
    auto questions = take_questions();
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].to, mac_a);
    EXPECT_EQ(state(1, start + 31s), NeighbourState::probe);
    EXPECT_NE(table.resolve(key(1), start + 31s + 1ms), nullptr);
    EXPECT_TRUE(take_questions().empty());

    EXPECT_TRUE(table.learn(key(1), mac_a, Told::reply, start + 31s + 2ms));
    EXPECT_EQ(state(1, start + 32s), NeighbourState::reachable);
    EXPECT_TRUE(table.released().empty());
}

TEST_F(Neighbours, ASilentStationIsAskedForByBroadcastAgain) {
    make_reachable(1);
    Instant now = start + 40s;
    table.resolve(key(1), now);
    std::vector<bool> unicast;
    while (table.failed().empty() && now < start + 2min) {
        for (const auto& question : take_questions()) {
            unicast.push_back(question.to.has_value());
        }
        now = std::max(now, table.next_deadline()); // never later than needed, but perhaps earlier
        table.poll(now);
    }
    EXPECT_EQ(unicast, (std::vector<bool>{true, true, true, false, false, false}));
    EXPECT_TRUE(table.failed()[0].packets.empty());
    EXPECT_EQ(table.resolve(key(1), now), nullptr);
    EXPECT_EQ(state(1, now), NeighbourState::failed);
}

TEST_F(Neighbours, LearnsOnlyWhatItMay) {
    EXPECT_FALSE(table.learn(key(1), mac_a, Told::reply, start)) << "an answer to no question";
    EXPECT_FALSE(table.learn(key(1), mac_a, Told::gossip, start)) << "news about a stranger";
    EXPECT_EQ(table.size(), 0U);
    EXPECT_TRUE(table.learn(key(1), mac_a, Told::question, start)) << "will get our answer: RFC 826";
    EXPECT_EQ(state(1, start), NeighbourState::stale);
    ASSERT_NE(table.resolve(key(1), start), nullptr);
}

TEST_F(Neighbours, GossipMovesAKnownNeighbourWhichIsThenConfirmed) {
    make_reachable(1);
    EXPECT_TRUE(table.learn(key(1), mac_a, Told::gossip, start + 1s));
    EXPECT_EQ(state(1, start + 1s), NeighbourState::reachable) << "nothing new";
    EXPECT_TRUE(table.learn(key(1), mac_b, Told::gossip, start + 2s));
    EXPECT_EQ(*table.resolve(key(1), start + 2s), mac_b);
    EXPECT_EQ(take_questions().at(0).to, mac_b);
}

TEST_F(Neighbours, GossipAboutOneThatIsAskedForReleasesWhatWaits) {
    table.resolve(key(1), start);
    hold(1, 9);
    EXPECT_TRUE(table.learn(key(1), mac_b, Told::gossip, start));
    ASSERT_EQ(table.released().size(), 1U);
    EXPECT_EQ(table.released()[0].mac, mac_b);
}

TEST_F(Neighbours, AFullQueueLosesItsOldestPacket) {
    table.resolve(key(1), start);
    for (std::uint8_t mark = 1; mark <= 5; ++mark) {
        hold(1, mark);
    }
    EXPECT_EQ(table.lost(), 2U);
    table.learn(key(1), mac_a, Told::reply, start);
    ASSERT_EQ(table.released()[0].packets.size(), 3U);
    EXPECT_EQ(table.released()[0].packets[0].frame().data[0], 3);
}

TEST_F(Neighbours, WaitingBytesAreBoundedAndGivenBack) {
    table.resolve(key(1), start);
    Packet large(1, 4000);
    EXPECT_TRUE(table.hold(key(1), large.frame(), false));
    EXPECT_EQ(table.hold(key(1), large.frame(), false).error(), DropReason::neighbour_queue_full);
    table.learn(key(1), mac_a, Told::reply, start);
    table.resolve(key(2), start);
    EXPECT_TRUE(table.hold(key(2), large.frame(), false));
    table.forget_interface(InterfaceId{0});
    EXPECT_EQ(table.size(), 0U);
    table.resolve(key(3, 1), start);
    EXPECT_TRUE(table.hold(key(3, 1), large.frame(), false));
}

TEST_F(Neighbours, AScanCannotPushOutWhoIsKnown) {
    for (std::uint32_t i = 1; i <= 4; ++i) {
        make_reachable(i);
    }
    for (std::uint32_t i = 100; i < 200; ++i) {
        table.resolve(key(i), start + 1s);
    }
    EXPECT_EQ(table.size(), 8U) << "half of the table for unanswered questions";
    for (std::uint32_t i = 1; i <= 4; ++i) {
        EXPECT_NE(table.resolve(key(i), start + 1s), nullptr);
    }
    Packet packet(1);
    EXPECT_EQ(table.hold(key(150), packet.frame(), false).error(), DropReason::neighbour_table_full);
    EXPECT_FALSE(table.learn(key(201), mac_b, Told::question, start))
        << "made-up senders do not push out others";
}

TEST_F(Neighbours, TheLongestUnusedMakesRoom) {
    for (std::uint32_t i = 1; i <= 8; ++i) {
        make_reachable(i);
        table.resolve(key(i), start + std::chrono::seconds(i == 3 ? 0 : i));
    }
    table.resolve(key(9), start + 20s);
    EXPECT_EQ(table.size(), 8U);
    EXPECT_FALSE(table.find(key(3), start));
    EXPECT_TRUE(table.find(key(9), start));
}

TEST_F(Neighbours, UnusedOnesAreForgotten) {
    make_reachable(1);
    make_reachable(2);
    table.resolve(key(2), start + 5min);
    table.learn(key(2), mac_a, Told::reply, start + 5min);
    for (Instant now = start; now < start + 12min; now += 10s) {
        table.poll(now);
    }
    EXPECT_FALSE(table.find(key(1), start));
    EXPECT_TRUE(table.find(key(2), start));
}

TEST_F(Neighbours, InterfacesDoNotMix) {
    table.resolve(key(1, 0), start);
    table.resolve(key(1, 1), start);
    table.learn(key(1, 0), mac_a, Told::reply, start);
    EXPECT_EQ(*table.resolve(key(1, 0), start), mac_a);
    EXPECT_EQ(table.resolve(key(1, 1), start), nullptr);
}

} // namespace
} // namespace fulcrum::stack
