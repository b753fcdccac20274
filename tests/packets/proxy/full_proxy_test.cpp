// M1, M7, M12, M13, N6: full proxy as a packet test sees it, with hand-made segments at both ends.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <set>

#include "tests/packets/proxy/full_proxy_rig.h"

namespace fulcrum::test {
namespace {

TEST_F(FullProxy, M1_no_frame_leaves_towards_a_server_before_the_clients_handshake_is_complete) {
    End c = client_end(40000);
    const auto answer = send(c.segment(syn));
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].to(), client + ":40000");
    c.heard(answer[0]);
    rig->run_for(std::chrono::seconds(2)); // the SYN-ACK is repeated, and nothing else moves
    for (const SeenFrame& s : rig->take_seen()) {
        EXPECT_EQ(s.frame.to(), client + ":40000") << s.frame.text();
        EXPECT_EQ(s.frame.tcp_flags(), syn_ack);
    }
    const auto opening = send(c.segment(ack));
    ASSERT_EQ(opening.size(), 1U);
    EXPECT_EQ(opening[0].tcp_flags(), syn);
    EXPECT_EQ(opening[0].from_ip(), "10.1.1.2") << "the SE's own address";
    EXPECT_TRUE(is_server(opening[0].to_ip()));
    EXPECT_TRUE(opening[0].ip_checksum_right());
    EXPECT_NE(opening[0].seq(), c.next) << "a connection of its own";
}

TEST_F(FullProxy, M1_bytes_and_ends_pass_between_two_connections) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    // What the client says before the server has answered waits.
    EXPECT_TRUE(to(send(c.segment(psh_ack, pattern(100))), opening[0].to()).empty());
    std::vector<TestFrame> seen;
    End s = accept(opening[0], &seen);
    auto towards = to(seen, s.self);
    ASSERT_FALSE(towards.empty());
    EXPECT_EQ(towards.back().l4_payload(), pattern(100));
    s.heard(towards.back());

    auto frames = send(s.segment(psh_ack, pattern(400)));
    auto back = to(frames, c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].l4_payload(), pattern(400));
    EXPECT_EQ(back[0].from(), vip + ":80");
    c.heard(back[0]);

    // Half close: the client is done, the server is not.
    frames = send(c.segment(fin_ack));
    towards = to(frames, s.self);
    ASSERT_FALSE(towards.empty());
    EXPECT_EQ(towards.back().tcp_flags() & 0x01, 0x01);
    s.heard(towards.back());
    frames = send(s.segment(psh_ack, pattern(10)));
    back = to(frames, c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].l4_payload(), pattern(10));
    c.heard(back[0]);
    frames = send(s.segment(fin_ack));
    back = to(frames, c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].tcp_flags() & 0x01, 0x01);
    c.heard(back[0]);
    send(c.segment(ack));
    EXPECT_EQ(rig->report().proxy.sessions, 0U);
    EXPECT_EQ(rig->report().flows, 0U);
    EXPECT_EQ(rig->report().proxy.buffer_bytes, 0U);
    EXPECT_EQ(rig->report().services[0].active, 0U);

    // The server's FIN again, because our last ACK was lost: answered, not reset.
    s.next -= 1;
    const auto late = send(s.segment(fin_ack));
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0].tcp_flags(), ack);
    EXPECT_EQ(late[0].ack(), s.next);
}

TEST_F(FullProxy, M1_a_reset_of_one_leg_resets_the_other) {
    for (const bool by_server : {true, false}) {
        End c = client_end(by_server ? 40001 : 40002);
        const auto opening = handshake(c);
        ASSERT_EQ(opening.size(), 1U);
        End s = accept(opening[0]);
        const auto frames = send(by_server ? s.segment(rst | ack) : c.segment(rst | ack));
        const auto other = to(frames, by_server ? c.self : s.self);
        ASSERT_EQ(other.size(), 1U);
        EXPECT_EQ(other[0].tcp_flags() & rst, rst);
        EXPECT_EQ(rig->report().proxy.sessions, 0U);
    }
}

