// What evidence proves and what it does not: a join is certain when every other request is excluded, also
// those that were not captured.
#include <gmock/gmock.h>

#include "tests/unit/capture_ladder/made_lab.h"

namespace fulcrum::capture {
namespace {

using testing::Contains;
using testing::HasSubstr;

const End vip{"192.168.2.100", 80};
End client_of(std::size_t n) {
    return {"192.168.1.101", static_cast<std::uint16_t>(30'000 + n)};
}
End source_of(std::size_t n) {
    return {"10.10.10.101", static_cast<std::uint16_t>(20'000 + n)};
}
const End server{"10.10.10.11", 80};

// One direction of a connection and its other: where both are in their sequence numbers.
struct Stream {
    End asks, answers;
    std::uint32_t sequence = 1000, acknowledgement = 1;

    // An exchange as one interface sees it.
    void exchange(Lab& lab, const std::string& interface, bool asks_here, std::int64_t asked_us,
                  std::int64_t answered_us, std::string_view ask, std::string_view give) {
        miss(ask, give);
        const auto before = sequence - static_cast<std::uint32_t>(ask.size());
        const auto heard = acknowledgement - static_cast<std::uint32_t>(give.size());
        lab.see(asked_us, {interface, asks_here}, asks, answers, before, heard, ask);
        lab.see(answered_us, {interface, !asks_here}, answers, asks, heard, sequence, give);
    }
    // One that nobody captured.
    void miss(std::string_view ask, std::string_view give) {
        sequence += static_cast<std::uint32_t>(ask.size());
        acknowledgement += static_cast<std::uint32_t>(give.size());
    }
    void open(Lab& lab, const std::string& interface, bool asks_here, std::int64_t us) const {
        lab.see(us, {interface, asks_here}, asks, answers, sequence - 1, 0, "", flag::syn);
    }
};

FlowFact line(const End& client, const End& source, std::int64_t started_us = 0, std::int64_t last_us = 0) {
    FlowFact flow{client.socket(), vip.socket(), source.socket(), server.socket(),
                  "web",           "server1",    "se1",           "round-robin"};
    flow.started_ns = started_us * 1000;
    flow.last_ns = last_us * 1000;
    return flow;
}

// Which leg in front each leg behind was joined to, by times of their beginnings, and how surely.
struct Joined {
    std::int64_t front_us = 0, back_us = 0;
    Confidence confidence = Confidence::possible;
    bool operator==(const Joined&) const = default;
};
std::vector<Joined> joined(const Ladder& ladder) {
    std::vector<Joined> all;
    for (const auto& one : ladder.requests) {
        for (const auto& join : one.joins) {
            all.push_back(
                {one.legs[join.from].began_ns / 1000, one.legs[join.to].began_ns / 1000, join.confidence});
        }
    }
    return all;
}

// Layer 7: two clients ask for the same, and a connection to the server works for one and then for the other.
TEST(LadderEvidence, AServersConnectionWorksForOneClientAfterTheOther) {
    const auto ask = request("/", "same"), give = answer("body");
    const auto ours = request("/", "same", "X-Forwarded-For: 192.168.1.101\r\n");
    Lab lab;
    Stream one{client_of(1), vip}, two{client_of(2), vip}, shared{source_of(1), server},
        other{source_of(2), server};
    // The first client's request takes long: both of the second's lie inside its time.
    two.exchange(lab, "se1:eth0", false, 110'000, 200'000, ask, give);
    shared.exchange(lab, "se1:eth1", true, 130'000, 190'000, ours, give);
    one.exchange(lab, "se1:eth0", false, 100'000, 900'000, ask, give);
    other.exchange(lab, "se1:eth1", true, 140'000, 890'000, ours, give);
    one.exchange(lab, "se1:eth0", false, 1'000'000, 1'100'000, ask, give);
    shared.exchange(lab, "se1:eth1", true, 1'020'000, 1'090'000, ours, give);
    const auto file = lab.file();
    LadderOptions options;
    options.flows = {line(client_of(2), source_of(1), 50'000, 195'000),
                     line(client_of(1), source_of(2), 40'000, 895'000),
                     line(client_of(1), source_of(1), 40'000, 1'095'000)};
    EXPECT_THAT(joined(ladder_of(*file, options)),
                testing::ElementsAre(Joined{100'000, 140'000, Confidence::certain},
                                     Joined{110'000, 130'000, Confidence::certain},
                                     Joined{1'000'000, 1'020'000, Confidence::certain}));

    // The log has lost the line of the second client's turn: its leg behind is not the first client's, whose
    // turn with that connection came later.
    options.flows.erase(options.flows.begin());
    EXPECT_THAT(joined(ladder_of(*file, options)),
                testing::ElementsAre(Joined{100'000, 140'000, Confidence::certain},
                                     Joined{1'000'000, 1'020'000, Confidence::certain}));
}

// A client that keeps its connection and asks for the same again and again, and a tap that begins late.
TEST(LadderEvidence, WhatCannotBeAlignedIsNotCertain) {
    const auto ask = request("/", "same"), give = answer("body");
    for (const bool two_files : {false, true}) {
        for (const bool with_beginning : {false, true}) {
            Lab front, behind;
            Stream asked{client_of(1), vip}, passed{source_of(1), server};
            Lab& back = two_files ? behind : front;
            if (with_beginning) {
                asked.open(front, "client1:eth0", true, 100);
                passed.open(back, "server1:eth0", false, 200);
            }
            for (int n = 0; n < 6; ++n) {
                const std::int64_t us = 1000 + n * 1000;
                asked.exchange(front, "client1:eth0", true, us, us + 900, ask, give);
                // The server's tap lost the second; without the beginning, the first as well.
                if (n == 1 || (n == 0 && !with_beginning)) {
                    passed.miss(ask, give);
                } else {
                    passed.exchange(back, "server1:eth0", false, us + 300, us + 600, ask, give);
                }
            }
            const auto a = front.file(), b = behind.file();
            std::vector<LadderFile> files{{a.get(), "a"}};
            if (two_files) {
                files.push_back({b.get(), "b"});
            }
            LadderOptions options;
            options.flows = {line(client_of(1), source_of(1))};
            std::size_t http = 0;
            for (const auto& join : joined(make_ladder(files, options))) {
                if (join.front_us < 1000) { // the connections themselves
                    continue;
                }
                ++http;
                const bool right = join.back_us == join.front_us + 300;
                // One clock, or the same place in the stream, proves it; clocks half a second apart do not.
                if (!two_files || with_beginning) {
                    EXPECT_TRUE(right) << two_files << with_beginning << " " << join.front_us;
                    EXPECT_EQ(join.confidence, Confidence::certain) << two_files << with_beginning;
                } else {
                    EXPECT_EQ(join.confidence, Confidence::possible) << join.front_us << " " << join.back_us;
                }
            }
            EXPECT_GE(http, with_beginning ? 5U : 4U);
        }
    }
}

// The answer to a request was lost: the next answer is not its own, and its end is not known by it.
TEST(LadderEvidence, ALostAnswerIsNotReplacedByTheNext) {
    const auto ask = request("/", "same"), give = answer("body");
    Lab lab;
    Stream asked{client_of(1), vip}, passed{source_of(1), server};
    lab.see(1000, {"client1:eth0", true}, client_of(1), vip, asked.sequence, asked.acknowledgement, ask);
    asked.miss(ask, give);
    passed.miss(ask, give);                                             // its leg behind, too
    asked.miss(ask, give);                                              // of the second there is …
    passed.exchange(lab, "server1:eth0", false, 2300, 2600, ask, give); // … the leg behind
    lab.see(2900, {"client1:eth0", false}, vip, client_of(1), 1 + static_cast<std::uint32_t>(give.size()),
            asked.sequence, give); // … and the answer
    LadderOptions options;
    options.flows = {line(client_of(1), source_of(1))};
    for (const auto& join : joined(ladder_of(*lab.file(), options))) {
        EXPECT_NE(join.confidence, Confidence::certain);
    }
}

// Two clients' requests for two VIPs pass the same routers. A client is no proxy: what it asks follows
// nothing.
TEST(LadderEvidence, AClientsRequestFollowsNoOther) {
    const auto ask = request("/", "same"), give = answer("body");
    const End other_client{"10.10.50.101", 20'000}, other_vip{"10.10.50.21", 80};
    const auto length = static_cast<std::uint32_t>(ask.size());
    Lab lab;
    // The leg to the server of one request …
    lab.see(1000, {"se1:eth0", true, 1, 2, 64}, source_of(1), server, 1000, 1, ask);
    lab.see(1010, {"router1:eth1", false, 1, 2, 64}, source_of(1), server, 1000, 1, ask);
    lab.see(1020, {"router1:eth2", true, 3, 4, 63}, source_of(1), server, 1000, 1, ask);
    lab.see(1030, {"server1:eth0", false, 3, 4, 63}, source_of(1), server, 1000, 1, ask);
    lab.see(3000, {"server1:eth0", true, 4, 3, 64}, server, source_of(1), 1, 1000 + length, give);
    // … and in its time the leg to the VIP of another.
    lab.see(1500, {"client2:eth0", true, 5, 6, 64}, other_client, other_vip, 5000, 1, ask);
    lab.see(1510, {"router1:eth0", false, 5, 6, 64}, other_client, other_vip, 5000, 1, ask);
    lab.see(1520, {"router1:eth1", true, 7, 8, 63}, other_client, other_vip, 5000, 1, ask);
    lab.see(2500, {"client2:eth0", false, 6, 5, 62}, other_vip, other_client, 1, 5000 + length, give);
    const auto ladder = ladder_of(*lab.file());
    EXPECT_EQ(ladder.requests.size(), 2U);
    EXPECT_TRUE(joined(ladder).empty());
}

// Taps at the ends only: nobody was seen to pass anything on, and nobody else can be it.
TEST(LadderEvidence, LegsAreJoinedThoughTheBalancersLinksWereNotCaptured) {
    const auto give = answer("body");
    Lab lab;
    for (std::size_t n = 0; n < 3; ++n) {
        Stream asked{client_of(n), vip}, passed{source_of(n), server};
        const auto ask = request("/" + std::to_string(n), "1");
        const auto us = static_cast<std::int64_t>(1000 + 100 * n);
        asked.exchange(lab, "client1:eth0", true, us, us + 1000, ask, give);
        passed.exchange(lab, "server1:eth0", false, us + 300, us + 600, ask, give);
    }
    EXPECT_THAT(joined(ladder_of(*lab.file())), testing::ElementsAre(Joined{1000, 1300, Confidence::likely},
                                                                     Joined{1100, 1400, Confidence::likely},
                                                                     Joined{1200, 1500, Confidence::likely}));
}

// A proxy may send its header in a segment of its own.
TEST(LadderEvidence, APROXYHeaderInItsOwnSegmentNamesTheClient) {
    const auto ask = request("/", "same"), give = answer("body");
    Lab lab;
    for (std::size_t n = 0; n < 2; ++n) { // at the same time
        Stream asked{client_of(n), vip}, passed{source_of(n), server};
        const auto header =
            "PROXY TCP4 192.168.1.101 192.168.2.100 " + std::to_string(client_of(n).port) + " 80\r\n";
        const auto us = static_cast<std::int64_t>(1000 + n);
        lab.see(us + 200, {"se1:eth1", true}, source_of(n), server, passed.sequence, 1, header);
        passed.sequence += static_cast<std::uint32_t>(header.size());
        for (int turn = 0; turn < 2; ++turn) {
            asked.exchange(lab, "client1:eth0", true, us + turn * 2000, us + 1000 + turn * 2000, ask, give);
            // The one that asked first is served last.
            const auto back = us + 300 + static_cast<std::int64_t>(10 - 10 * n) + turn * 2000;
            passed.exchange(lab, "se1:eth1", true, back, back + 300, ask, give);
        }
    }
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 4U);
    for (const auto& one : ladder.requests) {
        ASSERT_EQ(one.legs.size(), 2U);
        EXPECT_EQ(one.legs[1].source.port, one.legs[0].source.port - 10'000);
        EXPECT_EQ(one.confidence, Confidence::certain);
        EXPECT_THAT(one.joins[0].evidence, Contains("the PROXY header names " + one.legs[0].source.text()));
    }
}

// A balancer in front names the client; the one behind it adds that client to X-Forwarded-For, not its peer.
TEST(LadderEvidence, XForwardedForNamesWhomThePROXYHeaderNamed) {
    Lab lab;
    Stream asked{client_of(0), vip}, passed{source_of(0), server};
    const std::string header = "PROXY TCP4 203.0.113.9 192.168.2.100 4242 80\r\n";
    lab.see(100, {"client1:eth0", true}, client_of(0), vip, asked.sequence, 1, header);
    asked.sequence += static_cast<std::uint32_t>(header.size());
    asked.exchange(lab, "client1:eth0", true, 1000, 2000, request("/", "1"), answer("x"));
    passed.exchange(lab, "se1:eth1", true, 1300, 1600, request("/", "1", "X-Forwarded-For: 203.0.113.9\r\n"),
                    answer("x"));
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 1U);
    ASSERT_EQ(ladder.requests[0].joins.size(), 1U);
    EXPECT_THAT(ladder.requests[0].joins[0].evidence, Contains("X-Forwarded-For names 203.0.113.9"));
}

// A client may send the header itself, and a balancer of connections passes it on: it names whom it likes.
TEST(LadderEvidence, APROXYHeaderThatWasPassedOnProvesNothing) {
    const auto ask = request("/", "same"), give = answer("body");
    const std::string header = "PROXY TCP4 192.168.1.101 192.168.2.100 30000 80\r\n";
    Lab lab;
    Stream victim{client_of(0), vip}, liar{client_of(1), vip}, passed{source_of(1), server};
    lab.see(900, {"client1:eth0", true}, liar.asks, vip, liar.sequence, 1, header);
    liar.sequence += static_cast<std::uint32_t>(header.size());
    lab.see(950, {"se1:eth1", true}, passed.asks, server, passed.sequence, 1, header);
    passed.sequence += static_cast<std::uint32_t>(header.size());
    victim.exchange(lab, "client1:eth0", true, 1000, 3000, ask, give);
    liar.exchange(lab, "client1:eth0", true, 1100, 2900, ask, give);
    passed.exchange(lab, "se1:eth1", true, 1300, 2000, ask, give);
    for (const auto& join : joined(ladder_of(*lab.file()))) {
        EXPECT_NE(join.confidence, Confidence::certain) << join.front_us << " " << join.back_us;
    }
}

// A balancer of connections leaves the client's own X-Forwarded-For as it is; one of requests adds to it.
TEST(LadderEvidence, XForwardedForIsPassedThroughOrAddedTo) {
    const auto give = answer("body");
    const auto with = [](const std::string& clients) {
        return clients.empty() ? request("/", "1")
                               : request("/", "1", "X-Forwarded-For: " + clients + "\r\n");
    };
    struct Case {
        std::string before, after;
        bool joined = false, named = false;
    };
    for (const auto& one : std::vector<Case>{
             {"9.1.1.7", "9.1.1.7", true, false},
             {"9.1.1.7", "9.1.1.7, 192.168.1.101", true, true},
             {"9.1.1.7", "9.1.1.7\r\nx-forwarded-for: 192.168.1.101", true, true},
             {"9.1.1.7", "192.168.1.101", true, true},
             {"", "192.168.1.101", true, true},
             {"9.1.1.7", "", true, false},
             {"9.1.1.7", "9.1.1.7, unknown", true, false},
             {"9.1.1.7", "9.1.1.8", false, false},
             {"9.1.1.7", "9.1.1.8, 192.168.1.101", false, false},
             {"9.1.1.7", "9.1.1.7, 192.168.1.102", false, false},
         }) {
        Lab lab;
        Stream asked{client_of(1), vip}, passed{source_of(1), server};
        asked.exchange(lab, "se1:eth0", false, 1000, 2000, with(one.before), give);
        passed.exchange(lab, "se1:eth1", true, 1300, 1600, with(one.after), give);
        const auto ladder = ladder_of(*lab.file());
        EXPECT_EQ(ladder.requests.size(), one.joined ? 1U : 2U) << one.before << " / " << one.after;
        ASSERT_EQ(joined(ladder).size(), one.joined ? 1U : 0U);
        if (one.named && one.joined) {
            EXPECT_THAT(ladder.requests[0].joins[0].evidence,
                        Contains("X-Forwarded-For names 192.168.1.101"));
        }
    }
}

// Two networks of one balancer with the same addresses and ports, at the same time.
TEST(LadderEvidence, NetworksWithTheSameAddressesAreNotToldApartByTheLog) {
    const auto ask = request("/", "same"), give = answer("body");
    Lab lab;
    Stream asked{client_of(1), vip}, passed{source_of(1), server};
    Stream hidden{client_of(2), vip}; // the other network's client was not captured
    asked.exchange(lab, "client1:eth0", true, 1000, 9000, ask, give);
    passed.exchange(lab, "server1:eth0", false, 2000, 3000, ask, give);
    LadderOptions options;
    options.flows = {line(client_of(1), source_of(1), 500, 9000),
                     line(client_of(2), source_of(1), 500, 3500)};
    options.flows[0].vrf = "inside";
    options.flows[1].vrf = "dmz";
    const auto all = joined(ladder_of(*lab.file(), options));
    ASSERT_EQ(all.size(), 1U);
    EXPECT_NE(all[0].confidence, Confidence::certain);
}

} // namespace
} // namespace fulcrum::capture
