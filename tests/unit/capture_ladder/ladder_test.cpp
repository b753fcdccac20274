// P3: legs of one request are joined across hops, and a wrong join is never called certain.
#include <gmock/gmock.h>
#include <random>

#include "capture/decode/application.h"
#include "capture/filter/display_filter.h"
#include "tests/unit/capture_ladder/made_lab.h"

namespace fulcrum::capture {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(Ladder, InLineIsTheSameSegmentForAnotherDestination) {
    Lab lab;
    const End client{"172.16.1.10", 40'000}, vip{"10.1.1.100", 80}, server{"10.1.1.11", 80};
    const auto ask = request("/a", "1"), give = answer("hello");
    lab.see(10, {"client1:eth0", true, 1, 2, 64}, client, vip, 1000, 1, ask);
    lab.see(20, {"se1:eth0", false, 3, 4, 63}, client, vip, 1000, 1, ask);
    lab.see(30, {"se1:eth0", true, 4, 5, 62}, client, server, 1000, 1, ask);
    lab.see(40, {"server1:eth0", false, 4, 5, 62}, client, server, 1000, 1, ask);
    lab.see(50, {"server1:eth0", true, 5, 4, 64}, server, client, 1,
            1000 + static_cast<std::uint32_t>(ask.size()), give);
    lab.see(60, {"client1:eth0", false, 2, 1, 62}, vip, client, 1,
            1000 + static_cast<std::uint32_t>(ask.size()), give);
    const auto file = lab.file();
    const auto ladder = ladder_of(*file);
    ASSERT_EQ(ladder.requests.size(), 1U);
    const auto& one = ladder.requests[0];
    EXPECT_EQ(one.target, "/a");
    EXPECT_EQ(one.status, 200);
    ASSERT_EQ(one.legs.size(), 2U);
    EXPECT_EQ(one.joins[0].confidence, Confidence::certain);
    EXPECT_THAT(one.joins[0].rewritten, testing::ElementsAre("destination 10.1.1.100:80 → 10.1.1.11:80"));
    ASSERT_EQ(one.legs[0].request.size(), 2U);
    EXPECT_THAT(one.legs[0].request[1].rewritten, Contains("TTL 64 → 63"));
    EXPECT_EQ(one.legs[1].request[1].node, "server1");
    EXPECT_EQ(one.legs[0].answer.size(), 1U);
    EXPECT_EQ(one.legs[1].answer.size(), 1U);

    LabNotes notes;
    write_notes(ladder, {{file.get(), ""}}, 0, notes);
    const auto filter = DisplayFilter::compile("lab.request == 1 and lab.leg == 2");
    EXPECT_EQ(select_packets(*file, *filter, 0, file->size(), &notes), (std::vector<std::uint32_t>{2, 3, 4}));
}

// The balancer only changes MAC addresses, or puts a tunnel around: one leg, whose answer goes straight back.
TEST(Ladder, DirectReturnIsOneLegWithATriangle) {
    for (const int tunnel : {0, 4, 47}) {
        Lab lab;
        const End client{"172.16.1.10", 40'000}, vip{"10.1.1.1", 80};
        const auto ask = request("/", "1"), give = answer("x");
        lab.see(10, {"client1:eth0", true, 1, 2, 64}, client, vip, 7, 1, ask);
        lab.see(20, {"se1:eth0", false, 3, 4, 63}, client, vip, 7, 1, ask);
        lab.see(25, {"se1:eth0", true, 4, 5, 63, tunnel}, client, vip, 7, 1, ask);
        lab.see(30, {"server1:eth0", false, 4, 5, 63, tunnel}, client, vip, 7, 1, ask);
        lab.see(40, {"server1:eth0", true, 5, 3, 64}, vip, client, 1,
                7 + static_cast<std::uint32_t>(ask.size()), give);
        lab.see(50, {"client1:eth0", false, 2, 1, 63}, vip, client, 1,
                7 + static_cast<std::uint32_t>(ask.size()), give);
        LadderOptions options;
        options.flows = {{client.socket(),
                          vip.socket(),
                          client.socket(),
                          {*IpAddress::parse("10.1.1.10"), 80},
                          "web",
                          "server1",
                          "se1",
                          "round-robin"}};
        const auto ladder = ladder_of(*lab.file(), options);
        ASSERT_EQ(ladder.requests.size(), 1U) << tunnel;
        const auto& one = ladder.requests[0];
        ASSERT_EQ(one.legs.size(), 1U);
        EXPECT_EQ(one.server, "server1");
        ASSERT_EQ(one.legs[0].request.size(), 4U);
        EXPECT_THAT(one.legs[0].request[2].rewritten,
                    Contains("destination MAC 02:00:00:00:00:04 → 02:00:00:00:00:05"));
        if (tunnel != 0) {
            EXPECT_THAT(one.legs[0].request[2].rewritten,
                        Contains(HasSubstr(tunnel == 47 ? "put into GRE 10.1.1.2 → 10.1.2.10"
                                                        : "put into IP-in-IP")));
        }
        ASSERT_EQ(one.legs[0].answer.size(), 2U);
        EXPECT_EQ(one.legs[0].answer[0].node, "server1");
        for (const auto& seen : one.legs[0].answer) {
            EXPECT_NE(seen.node, "se1");
        }
    }
}

// Full proxy: clients with keep-alive, server connections used by all of them in turn.
struct Proxied {
    Lab lab;
    std::vector<FlowFact> flows;
    std::map<std::string, std::string> truth; // id → back leg's source port
};

Proxied proxied(std::size_t clients, std::size_t each, bool reuse, bool same_target,
                const std::string& extra = "") {
    Proxied out;
    std::mt19937 random(7);
    struct Back {
        std::uint32_t seq = 5000, ack = 9000;
        std::int64_t free_at = 0;
    };
    std::vector<Back> backs(reuse ? clients : 0);
    const End vip{"192.168.2.100", 80};
    for (std::size_t c = 0; c < clients; ++c) {
        const End client{"192.168.1.101", static_cast<std::uint16_t>(30'000 + c)};
        const End source{"10.10.10.101", static_cast<std::uint16_t>(20'000 + c)},
            server{"10.10.10." + std::to_string(11 + c % 3), 80};
        std::uint32_t seq = 100'000 * static_cast<std::uint32_t>(c + 1), ack = 77;
        std::uint32_t back_seq = 5'000'000 + seq, back_ack = 99;
        std::int64_t now = static_cast<std::int64_t>(random() % 3000) + 1000;
        if (!reuse) {
            out.flows.push_back({client.socket(), vip.socket(), source.socket(), server.socket(), "web",
                                 "server" + std::to_string(1 + c % 3), "se1", "round-robin"});
        }
        for (std::size_t n = 0; n < each; ++n) {
            const auto id = std::to_string(c) + "-" + std::to_string(n);
            const auto ask = request(same_target ? "/" : "/" + id, same_target ? "same" : id);
            auto asked = ask;
            asked.insert(asked.size() - 2, "X-Forwarded-For: 192.168.1.101\r\n" + extra);
            const auto give = answer(same_target ? "body" : "body of " + id);
            std::size_t b = c;
            End from = source, to = server;
            std::uint32_t *bs = &back_seq, *ba = &back_ack;
            const auto began = now;
            auto back_at = began + 300 + static_cast<std::int64_t>(random() % 200);
            if (reuse) { // any connection that is free
                do {
                    b = random() % backs.size();
                    ++back_at;
                } while (backs[b].free_at > back_at);
                from.port = static_cast<std::uint16_t>(20'000 + b);
                to.address = "10.10.10." + std::to_string(11 + b % 3);
                bs = &backs[b].seq;
                ba = &backs[b].ack;
            }
            const auto answered = back_at + 400 + static_cast<std::int64_t>(random() % 500);
            if (reuse) {
                backs[b].free_at = answered + 200;
            }
            out.truth[id] = std::to_string(from.port);
            const auto asize = static_cast<std::uint32_t>(ask.size()),
                       bsize = static_cast<std::uint32_t>(asked.size()),
                       gsize = static_cast<std::uint32_t>(give.size());
            out.lab.see(began, {"client1:eth0", true, 1, 2, 64}, client, vip, seq, ack, ask);
            out.lab.see(began + 100, {"se1:eth0", false, 3, 4, 63}, client, vip, seq, ack, ask);
            out.lab.see(back_at, {"se1:eth1", true, 5, 6, 64}, from, to, *bs, *ba, asked);
            out.lab.see(back_at + 100, {"server" + std::to_string(1 + b % 3) + ":eth0", false, 5, 6, 64},
                        from, to, *bs, *ba, asked);
            out.lab.see(answered - 100, {"server" + std::to_string(1 + b % 3) + ":eth0", true, 6, 5, 64}, to,
                        from, *ba, *bs + bsize, give);
            out.lab.see(answered, {"se1:eth1", false, 6, 5, 64}, to, from, *ba, *bs + bsize, give);
            out.lab.see(answered + 100, {"se1:eth0", true, 4, 3, 64}, vip, client, ack, seq + asize, give);
            out.lab.see(answered + 200, {"client1:eth0", false, 2, 1, 63}, vip, client, ack, seq + asize,
                        give);
            seq += asize;
            ack += gsize;
            *bs += bsize;
            *ba += gsize;
            now = answered + 1000 + static_cast<std::int64_t>(random() % 1000);
        }
    }
    return out;
}

std::string id_of(const CaptureFile& file, const Sighting& seen) {
    const auto text = text_of(file.packet(seen.packet).bytes);
    const auto at = text.find("X-Request-Id: ");
    return at == std::string_view::npos ? ""
                                        : std::string(text.substr(at + 14, text.find('\r', at) - at - 14));
}

// How many requests of all have exactly the right legs; `wrong_certain` counts lies.
std::size_t right_joins(const CaptureFile& file, const Ladder& ladder, std::size_t& wrong_certain) {
    std::size_t right = 0;
    for (const auto& one : ladder.requests) {
        bool good = one.legs.size() == 2;
        for (const auto& join : one.joins) {
            const bool same =
                id_of(file, one.legs[join.from].request[0]) == id_of(file, one.legs[join.to].request[0]);
            good = good && same;
            wrong_certain += !same && join.confidence == Confidence::certain ? 1 : 0;
        }
        right += good && one.status == 200 && one.legs[0].answer.size() == 2 && one.legs[1].answer.size() == 2
                     ? 1
                     : 0;
    }
    return right;
}

TEST(Ladder, TheFlowLogJoinsEveryRequestOfAProxy) {
    const auto made = proxied(200, 5, false, false);
    const auto file = made.lab.file();
    LadderOptions options;
    options.flows = made.flows;
    const auto ladder = ladder_of(*file, options);
    std::size_t lies = 0;
    EXPECT_EQ(ladder.requests.size(), 1000U);
    EXPECT_EQ(right_joins(*file, ladder, lies), 1000U);
    EXPECT_EQ(lies, 0U);
    for (const auto& one : ladder.requests) {
        ASSERT_EQ(one.confidence, Confidence::certain);
        ASSERT_THAT(one.joins[0].rewritten, Contains("head with \"X-Forwarded-For: 192.168.1.101\""));
        ASSERT_EQ(one.balancer, "se1");
    }
}

// One-armed behind a router, and quicker than the slack that clocks get: the leg behind passes the router
// before "its" leg in front could be told to have passed it. Joined both ways they were in no ladder at all.
TEST(Ladder, ALegIsNeverInFrontOfTheOneItFollows) {
    for (const bool logged : {true, false}) {
        Lab lab;
        const End client{"192.168.1.101", 51'138}, vip{"10.10.50.21", 80}, se{"10.10.50.10", 4000},
            server{"172.16.10.102", 80};
        const auto ask = request("/", "1"), give = answer("hello");
        const auto length = static_cast<std::uint32_t>(ask.size());
        lab.see(1000, {"client2:eth0", true, 1, 2, 64}, client, vip, 1000, 1, ask);
        lab.see(1004, {"router2:eth0", false, 1, 2, 64}, client, vip, 1000, 1, ask);
        lab.see(1007, {"router2:eth1", true, 3, 4, 63}, client, vip, 1000, 1, ask);
        lab.see(1011, {"se1:eth1", false, 3, 4, 63}, client, vip, 1000, 1, ask);
        lab.see(1131, {"se1:eth1", true, 4, 3, 64}, se, server, 9000, 7, ask);
        lab.see(1132, {"router2:eth1", false, 4, 3, 64}, se, server, 9000, 7, ask);
        lab.see(1134, {"router2:eth2", true, 5, 6, 63}, se, server, 9000, 7, ask);
        lab.see(1136, {"server8:eth0", false, 5, 6, 63}, se, server, 9000, 7, ask);
        lab.see(1500, {"server8:eth0", true, 6, 5, 64}, server, se, 7, 9000 + length, give);
        lab.see(1600, {"client2:eth0", false, 2, 1, 62}, vip, client, 1, 1000 + length, give);
        LadderOptions options;
        if (logged) {
            options.flows.push_back({client.socket(), vip.socket(), se.socket(), server.socket(), "web",
                                     "server8", "se1", "", 0, 0});
        }
        const auto file = lab.file();
        const auto ladder = ladder_of(*file, options);
        ASSERT_EQ(ladder.requests.size(), 1U) << logged;
        ASSERT_EQ(ladder.requests[0].legs.size(), 2U) << logged;
        EXPECT_EQ(ladder.requests[0].legs[0].source, client.socket());
        EXPECT_EQ(ladder.requests[0].legs[1].destination, server.socket());
    }
}

TEST(Ladder, WithoutItRequestsThatDifferAreJoinedByWhatTheySay) {
    for (const bool reuse : {false, true}) {
        const auto made = proxied(200, 5, reuse, false);
        const auto file = made.lab.file();
        LadderOptions options;
        options.ignored_fields = {"x-request-id"}; // the truth is not evidence
        const auto ladder = ladder_of(*file, options);
        std::size_t lies = 0;
        EXPECT_GE(right_joins(*file, ladder, lies), 990U) << reuse;
        EXPECT_EQ(lies, 0U);
        for (const auto& one : ladder.requests) {
            ASSERT_NE(one.confidence, Confidence::certain);
        }
    }
}

// Two hundred clients that ask for the same at the same time: whose is whose cannot be known.
TEST(Ladder, WhatCouldBeAnybodysIsOnlyPossible) {
    auto made = proxied(200, 3, false, true);
    const auto file = made.lab.file();
    const auto ladder = ladder_of(*file);
    std::size_t unsure = 0;
    for (const auto& one : ladder.requests) {
        EXPECT_NE(one.confidence, Confidence::certain);
        unsure += one.confidence == Confidence::possible ? 1 : 0;
    }
    EXPECT_GT(unsure, 300U);
    // With the log each is known.
    LadderOptions options;
    options.flows = made.flows;
    const auto known = ladder_of(*file, options);
    EXPECT_EQ(known.requests.size(), 600U);
    for (const auto& one : known.requests) {
        ASSERT_EQ(one.legs.size(), 2U);
        EXPECT_EQ(one.legs[1].source.port, one.legs[0].source.port - 10'000);
        EXPECT_EQ(one.confidence, Confidence::certain);
    }
}

TEST(Ladder, APROXYHeaderNamesTheClient) {
    Lab lab;
    const End client{"192.168.1.101", 1234}, vip{"192.168.2.100", 80}, source{"10.10.10.101", 5678},
        server{"10.10.10.11", 80};
    const auto ask = request("/", "1"), give = answer("x");
    const std::string header = "PROXY TCP4 192.168.1.101 192.168.2.100 1234 80\r\n";
    const auto length = static_cast<std::uint32_t>(ask.size());
    lab.see(10, {"client1:eth0", true}, client, vip, 1, 1, ask);
    lab.see(20, {"se1:eth1", true}, source, server, 50, 1, header + ask);
    lab.see(30, {"se1:eth1", false}, server, source, 1,
            50 + static_cast<std::uint32_t>(header.size()) + length, give);
    lab.see(40, {"client1:eth0", false}, vip, client, 1, 1 + length, give);
    lab.see(15, {"client2:eth0", true}, {"192.168.1.102", 1234}, vip, 1000, 1, ask); // another one, the same
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 2U);
    ASSERT_EQ(ladder.requests[0].legs.size(), 2U);
    EXPECT_EQ(ladder.requests[0].confidence, Confidence::certain);
    EXPECT_THAT(ladder.requests[0].joins[0].evidence, Contains("the PROXY header names 192.168.1.101:1234"));
    EXPECT_EQ(ladder.requests[1].legs.size(), 1U);
}

// Two networks with the same addresses and ports at the same time.
TEST(Ladder, ZonesWithTheSameAddressesAreNotMixed) {
    Lab lab;
    const End client{"192.168.1.10", 4000}, vip{"172.16.1.21", 80};
    for (std::uint32_t zone = 0; zone < 2; ++zone) {
        const auto name = zone == 0 ? "inside" : "dmz";
        const auto ask = request(std::string("/") + name, "1"), give = answer(name);
        const std::uint32_t seq = 1000 + zone * 0x70000000;
        lab.see(10 + zone, {std::string("client-") + name + ":eth0", true}, client, vip, seq,
                5 + zone * 0x60000000, ask);
        lab.see(12 + zone, {std::string("se1:") + name, false}, client, vip, seq, 5 + zone * 0x60000000, ask);
        // The dmz answers first.
        lab.see(40 - 10 * zone, {std::string("client-") + name + ":eth0", false}, vip, client,
                5 + zone * 0x60000000, seq + static_cast<std::uint32_t>(ask.size()), give);
    }
    const auto file = lab.file();
    const auto ladder = ladder_of(*file);
    ASSERT_EQ(ladder.requests.size(), 2U);
    for (const auto& one : ladder.requests) {
        ASSERT_EQ(one.legs.size(), 1U);
        ASSERT_EQ(one.legs[0].request.size(), 2U);
        ASSERT_EQ(one.legs[0].answer.size(), 1U);
        EXPECT_EQ(one.legs[0].answer[0].interface, one.legs[0].request[0].interface);
    }
}

// Captures of two machines whose clocks differ, merged.
TEST(Ladder, FilesOfSeveralMachinesAreOneLadder) {
    const End client{"172.16.1.10", 40'000}, vip{"10.1.1.100", 80}, server{"10.1.1.11", 80};
    const auto ask = request("/a", "1");
    Lab at_client, at_server;
    at_client.see(1'000'000, {"eth0", true, 1, 2, 64}, client, vip, 1000, 1, ask);
    at_server.see(900'000, {"eth0", false, 4, 5, 62}, client, server, 1000, 1, ask); // its clock is behind
    const auto a = at_client.file(), b = at_server.file();
    const auto ladder = make_ladder({{a.get(), "client"}, {b.get(), "server"}}, {});
    ASSERT_EQ(ladder.requests.size(), 1U);
    EXPECT_EQ(ladder.requests[0].legs.size(), 2U);
    EXPECT_EQ(ladder.requests[0].legs[1].request[0].interface, "server/eth0");
    EXPECT_EQ(ladder.requests[0].confidence, Confidence::certain);
}

TEST(Ladder, AnUpgradeIsAnsweredAndWhatFollowsIsNoRequest) {
    Lab lab;
    const End client{"10.0.0.1", 40'000}, server{"10.0.0.2", 80};
    const std::string ask = request("/chat", "1", "Upgrade: echo\r\n");
    const std::string yes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n";
    const auto asked = static_cast<std::uint32_t>(100 + ask.size());
    const auto answered = static_cast<std::uint32_t>(500 + yes.size());
    lab.see(10, {"client1:eth0", true}, client, server, 100, 500, ask);
    lab.see(20, {"client1:eth0"}, server, client, 500, asked, yes);
    lab.see(30, {"client1:eth0", true}, client, server, asked, answered, request("/said", "2"));
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 1U);
    EXPECT_EQ(ladder.requests[0].status, 101);
    EXPECT_EQ(ladder.requests[0].legs[0].answer.size(), 1U);
    EXPECT_EQ(ladder.requests[0].legs[0].ended_ns, 20'000);
}

TEST(Ladder, AConnectionWithoutHttpIsALadderToo) {
    Lab lab;
    const End client{"172.16.1.10", 40'000}, vip{"10.1.1.100", 5201}, server{"10.1.1.11", 5201};
    lab.see(10, {"client1:eth0", true, 1, 2, 64}, client, vip, 1000, 0, "", flag::syn);
    lab.see(20, {"se1:eth0", true, 4, 5, 62}, client, server, 1000, 0, "", flag::syn);
    lab.see(30, {"server1:eth0", true, 5, 4, 64}, server, client, 5, 1001, "", flag::syn | flag::ack);
    lab.see(40, {"client1:eth0", true, 1, 2, 64}, client, vip, 1001, 6, "\x01\x02");
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 1U);
    EXPECT_FALSE(ladder.requests[0].is_http);
    EXPECT_EQ(ladder.requests[0].legs.size(), 2U);
    EXPECT_EQ(ladder.requests[0].legs[1].answer.size(), 1U);
    EXPECT_TRUE(ladder.requests[0].carries_data);
}

// What was lost on a kept connection is no reason to give a request the next one's answer.
TEST(Ladder, AnAnswerThatWasNotCapturedIsNotMadeUpFor) {
    const End client{"172.16.1.10", 40'000}, server{"10.1.1.100", 80};
    const auto size = [](const std::string& text) { return static_cast<std::uint32_t>(text.size()); };
    const auto first = request("/first", "1"), second = request("/second", "2"), give = answer("hello");
    const std::uint32_t first_end = 1000 + size(first), second_end = first_end + size(second);
    struct Case {
        const char* what;
        bool first_answer, second_request, ahead; // what was captured; whether both were asked at once
        int first_status, second_status;          // 0: no answer seen
    };
    for (const Case& one : {Case{"all captured", true, true, false, 200, 200},
                            Case{"the answer and the next request are missing", false, false, false, 0, 0},
                            Case{"the answer is missing", false, true, false, 0, 200},
                            Case{"asked ahead", true, true, true, 200, 200},
                            Case{"asked ahead, the first answer is missing", false, true, true, 0, 0}}) {
        Lab lab;
        lab.see(10, {"client1:eth0", true}, client, server, 1000, 1, first);
        if (one.second_request) {
            lab.see(one.ahead ? 11 : 30, {"client1:eth0", true}, client, server, first_end,
                    one.ahead ? 1 : 1 + size(give), second);
        }
        const auto heard = [&](std::uint32_t end) { return one.ahead ? second_end : end; };
        if (one.first_answer) {
            lab.see(20, {"client1:eth0", false}, server, client, 1, heard(first_end), give);
        }
        lab.see(40, {"client1:eth0", false}, server, client, 1 + size(give), second_end, give);
        const auto ladder = ladder_of(*lab.file());
        ASSERT_EQ(ladder.requests.size(), one.second_request ? 2U : 1U) << one.what;
        EXPECT_EQ(ladder.requests[0].status, one.first_status) << one.what;
        if (one.second_request) {
            EXPECT_EQ(ladder.requests[1].status, one.second_status) << one.what;
        }
    }
}

TEST(Ladder, AnInterimAnswerStandsInFrontOfTheAnswer) {
    const End client{"172.16.1.10", 40'000}, server{"10.1.1.100", 80};
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n",
                      head = request("/", "1", "Content-Length: 2\r\n");
    const auto at = static_cast<std::uint32_t>(1000 + head.size()),
               place = static_cast<std::uint32_t>(1 + interim.size());
    Lab lab;
    lab.see(10, {"client1:eth0", true}, client, server, 1000, 1, head);
    lab.see(20, {"client1:eth0", false}, server, client, 1, at, interim);
    lab.see(30, {"client1:eth0", true}, client, server, at, place, "ab");
    lab.see(40, {"client1:eth0", false}, server, client, place, at + 2, answer("x"));
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 1U);
    EXPECT_EQ(ladder.requests[0].status, 200);
}

TEST(Ladder, AHealthProbeCarriesNoData) {
    Lab lab;
    const End se{"10.1.1.2", 65'024}, server{"10.1.1.11", 80};
    lab.see(10, {"se1:eth0", true, 4, 5, 64}, se, server, 1000, 0, "", flag::syn);
    lab.see(20, {"server1:eth0", true, 5, 4, 64}, server, se, 5, 1001, "", flag::syn | flag::ack);
    lab.see(30, {"se1:eth0", true, 4, 5, 64}, se, server, 1001, 0, "", flag::rst);
    const auto ladder = ladder_of(*lab.file());
    ASSERT_EQ(ladder.requests.size(), 1U);
    EXPECT_FALSE(ladder.requests[0].carries_data);
}

// A datagram through an in-line balancer, there and back.
void see_exchange(Lab& lab, std::int64_t us, const End& client, const End& vip, const End& server,
                  std::string_view payload) {
    lab.see_datagram(us, {"client1:eth0", true, 1, 2, 64}, client, vip, payload);
    lab.see_datagram(us + 10, {"se1:eth0", false, 3, 4, 63}, client, vip, payload);
    lab.see_datagram(us + 20, {"se1:eth0", true, 4, 5, 62}, client, server, payload);
    lab.see_datagram(us + 30, {"server1:eth0", true, 5, 4, 64}, server, client, "answer");
    lab.see_datagram(us + 40, {"client1:eth0", false, 2, 1, 62}, vip, client, "answer");
}

const End asking{"172.16.1.10", 40'000}, udp_vip{"10.1.1.100", 80}, udp_server{"10.1.1.11", 80};

FlowFact udp_flow(const End& source) {
    FlowFact flow{asking.socket(), udp_vip.socket(), source.socket(), udp_server.socket()};
    flow.is_udp = true;
    return flow;
}

TEST(Ladder, DatagramsAreJoinedByTheFlowLogAndOtherwiseByTheirBytes) {
    Lab lab;
    see_exchange(lab, 10, asking, udp_vip, udp_server, "question");
    const auto file = lab.file();
    auto other = udp_flow(asking);
    other.is_udp = false; // TCP between the same ports is another matter
    for (const auto& flows : {std::vector<FlowFact>{udp_flow(asking)}, {}, {other}}) {
        const auto ladder = ladder_of(*file, {.flows = flows});
        ASSERT_EQ(ladder.requests.size(), 1U);
        const auto& one = ladder.requests[0];
        EXPECT_TRUE(one.is_udp);
        ASSERT_EQ(one.legs.size(), 2U);
        EXPECT_EQ(one.legs[0].answer.size(), 1U);
        EXPECT_EQ(one.legs[1].answer.size(), 1U);
        EXPECT_THAT(one.joins[0].rewritten, testing::ElementsAre("destination 10.1.1.100:80 → 10.1.1.11:80"));
        const bool logged = !flows.empty() && flows[0].is_udp;
        EXPECT_EQ(one.confidence, logged ? Confidence::certain : Confidence::likely);
    }
}

TEST(Ladder, DatagramsOfAProxyHaveOtherSources) {
    const End source{"10.1.1.2", 50'000};
    Lab lab;
    lab.see_datagram(10, {"client1:eth0", true, 1, 2, 64}, asking, udp_vip, "question");
    lab.see_datagram(20, {"se1:eth0", false, 3, 4, 63}, asking, udp_vip, "question");
    lab.see_datagram(30, {"se1:eth1", true, 4, 5, 64}, source, udp_server, "question");
    lab.see_datagram(40, {"server1:eth0", true, 5, 4, 64}, udp_server, source, "answer");
    lab.see_datagram(50, {"client1:eth0", false, 2, 1, 63}, udp_vip, asking, "answer");
    const auto file = lab.file();
    for (const bool with_log : {true, false}) {
        LadderOptions options;
        if (with_log) {
            options.flows.push_back(udp_flow(source));
        }
        const auto ladder = ladder_of(*file, options);
        ASSERT_EQ(ladder.requests.size(), 1U);
        ASSERT_EQ(ladder.requests[0].legs.size(), 2U);
        EXPECT_EQ(ladder.requests[0].confidence, with_log ? Confidence::certain : Confidence::likely);
        EXPECT_THAT(ladder.requests[0].joins[0].rewritten,
                    Contains("source 172.16.1.10:40000 → 10.1.1.2:50000"));
    }
}

// What nothing tells apart is not called certain, and the same to two services is not one request.
TEST(Ladder, DatagramsThatAreAlikeAreNotCertain) {
    Lab lab;
    see_exchange(lab, 10, asking, udp_vip, udp_server, "again");
    see_exchange(lab, 1000, asking, udp_vip, udp_server, "again");
    const auto ladder = ladder_of(*lab.file(), {.flows = {udp_flow(asking)}});
    ASSERT_EQ(ladder.requests.size(), 2U);
    for (const auto& one : ladder.requests) {
        EXPECT_EQ(one.legs.size(), 2U);
        EXPECT_EQ(one.confidence, Confidence::likely);
        EXPECT_EQ(one.legs[0].answer.size(), 1U);
    }

    Lab both;
    both.see_datagram(10, {"client1:eth0", true, 1, 2, 64}, asking, udp_vip, "to two");
    both.see_datagram(20, {"client1:eth0", true, 1, 2, 64}, asking, {"10.1.1.101", 80}, "to two");
    EXPECT_EQ(ladder_of(*both.file()).requests.size(), 2U);
}

// Answers of a name server may overtake each other; streams of data are no requests.
TEST(Ladder, QuestionsToNameServersFindTheirAnswers) {
    const auto message = [](char id, char flags) {
        return std::string{0, id, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
    };
    const End server{"10.1.1.11", 53};
    Lab lab;
    lab.see_datagram(10, {"client1:eth0", true, 1, 2, 64}, asking, server, message(1, 0));
    lab.see_datagram(20, {"client1:eth0", true, 1, 2, 64}, asking, server, message(2, 0));
    lab.see_datagram(30, {"client1:eth0", false, 2, 1, 64}, server, asking, message(2, '\x80'));
    lab.see_datagram(40, {"client1:eth0", false, 2, 1, 64}, server, asking, message(1, '\x80'));
    const auto file = lab.file();
    const auto ladder = ladder_of(*file);
    ASSERT_EQ(ladder.requests.size(), 2U);
    EXPECT_EQ(ladder.requests[0].method, "DNS");
    EXPECT_EQ(ladder.requests[0].target, "a");
    ASSERT_EQ(ladder.requests[0].legs[0].answer.size(), 1U);
    EXPECT_EQ(ladder.requests[0].legs[0].answer[0].packet, 3U);
    EXPECT_EQ(ladder.requests[1].legs[0].answer[0].packet, 2U);

    const auto fewer = ladder_of(*file, {.max_datagrams = 1});
    EXPECT_EQ(fewer.requests.size(), 1U);
    EXPECT_EQ(fewer.left_out, 1U);
}

} // namespace
} // namespace fulcrum::capture