TEST_F(FullProxy, M6_a_server_that_refuses_is_passed_over_and_when_all_do_the_client_is_told) {
    End c = client_end(40000);
    auto frames = handshake(c);
    std::set<std::string> asked;
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(frames.size(), 1U) << "one server at a time";
        ASSERT_EQ(frames[0].tcp_flags(), syn);
        asked.insert(frames[0].to_ip());
        End s{.mac = frames[0].to_mac(), .self = frames[0].to(), .peer = frames[0].from(), .next = 0};
        s.heard(frames[0]);
        frames = send(s.segment(rst | ack));
    }
    EXPECT_EQ(asked.size(), 3U);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].to(), c.self);
    EXPECT_EQ(frames[0].tcp_flags() & rst, rst);
    EXPECT_EQ(rig->report().proxy.connect_failures, 3U);
    EXPECT_EQ(rig->report().proxy.connect_retries, 2U);
    EXPECT_EQ(rig->report().proxy.sessions, 0U);
}

TEST_F(FullProxy, M6_a_server_that_refuses_twice_in_a_row_is_left_alone_for_a_while) {
    engine::EngineConfig config = full_proxy_config();
    config.pools[0].passive_failures = 2;
    config.pools[0].passive_out = std::chrono::seconds(20);
    restart(config);
    const std::string bad = "10.1.1.10";
    int asked = 0;
    const auto connect = [&](std::uint16_t port) {
        End c = client_end(port);
        auto frames = handshake(c);
        while (frames.size() == 1 && frames[0].tcp_flags() == syn && frames[0].to_ip() == bad) {
            ++asked;
            End s{.mac = frames[0].to_mac(), .self = frames[0].to(), .peer = frames[0].from(), .next = 0};
            s.heard(frames[0]);
            frames = send(s.segment(rst | ack));
        }
        ASSERT_EQ(frames.size(), 1U);
        accept(frames[0]);
    };
    for (std::uint16_t i = 0; i < 12; ++i) {
        connect(static_cast<std::uint16_t>(40000 + i));
    }
    EXPECT_EQ(asked, 2);
    const auto server = [&] { return rig->report().services[0].servers[0]; };
    EXPECT_FALSE(server().up);
    EXPECT_EQ(server().why, "passive: 2 failures in a row, taken out for another 20 s");
    rig->run_for(std::chrono::seconds(21));
    EXPECT_TRUE(server().up);
    for (std::uint16_t i = 0; i < 3; ++i) {
        connect(static_cast<std::uint16_t>(41000 + i));
    }
    EXPECT_EQ(asked, 3) << "asked again, and one failure is not two";
}

TEST_F(FullProxy, M6_a_silent_server_is_passed_over_after_the_connect_timeout) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].connect_timeout = std::chrono::milliseconds(400);
    restart(config);
    End c = client_end(40000);
    const auto first = handshake(c);
    ASSERT_EQ(first.size(), 1U);
    rig->run_for(std::chrono::milliseconds(450));
    const auto seen = rig->take_seen();
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back().frame.tcp_flags(), syn);
    EXPECT_NE(seen.back().frame.to_ip(), first[0].to_ip());
    std::vector<TestFrame> answers;
    accept(seen.back().frame, &answers);
    EXPECT_EQ(rig->report().proxy.sessions, 1U);
}

TEST_F(FullProxy, M6_the_only_server_is_asked_again_when_it_does_not_answer) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].connect_timeout = std::chrono::milliseconds(400);
    config.pools[0].servers.resize(1);
    restart(config);
    End c = client_end(40000);
    const auto first = handshake(c);
    ASSERT_EQ(first.size(), 1U);
    rig->run_for(std::chrono::milliseconds(450));
    const auto seen = rig->take_seen();
    ASSERT_FALSE(seen.empty());
    const TestFrame& again = seen.back().frame;
    EXPECT_EQ(again.tcp_flags(), syn);
    EXPECT_EQ(again.to_ip(), first[0].to_ip());
    EXPECT_NE(again.from(), first[0].from()) << "from another port: the server may remember the first";
    accept(again);
    EXPECT_EQ(rig->report().proxy.sessions, 1U);
    EXPECT_EQ(rig->report().proxy.connect_retries, 1U);
}

