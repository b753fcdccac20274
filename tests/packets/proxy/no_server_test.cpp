// M6, M7: a full proxy's service when no server is up. Whoever asks is told at once: its segments end here,
// so nobody else can.
#include "tests/packets/proxy/full_proxy_rig.h"

namespace fulcrum::test {
namespace {

void kill_servers(EngineRig& rig) {
    for (const char* address : {"10.1.1.10", "10.1.1.11", "10.1.1.12"}) {
        rig.host(address).alive = false;
    }
    rig.run_for(std::chrono::seconds(5));
    rig.take_seen();
}

TEST_F(FullProxy, M6_without_a_server_a_syn_is_reset_whatever_closed_ports_do) {
    for (const engine::ClosedPort closed : {engine::ClosedPort::drop, engine::ClosedPort::refuse}) {
        engine::EngineConfig config = full_proxy_config();
        config.services[0].closed_ports = closed;
        config.routes.clear(); // to the station it came from: a refusal needs no route
        restart(config);
        kill_servers(*rig);
        End c = client_end(40000);
        const auto answer = send(c.segment(syn));
        ASSERT_EQ(answer.size(), 1U);
        EXPECT_EQ(answer[0].tcp_flags(), rst | ack);
        EXPECT_EQ(answer[0].from(), vip + ":80");
        EXPECT_EQ(answer[0].to(), c.self);
        EXPECT_EQ(answer[0].to_mac(), router_mac);
        EXPECT_EQ(answer[0].ack(), c.next);
        EXPECT_EQ(rig->drops("no-server"), 1U);
        EXPECT_EQ(rig->drops("closed-port"), 0U) << "one packet, one reason";

        End elsewhere = client_end(40001); // M7: what no service has is as silent as before
        elsewhere.peer = vip + ":81";
        EXPECT_EQ(send(elsewhere.segment(syn)).size(), closed == engine::ClosedPort::refuse ? 1U : 0U);
        EXPECT_EQ(rig->drops("closed-port"), 1U);

        rig->host("10.1.1.11").alive = true;
        rig->run_for(std::chrono::seconds(3));
        rig->take_seen();
        End again = client_end(40002);
        const auto opening = handshake(again);
        ASSERT_EQ(opening.size(), 1U);
        EXPECT_EQ(opening[0].to_ip(), "10.1.1.11");
    }
}

TEST_F(FullProxy, M6_without_a_server_a_datagram_hears_that_its_port_is_unreachable) {
    kill_servers(*rig);
    const auto answer = send(make_udp({.from_mac = router_mac,
                                       .to_mac = se_mac,
                                       .from = client + ":5000",
                                       .to = vip + ":53",
                                       .payload = pattern(10)}));
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].icmp_type(), 3);
    EXPECT_EQ(answer[0].icmp_code(), 3);
    EXPECT_EQ(answer[0].from_ip(), vip);
    EXPECT_EQ(rig->drops("no-server"), 1U);
}

// An engine that starts knows of nobody yet: a refusal would be final, and the SYN comes again in a second.
TEST_F(FullProxy, M6_before_the_first_probe_is_answered_nobody_is_refused) {
    std::vector<Host> hosts = segment_hosts();
    for (Host& host : hosts) {
        host.delay = std::chrono::milliseconds(300);
    }
    for (const bool layer7 : {false, true}) {
        engine::EngineConfig config = full_proxy_config();
        config.services[0].layer7 = layer7;
        rig = std::make_unique<EngineRig>(config, hosts);
        End c = client_end(40000);
        const TestFrame opening = c.segment(syn);
        EXPECT_TRUE(send(opening).empty());
        EXPECT_EQ(rig->drops("no-server"), 1U);
        rig->run_for(std::chrono::seconds(1));
        rig->take_seen();
        const auto answer = send(opening);
        ASSERT_EQ(answer.size(), 1U);
        EXPECT_EQ(answer[0].tcp_flags(), syn_ack);
    }
}

TEST_F(LayerSeven, M6_without_a_server_a_request_is_answered_503_and_logged) {
    kill_servers(*rig);
    End c = client_end(40000);
    EXPECT_TRUE(handshake(c).empty());
    const auto frames = send(c.segment(psh_ack, text("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")));
    const std::string answer = words(frames, c.self);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n503 Service Unavailable: no server is available\n")) << answer;
    EXPECT_EQ(to(frames, c.self).size(), frames.size()) << "towards servers nothing";
    EXPECT_EQ(rig->drops("no-server"), 1U);
    EXPECT_EQ(rig->report().proxy.requests, 1U);
    std::uint64_t cursor = 0;
    const auto log = rig->engine().report_requests(cursor, 10);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].status, 503);
    EXPECT_EQ(log[0].end, "no-server");
    EXPECT_EQ(log[0].server, "");
    EXPECT_EQ(log[0].path, "/a");
}

TEST_F(LayerSeven, M9_a_rule_that_redirects_needs_no_server) {
    engine::EngineConfig config = full_proxy_config();
    config.services[0].layer7 = true;
    config.services[0].rules = {{.host = {},
                                 .path_prefix = "/old",
                                 .pool = {},
                                 .redirect = "http://b/",
                                 .redirect_status = 302,
                                 .redirect_keeps_path = false}};
    restart(config);
    kill_servers(*rig);
    End c = client_end(40000);
    handshake(c);
    const auto frames = send(c.segment(psh_ack, text("GET /old HTTP/1.1\r\nHost: a\r\n\r\n")));
    EXPECT_TRUE(words(frames, c.self).starts_with("HTTP/1.1 302 Found\r\nLocation: http://b/\r\n"));
    EXPECT_EQ(rig->drops("no-server"), 0U);
}

// A server's figures are of its own connection: the request that reached it and the answer that came back.
TEST_F(LayerSeven, M9_a_servers_bytes_are_what_was_sent_to_it_and_what_came_back) {
    End c = client_end(40000);
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_TRUE(handshake(c).empty());
    std::uint64_t there = 0, back = 0;
    const auto count = [&](const std::vector<TestFrame>& frames) {
        for (const TestFrame& f : to(frames, "10.1.1.10:80")) {
            there += f.total_length();
        }
        return frames;
    };
    const auto answer = [&](const TestFrame& frame) {
        back += frame.total_length();
        return count(send(frame));
    };
    const auto opening = to(count(send(c.segment(psh_ack, text(head)))), "10.1.1.10:80");
    ASSERT_EQ(opening.size(), 1U);
    End s{.mac = opening[0].to_mac(), .self = opening[0].to(), .peer = opening[0].from(), .next = 70000};
    s.heard(opening[0]);
    for (const TestFrame& f : to(answer(s.segment(syn_ack)), s.self)) {
        s.heard(f);
    }
    answer(s.segment(psh_ack, text("HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n")));
    answer(
        s.segment(ack | 0x08, Bytes(600, 'x'))); // the answer is not over: the exchange still has its server
    const engine::ServerReport server = rig->report().services[0].servers[0];
    EXPECT_GT(there, head.size());
    EXPECT_EQ(server.bytes_in, there);
    EXPECT_EQ(server.bytes_out, back);
}

} // namespace
} // namespace fulcrum::test