TEST_F(FullProxy, M12_each_source_port_once_and_exhaustion_is_clean) {
    engine::EngineConfig config = full_proxy_config();
    config.source_ports = {2000, 2001}; // 2 ports x 3 servers
    restart(config);
    std::set<std::string> used;
    std::vector<End> servers, clients;
    for (std::uint16_t i = 0; i < 6; ++i) {
        clients.push_back(client_end(static_cast<std::uint16_t>(41000 + i)));
        const auto opening = handshake(clients.back());
        ASSERT_EQ(opening.size(), 1U) << i;
        EXPECT_TRUE(used.insert(opening[0].from() + " " + opening[0].to()).second);
        servers.push_back(accept(opening[0]));
    }
    End seventh = client_end(42000);
    const auto refused = handshake(seventh);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].to(), seventh.self);
    EXPECT_EQ(refused[0].tcp_flags() & rst, rst) << "at once, not after a time-out";
    EXPECT_EQ(rig->drops("ports-exhausted"), 1U);
    EXPECT_EQ(rig->report().proxy.sessions, 6U) << "the others are unaffected";

    send(clients[2].segment(rst | ack));
    End eighth = client_end(42001);
    const auto opening = handshake(eighth);
    ASSERT_EQ(opening.size(), 1U);
    EXPECT_EQ(opening[0].tcp_flags(), syn);
    EXPECT_EQ(opening[0].from(), servers[2].peer) << "the port that became free";
}

TEST_F(FullProxy, M12_a_snat_pool_is_what_servers_see_and_is_answered_for_by_arp) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].snat = {ip("10.1.1.50"), ip("10.1.1.51")};
    restart(config);
    std::set<std::string> sources;
    for (std::uint16_t i = 0; i < 4; ++i) {
        End c = client_end(static_cast<std::uint16_t>(41000 + i));
        const auto opening = handshake(c);
        ASSERT_EQ(opening.size(), 1U);
        sources.insert(opening[0].from_ip());
    }
    EXPECT_EQ(sources, (std::set<std::string>{"10.1.1.50", "10.1.1.51"}));
    rig->arps().clear();
    rig->send("eth0", make_arp(false, mac(10), Mac::broadcast(), "10.1.1.10", "10.1.1.50"));
    EXPECT_EQ(rig->arps().size(), 1U);
}

TEST_F(FullProxy, M13_a_flood_of_syns_reaches_no_server_and_takes_bounded_memory) {
    constexpr int flood = 20000;
    for (int i = 0; i < flood; ++i) {
        TestFrame frame = make_tcp({.from_mac = router_mac,
                                    .to_mac = se_mac,
                                    .from = fmt::format("198.51.{}.{}:{}", i / 250, 1 + i % 250, 1024 + i),
                                    .to = vip + ":80",
                                    .seq = static_cast<std::uint32_t>(i)});
        for (const TestFrame& f : send(frame)) {
            ASSERT_EQ(f.tcp_flags(), syn_ack) << f.text();
            ASSERT_TRUE(f.to_ip().starts_with("198.51.")) << f.text();
        }
    }
    const engine::ProxyReport report = rig->report().proxy;
    EXPECT_LE(report.half_open, 4096U);
    EXPECT_GT(report.cookies_sent, 10000U);
    EXPECT_EQ(report.sessions, 0U);
    EXPECT_EQ(rig->report().flows, 0U);
    // A real client is served meanwhile, from a cookie.
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    EXPECT_EQ(opening[0].tcp_flags(), syn);
    EXPECT_EQ(rig->report().proxy.cookies_accepted, 1U);
}

// As the flood in the lab found: what clients that were already there said was lost among the SYNs.
TEST_F(FullProxy, M13_while_more_arrives_than_it_keeps_up_with_the_engine_leaves_new_connections_out) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    std::vector<TestFrame> burst;
    for (std::uint32_t i = 0; i < 4000; ++i) { // the wire holds 4,096
        burst.push_back(make_tcp({.from_mac = router_mac,
                                  .to_mac = se_mac,
                                  .from = fmt::format("198.51.100.1:{}", 1024 + i),
                                  .to = vip + ":80",
                                  .seq = i}));
    }
    burst.push_back(c.segment(psh_ack, pattern(100)));
    std::size_t answered = 0, passed = 0;
    for (const SeenFrame& out : rig->send("eth0", burst)) {
        answered += out.frame.tcp_flags() == syn_ack ? 1 : 0;
        passed += out.frame.to() == s.self && out.frame.l4_payload() == pattern(100) ? 1 : 0;
    }
    EXPECT_EQ(passed, 1U);
    EXPECT_GT(rig->drops("no-buffer"), 1'500U) << "until half of the room was free";
    EXPECT_EQ(answered + rig->drops("no-buffer"), 4'000U);
    EXPECT_GT(answered, 1'900U);
}

TEST_F(FullProxy,
       a_handshake_is_completed_by_later_data_when_the_acknowledgement_and_the_first_data_are_lost) {
    End c = client_end(40000);
    c.heard(send(c.segment(syn)).at(0));
    const TestFrame lost = c.segment(psh_ack, Bytes(100, 'a'));
    const auto out = send(c.segment(psh_ack, Bytes(50, 'b')));
    const auto opening = to(out, "10.1.1.10");
    ASSERT_EQ(opening.size(), 1U) << "overtaken, not refused";
    accept(opening[0]);
    const auto to_client = send(lost);
    std::string arrived;
    for (const TestFrame& f : to(to_client, "10.1.1.10")) {
        const Bytes payload = f.l4_payload();
        arrived.append(payload.begin(), payload.end());
    }
    EXPECT_EQ(arrived, std::string(100, 'a') + std::string(50, 'b'));
}

struct CookiePressure : FullProxy {
    void SetUp() override {
        for (int i = 0; i < 4096; ++i) {
            flood(i);
        }
    }
    void flood(int i) {
        send(make_tcp({.from_mac = router_mac,
                       .to_mac = se_mac,
                       .from = fmt::format("198.51.{}.{}:{}", i / 250, 1 + i % 250, 1024 + i),
                       .to = vip + ":80"}));
    }
};

TEST_F(CookiePressure, an_answer_to_a_cookie_counts_although_a_repeated_syn_has_found_room) {
    End c = client_end(40000);
    const TestFrame opening = c.segment(syn);
    const auto cookie = send(opening);
    ASSERT_EQ(rig->report().proxy.cookies_sent, 1U);
    rig->run_for(std::chrono::seconds(20)); // the flood is forgotten
    ASSERT_EQ(rig->report().proxy.half_open, 0U);
    const auto again = send(opening);
    ASSERT_EQ(again.size(), 1U);
    ASSERT_NE(again[0].seq(), cookie.at(0).seq());
    c.heard(cookie[0]);
    const auto out = send(c.segment(ack));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].tcp_flags(), syn) << "towards a server: " << out[0].text();
    EXPECT_EQ(rig->report().proxy.half_open, 0U);
}

TEST_F(CookiePressure, data_that_overtakes_the_answer_to_a_cookie_does_not_end_the_connection) {
    End c = client_end(40000);
    c.heard(send(c.segment(syn)).at(0));
    ASSERT_EQ(rig->report().proxy.cookies_sent, 1U);
    const TestFrame first = c.segment(psh_ack, Bytes(100, 'a'));
    EXPECT_TRUE(send(c.segment(psh_ack, Bytes(50, 'b'))).empty()) << "it comes again";
    EXPECT_EQ(to(send(first), "10.1.1.10").size(), 1U);
    EXPECT_EQ(rig->report().proxy.cookies_accepted, 1U);
}

TEST_F(FullProxy, M13_a_client_over_its_limit_is_refused_and_the_others_are_not) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].limits.client_connections = 2;
    restart(config);
    End first = client_end(40000), second = client_end(40001), third = client_end(40002);
    ASSERT_EQ(handshake(first).size(), 1U);
    ASSERT_EQ(handshake(second).size(), 1U);
    const auto refused = send(third.segment(syn));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].tcp_flags() & rst, rst);
    EXPECT_EQ(rig->drops("limit"), 1U);
    End other{.mac = router_mac, .self = "172.16.1.11:40000", .peer = vip + ":80"};
    ASSERT_EQ(handshake(other).size(), 1U);
    send(first.segment(rst | ack));
    End again = client_end(40003);
    EXPECT_EQ(handshake(again).size(), 1U);
}

TEST_F(FullProxy, M13_a_clients_rate_is_limited) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].limits.client_rate_per_s = 5;
    restart(config);
    int accepted = 0;
    for (std::uint16_t i = 0; i < 20; ++i) {
        End c = client_end(static_cast<std::uint16_t>(40000 + i));
        const auto answer = send(c.segment(syn));
        ASSERT_EQ(answer.size(), 1U);
        if (answer[0].tcp_flags() == syn_ack) {
            ++accepted;
            c.heard(answer[0]);
            send(c.segment(ack));
        }
    }
    EXPECT_EQ(accepted, 5);
    rig->run_for(std::chrono::seconds(1));
    End late = client_end(41000);
    EXPECT_EQ(send(late.segment(syn)).back().tcp_flags(), syn_ack);
}

TEST_F(FullProxy, M7_a_segment_of_no_connection_is_reset) {
    End c = client_end(40000);
    c.expected = 99;
    const auto answer = send(c.segment(ack));
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].tcp_flags() & rst, rst);
    EXPECT_EQ(answer[0].seq(), 99U);
    End s{.mac = mac(10), .self = "10.1.1.10:80", .peer = "10.1.1.2:5000", .next = 7, .expected = 8};
    const auto stray = send(s.segment(ack));
    ASSERT_EQ(stray.size(), 1U) << "a server that holds on to what this engine has forgotten";
    EXPECT_EQ(stray[0].tcp_flags() & rst, rst);
    EXPECT_EQ(rig->drops("no-flow"), 2U);
    EXPECT_EQ(rig->drops("closed-port"), 0U);
    EXPECT_TRUE(send(s.segment(syn)).empty()) << "nobody calls an engine";
    EXPECT_EQ(rig->drops("closed-port"), 1U) << "to call is another thing than to go on talking";
}

TEST_F(FullProxy, M12_without_a_route_to_the_servers_no_ports_are_said_to_be_used_up) {
    for (const bool by_snat : {false, true}) {
        engine::EngineConfig config = full_proxy_config();
        config.routes.clear(); // clients are answered by auto gateway
        config.pools[0].health.clear();
        config.pools[0].servers.resize(1);
        config.pools[0].servers[0].address = ip("10.9.9.9");
        if (by_snat) {
            config.services[0].snat = {ip("10.1.1.50")};
        }
        restart(config);
        End c = client_end(40000);
        const auto refused = handshake(c);
        ASSERT_EQ(refused.size(), 1U);
        EXPECT_EQ(refused[0].tcp_flags() & rst, rst);
        EXPECT_EQ(rig->drops("no-route"), 1U);
        EXPECT_EQ(rig->drops("ports-exhausted"), 0U);
    }
}

TEST_F(FullProxy, N6_answers_follow_the_station_that_the_client_was_last_heard_from) {
    engine::EngineConfig config = full_proxy_config();
    config.routes.clear(); // no way to 172.16.1.0/24 but the one it came from
    restart(config);
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    auto back = to(send(s.segment(psh_ack, pattern(10))), c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].to_mac(), router_mac);
    c.heard(back[0]);
    c.mac = mac(77); // another router took over
    send(c.segment(ack));
    back = to(send(s.segment(psh_ack, pattern(10))), c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].to_mac(), mac(77));
}

TEST_F(FullProxy, M8_ports_are_translated) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].ports[0].server_port = 8080;
    restart(config);
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    EXPECT_TRUE(opening[0].to().ends_with(":8080"));
}

TEST_F(FullProxy, a_service_that_is_taken_away_resets_both_ends) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    rig->take_seen();
    engine::EngineConfig config = full_proxy_config();
    config.services[0].ports = {{engine::Protocol::tcp, 81, 0}};
    ASSERT_TRUE(rig->engine().configure(config));
    rig->settle();
    std::set<std::string> reset;
    for (const SeenFrame& f : rig->take_seen()) {
        if (f.frame.protocol() == 6 && (f.frame.tcp_flags() & rst) != 0) {
            reset.insert(f.frame.to());
        }
    }
    EXPECT_EQ(reset, (std::set<std::string>{c.self, s.self}));
    EXPECT_EQ(rig->report().proxy.sessions, 0U);
}

TEST_F(FullProxy, a_new_configuration_keeps_the_sessions_it_still_serves) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    engine::EngineConfig config = full_proxy_config();
    config.max_flows = 50000; // moves every flow to another table
    std::swap(config.pools[0].servers[0], config.pools[0].servers[2]);
    ASSERT_TRUE(rig->engine().configure(config));
    rig->settle();
    const auto back = to(send(s.segment(psh_ack, pattern(10))), c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].l4_payload(), pattern(10));
    EXPECT_EQ(rig->report().services[0].active, 1U);
}

TEST_F(FullProxy, an_idle_session_ends_after_its_time_and_resets_both_ends) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].tcp_idle_timeout = std::chrono::seconds(30);
    restart(config);
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    rig->take_seen();
    rig->run_for(std::chrono::seconds(32));
    std::set<std::string> reset;
    for (const SeenFrame& f : rig->take_seen()) {
        if (f.frame.protocol() == 6 && (f.frame.tcp_flags() & rst) != 0) {
            reset.insert(f.frame.to());
        }
    }
    EXPECT_EQ(reset, (std::set<std::string>{c.self, s.self}));
    EXPECT_EQ(rig->report().proxy.idle_timeouts, 1U);
}

// As random drawings found: the SYN-ACK alone went back where the SYN had come from.
TEST_F(FullProxy, N6_without_auto_gateway_a_handshake_is_answered_by_the_routes) {
    for (const bool on : {true, false}) {
        engine::EngineConfig config = full_proxy_config();
        config.auto_gateway = on;
        restart(config);
        TestFrame first = client_end(40000).segment(syn);
        std::copy_n(mac(253).bytes.begin(), 6, first.bytes.begin() + 6); // another router's
        const auto answer = send(first);
        ASSERT_EQ(answer.size(), 1U);
        EXPECT_EQ(answer[0].tcp_flags(), syn_ack);
        EXPECT_EQ(answer[0].to_mac(), on ? mac(253) : router_mac);
    }
}

TEST_F(FullProxy, fragmentation_needed_makes_segments_smaller) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    auto towards = to(send(c.segment(psh_ack, pattern(500))), s.self);
    ASSERT_EQ(towards.size(), 1U);
    const TestFrame error =
        make_icmp_error(mac(10), se_mac, "10.1.1.77", "10.1.1.2", 3, 4, 560, towards[0], 40);
    towards = to(send(error), s.self);
    ASSERT_FALSE(towards.empty()) << "sent again at once";
    std::uint32_t largest = 0;
    for (const TestFrame& f : towards) {
        largest =
            std::max<std::uint32_t>(largest, f.meta.is_gso() ? f.meta.gso_size + 40U : f.total_length());
    }
    EXPECT_LE(largest, 560U);
}

// --- what must not be lost between the two connections ---

void set_window(TestFrame& frame, std::uint16_t window) { // mends the checksum by hand
    const std::uint16_t before = frame.be16(48);
    frame.bytes[48] = static_cast<std::uint8_t>(window >> 8);
    frame.bytes[49] = static_cast<std::uint8_t>(window);
    std::uint32_t sum = static_cast<std::uint16_t>(~frame.be16(50)) + std::uint32_t{window} +
                        static_cast<std::uint16_t>(~before);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    frame.bytes[50] = static_cast<std::uint8_t>(~sum >> 8);
    frame.bytes[51] = static_cast<std::uint8_t>(~sum);
}

TEST_F(FullProxy, M1_an_answer_and_its_end_in_one_segment_arrive_after_a_half_close) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    const auto ends = to(send(c.segment(fin_ack)), s.self);
    ASSERT_FALSE(ends.empty());
    s.heard(ends.back()); // its acknowledgement comes with the answer
    const auto back = to(send(s.segment(fin_ack | 0x08, pattern(400))), c.self);
    Bytes got;
    for (const TestFrame& f : back) {
        const Bytes part = f.l4_payload();
        got.insert(got.end(), part.begin(), part.end());
    }
    EXPECT_EQ(got, pattern(400));
    ASSERT_FALSE(back.empty());
    EXPECT_EQ(back.back().tcp_flags() & 0x01, 0x01);
}

TEST_F(FullProxy, M1_a_slow_client_gets_everything_although_both_sides_have_finished) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    TestFrame closed = c.segment(ack);
    set_window(closed, 0);
    send(closed);
    constexpr std::uint32_t total = 400'000; // more than one of the two connections holds
    for (std::uint32_t sent = 0; sent < total; sent += 1000) {
        send(s.segment(psh_ack, Bytes(1000, 'x')));
    }
    send(s.segment(fin_ack));
    TestFrame fin = c.segment(fin_ack);
    set_window(fin, 0);
    const auto ends = to(send(fin), s.self);
    ASSERT_FALSE(ends.empty());
    s.heard(ends.back());
    send(s.segment(ack)); // the server's connection is over, with everything acknowledged
    const std::uint32_t first = c.expected;
    bool finished = false;
    for (int i = 0; i < 2000 && !finished; ++i) {
        TestFrame open = c.segment(ack);
        set_window(open, 60000);
        auto frames = to(send(open), c.self);
        if (frames.empty()) {
            rig->run_for(std::chrono::milliseconds(300));
            for (SeenFrame& seen : rig->take_seen()) {
                frames.push_back(std::move(seen.frame));
            }
        }
        for (const TestFrame& f : frames) {
            if (f.to() == c.self && f.seq() == c.expected) {
                finished = (f.tcp_flags() & 0x01) != 0;
                c.heard(f);
            }
        }
    }
    EXPECT_TRUE(finished);
    EXPECT_EQ(c.expected - first, total + 1) << "and the FIN";
}

TEST_F(FullProxy, M1_a_half_closed_session_may_think_for_longer_than_a_minute) {
    End c = client_end(40000);
    const auto opening = handshake(c);
    ASSERT_EQ(opening.size(), 1U);
    End s = accept(opening[0]);
    s.heard(to(send(c.segment(fin_ack)), s.self).back());
    send(s.segment(ack));
    rig->run_for(std::chrono::seconds(90));
    rig->take_seen();
    const auto back = to(send(s.segment(psh_ack, pattern(400))), c.self);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].l4_payload(), pattern(400));
}

TEST_F(FullProxy, slow_readers_hold_bounded_memory) {
    for (std::uint16_t n = 0; n < 40; ++n) {
        End c = client_end(static_cast<std::uint16_t>(40000 + n));
        const auto opening = handshake(c);
        ASSERT_EQ(opening.size(), 1U);
        End s = accept(opening[0]);
        TestFrame closed = c.segment(ack);
        set_window(closed, 0);
        send(closed);
        for (std::uint32_t sent = 0; sent < 1'500'000; sent += 1400) {
            send(s.segment(psh_ack, Bytes(1400, 'x')));
        }
    }
    EXPECT_LT(rig->report().proxy.buffer_bytes, 40U << 20);
    EXPECT_EQ(rig->drops("no-buffer"), 0U);
}

TEST_F(LayerSeven, M9_a_client_that_resets_a_download_ends_it_at_the_server_too) {
    End c = client_end(40000);
    End s = request(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    send(s.segment(psh_ack, text("HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n")));
    send(c.segment(rst | ack));
    bool reset = false;
    for (int i = 0; i < 10 && !reset; ++i) {
        for (const TestFrame& f : to(send(s.segment(psh_ack, Bytes(1400, 'x'))), s.self)) {
            reset = reset || (f.tcp_flags() & rst) != 0;
        }
    }
    EXPECT_TRUE(reset);
    EXPECT_EQ(rig->report().proxy.sessions, 0U);
}

TEST_F(LayerSeven, M9_bytes_behind_an_answer_never_reach_another_client) {
    End c = client_end(40000);
    End s = request(c, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    send(s.segment(psh_ack, text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                 "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL")));
    EXPECT_EQ(rig->report().proxy.idle_server_connections, 0U);
    End d = client_end(40001);
    handshake(d);
    const auto asked = send(d.segment(psh_ack, text("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")));
    EXPECT_EQ(words(asked, d.self).find("EVIL"), std::string::npos);
    const auto opening = to(asked, "10.1.1.10:80");
    ASSERT_EQ(opening.size(), 1U);
    EXPECT_EQ(opening[0].tcp_flags(), syn) << "a connection of its own";
}

TEST_F(LayerSeven, M9_a_client_that_ends_within_its_body_while_the_server_is_asked_leaves_nothing) {
    End c = client_end(40000);
    EXPECT_TRUE(handshake(c).empty());
    const auto opening =
        to(send(c.segment(psh_ack, text("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"))),
           "10.1.1.10:80");
    ASSERT_EQ(opening.size(), 1U);
    for (const TestFrame& f : to(send(c.segment(fin_ack)), c.self)) {
        c.heard(f);
    }
    accept(opening[0]);
    send(c.segment(ack));
    rig->run_for(std::chrono::seconds(10));
    EXPECT_EQ(rig->report().proxy.sessions, 0U);
    EXPECT_EQ(rig->report().flows, 0U);
}

} // namespace
} // namespace fulcrum::test
