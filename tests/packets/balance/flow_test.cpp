// The life of flows: states, time-outs, the log, live changes, drain, persistence, shares.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

using engine::FlowState;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint8_t syn = 0x02, ack = 0x10, psh_ack = 0x18, fin_ack = 0x11, syn_ack = 0x12, rst = 0x04;

struct Flows : testing::Test {
    engine::EngineConfig config = in_line_config();
    std::unique_ptr<EngineRig> rig;

    void start() { rig = std::make_unique<EngineRig>(config, segment_hosts()); }
    TestFrame open(std::uint16_t port) {
        const auto got = rig->send("eth0", from_client(port, syn));
        EXPECT_EQ(got.size(), 1U);
        const TestFrame at_server = got.at(0).frame;
        rig->send("eth0", answer_to(at_server, syn_ack));
        rig->send("eth0", from_client(port, ack, vip + ":80", {}, 1001));
        return at_server;
    }
    engine::FlowReport newest() { return rig->engine().report_flows(1).at(0); }
    std::vector<engine::FlowReport> log() {
        std::uint64_t cursor = 0;
        return rig->engine().report_flow_log(cursor, 100000);
    }
};

TEST_F(Flows, a_connection_goes_from_opening_to_established_to_closing_to_closed) {
    start();
    const auto got = rig->send("eth0", from_client(40000, syn));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(newest().state, FlowState::opening);
    rig->send("eth0", answer_to(got[0].frame, syn_ack));
    EXPECT_EQ(newest().state, FlowState::opening);
    rig->send("eth0", from_client(40000, ack, vip + ":80", {}, 1001));
    EXPECT_EQ(newest().state, FlowState::established);
    rig->send("eth0", from_client(40000, fin_ack, vip + ":80", {}, 1001));
    EXPECT_EQ(newest().state, FlowState::closing);
    EXPECT_EQ(rig->report().services[0].active, 1U);
    rig->send("eth0", answer_to(got[0].frame, fin_ack));
    EXPECT_EQ(newest().state, FlowState::closed);
    EXPECT_EQ(rig->report().services[0].active, 0U);
    // The last acknowledgement, and a repeated FIN, still pass.
    EXPECT_EQ(rig->send("eth0", from_client(40000, ack, vip + ":80", {}, 1002)).size(), 1U);
    EXPECT_EQ(rig->send("eth0", answer_to(got[0].frame, fin_ack)).size(), 1U);
    rig->run_for(seconds(3));
    EXPECT_EQ(rig->report().flows, 0U);
    EXPECT_EQ(log().back().state, FlowState::closed);
}

TEST_F(Flows, time_outs_are_those_of_the_state) {
    config.services[0].tcp_idle_timeout = seconds(100);
    config.services[0].udp_idle_timeout = seconds(20);
    start();
    rig->send("eth0", from_client(40000, syn)); // never answered: 10 s
    rig->run_for(milliseconds(9900));
    EXPECT_EQ(rig->report().flows, 1U);
    rig->run_for(milliseconds(300));
    EXPECT_EQ(rig->report().flows, 0U);
    EXPECT_EQ(log().back().state, FlowState::timed_out);

    open(40001); // established: 100 s, and every packet starts it anew
    rig->run_for(seconds(90));
    rig->send("eth0", from_client(40001, psh_ack, vip + ":80", pattern(5), 1001));
    rig->run_for(seconds(99));
    EXPECT_EQ(rig->report().flows, 1U);
    rig->run_for(milliseconds(1200));
    EXPECT_EQ(rig->report().flows, 0U);

    rig->send("eth0", make_udp({.from_mac = router_mac,
                                .to_mac = se_mac,
                                .from = client + ":5000",
                                .to = vip + ":53",
                                .payload = pattern(40)}));
    rig->run_for(milliseconds(19900));
    EXPECT_EQ(rig->report().flows, 1U);
    rig->run_for(milliseconds(300));
    EXPECT_EQ(rig->report().flows, 0U);
}

TEST_F(Flows, an_established_connection_outlives_many_turns_of_the_timer_wheel) {
    config.services[0].tcp_idle_timeout = std::chrono::hours(2);
    config.pools[0].health.clear();
    start();
    open(40000);
    rig->run_for(std::chrono::minutes(119));
    EXPECT_EQ(rig->report().flows, 1U);
    rig->run_for(std::chrono::minutes(2));
    EXPECT_EQ(rig->report().flows, 0U);
}

TEST_F(Flows, a_reset_that_the_ends_ignore_does_not_end_the_flow) {
    start();
    const TestFrame at_server = open(40000);
    rig->send("eth0", from_client(40000, rst, vip + ":80", {}, 99));
    EXPECT_EQ(newest().state, FlowState::reset);
    EXPECT_EQ(rig->report().services[0].active, 0U);
    rig->send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(5), 1001));
    EXPECT_EQ(newest().state, FlowState::established);
    EXPECT_EQ(rig->report().services[0].active, 1U);
    rig->run_for(seconds(10));
    EXPECT_EQ(rig->report().flows, 1U);
}

TEST_F(Flows, a_new_syn_on_the_ports_of_an_ended_connection_is_a_new_flow) {
    start();
    const TestFrame at_server = open(40000);
    const std::uint64_t first = newest().id;
    rig->send("eth0", from_client(40000, fin_ack, vip + ":80", {}, 1001));
    rig->send("eth0", answer_to(at_server, fin_ack));
    const auto again = rig->send("eth0", from_client(40000, syn, vip + ":80", {}, 900000));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_NE(newest().id, first);
    EXPECT_EQ(newest().state, FlowState::opening);
    EXPECT_NE(again[0].frame.to(), at_server.to()) << "scheduled anew";
    EXPECT_EQ(rig->report().flows, 1U);
}

TEST_F(Flows, the_log_tells_both_legs_the_server_and_why) {
    start();
    const TestFrame at_server = open(40000);
    rig->send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(100), 1001));
    rig->send("eth0", answer_to(at_server, psh_ack, pattern(500)));
    rig->send("eth0", answer_to(at_server, rst));
    rig->run_for(seconds(3));
    std::uint64_t cursor = 0;
    const auto first = rig->engine().report_flow_log(cursor, 1);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].state, FlowState::opening);
    const auto rest = rig->engine().report_flow_log(cursor, 100);
    ASSERT_EQ(rest.size(), 1U);
    const engine::FlowReport& f = rest[0];
    EXPECT_EQ(f.id, first[0].id);
    EXPECT_EQ(f.service, "web");
    EXPECT_EQ(f.vrf, "global");
    EXPECT_EQ(f.server, "server1");
    EXPECT_EQ(f.why, "round-robin");
    EXPECT_EQ(f.mode, engine::Mode::in_line);
    EXPECT_EQ(f.protocol, engine::Protocol::tcp);
    EXPECT_EQ(f.state, FlowState::reset);
    EXPECT_EQ(f.client.text(), client);
    EXPECT_EQ(f.client_port, 40000);
    EXPECT_EQ(f.vip.text(), vip);
    EXPECT_EQ(f.vip_port, 80);
    EXPECT_EQ(f.server_address.text(), "10.1.1.10");
    EXPECT_EQ(f.server_port, 80);
    EXPECT_EQ(f.source.text(), client);
    EXPECT_EQ(f.source_port, 40000);
    EXPECT_EQ(f.client_mac, router_mac);
    EXPECT_EQ(f.server_mac, mac(10));
    EXPECT_EQ(f.packets_in, 3U);
    EXPECT_EQ(f.bytes_in, 40U + 40 + 140);
    EXPECT_EQ(f.packets_out, 3U);
    EXPECT_EQ(f.bytes_out, 40U + 540 + 40);
    EXPECT_GE(f.last_ns, f.started_ns);
    EXPECT_TRUE(rig->engine().report_flow_log(cursor, 100).empty());
    const engine::ServiceReport s = rig->report().services[0];
    EXPECT_EQ(s.connections, 1U);
    EXPECT_EQ(s.bytes_in, f.bytes_in);
    EXPECT_EQ(s.bytes_out, f.bytes_out);
    EXPECT_EQ(s.servers[0].connections, 1U);
}

TEST_F(Flows, a_live_change_keeps_flows_whose_service_and_server_stay) {
    start();
    const TestFrame first = open(40000);  // server1
    const TestFrame second = open(40001); // server2
    ASSERT_EQ(first.to_ip(), "10.1.1.10");
    ASSERT_EQ(second.to_ip(), "10.1.1.11");
    // server1 goes, the others change places, the service gets another name and algorithm.
    config.pools[0].servers.erase(config.pools[0].servers.begin());
    std::swap(config.pools[0].servers[0], config.pools[0].servers[1]);
    config.pools[0].algorithm = engine::Algorithm::least_connections;
    config.services[0].name = "renamed";
    ASSERT_TRUE(rig->engine().configure(config));

    const auto kept = rig->send("eth0", from_client(40001, psh_ack, vip + ":80", pattern(9), 1001));
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].frame.to(), second.to());
    EXPECT_EQ(rig->send("eth0", answer_to(second, psh_ack, pattern(3))).at(0).frame.from(), vip + ":80");
    EXPECT_EQ(newest().service, "renamed");
    EXPECT_EQ(newest().server, "server2");
    EXPECT_TRUE(rig->send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(9), 1001)).empty());
    EXPECT_EQ(rig->drops("no-flow"), 1U);
    EXPECT_EQ(rig->report().flows, 1U);
    EXPECT_EQ(rig->report().services[0].servers[1].active, 1U);
    // The ended one is told with the names it had.
    EXPECT_EQ(log().back().server, "server1");
    EXPECT_EQ(log().back().service, "web");
    EXPECT_EQ(log().back().state, FlowState::closed);
}

TEST_F(Flows, a_refused_change_changes_nothing) {
    start();
    const TestFrame at_server = open(40000);
    engine::EngineConfig bad = config;
    bad.routes[0].gateway = ip("192.0.2.1"); // in no connected network
    bad.services.clear();
    EXPECT_FALSE(rig->engine().configure(bad));
    EXPECT_EQ(rig->send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(9), 1001)).size(), 1U);
    EXPECT_EQ(rig->report().services.size(), 1U);
}

TEST_F(Flows, the_flow_table_can_be_resized_while_flows_live) {
    start();
    const TestFrame at_server = open(40000);
    open(40001);
    open(40002);
    config.max_flows = 2;
    ASSERT_TRUE(rig->engine().configure(config));
    EXPECT_EQ(rig->report().flows, 2U) << "the oldest had to go";
    EXPECT_EQ(rig->report().max_flows, 2U);
    EXPECT_EQ(rig->send("eth0", from_client(40002, psh_ack, vip + ":80", pattern(9), 1001)).size(), 1U);
    EXPECT_TRUE(rig->send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(9), 1001)).empty());
    EXPECT_EQ(rig->report().services[0].active, 2U);
    config.max_flows = 1000;
    ASSERT_TRUE(rig->engine().configure(config));
    EXPECT_EQ(rig->send("eth0", from_client(40001, psh_ack, vip + ":80", pattern(9), 1001)).size(), 1U);
    rig->run_for(std::chrono::minutes(6));
    EXPECT_EQ(rig->report().flows, 0U) << "timers moved along";
}

TEST_F(Flows, counters_go_on_through_a_live_change) {
    start();
    for (std::uint16_t i = 0; i < 9; ++i) {
        open(static_cast<std::uint16_t>(40000 + i));
    }
    const std::uint64_t bytes = rig->report().services[0].bytes_in;
    config.pools[0].servers.pop_back();
    ASSERT_TRUE(rig->engine().configure(config));
    const engine::ServiceReport s = rig->report().services[0];
    EXPECT_EQ(s.connections, 9U);
    EXPECT_EQ(s.bytes_in, bytes);
    EXPECT_EQ(s.servers[0].connections, 3U);
    EXPECT_EQ(s.active, 6U);
}

TEST_F(Flows, M6_a_draining_server_finishes_what_it_has_and_gets_nothing_new) {
    start();
    const TestFrame at_server = open(40000);
    config.pools[0].servers[0].drain = true;
    ASSERT_TRUE(rig->engine().configure(config));
    EXPECT_TRUE(rig->report().services[0].servers[0].draining);
    EXPECT_TRUE(rig->report().services[0].servers[0].up);
    const auto kept = rig->send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(9), 1001));
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].frame.to(), at_server.to());
    for (std::uint16_t i = 0; i < 10; ++i) {
        EXPECT_NE(open(static_cast<std::uint16_t>(41000 + i)).to_ip(), "10.1.1.10");
    }
}

TEST_F(Flows, M5_source_ip_persistence_keeps_a_client_on_its_server_until_it_times_out) {
    config.pools[0].persistence = engine::Persistence::source_ip;
    config.pools[0].persistence_timeout = seconds(30);
    start();
    const std::string first = open(40000).to_ip();
    for (std::uint16_t i = 1; i < 10; ++i) {
        EXPECT_EQ(open(static_cast<std::uint16_t>(40000 + i)).to_ip(), first);
    }
    EXPECT_EQ(newest().why, "persistence: source-ip");
    rig->run_for(seconds(31));
    EXPECT_NE(open(41000).to_ip(), first);
}

// Shares within 1 % over 10,000 connections, as packets at the servers.
TEST_F(Flows, M5_shares_over_ten_thousand_connections) {
    struct Case {
        engine::Algorithm algorithm;
        std::vector<std::uint16_t> weights;
        std::vector<double> shares;
    };
    const std::vector<Case> cases{
        {engine::Algorithm::round_robin, {1, 1, 1}, {1 / 3.0, 1 / 3.0, 1 / 3.0}},
        {engine::Algorithm::ratio, {5, 3, 2}, {0.5, 0.3, 0.2}},
        {engine::Algorithm::least_connections, {1, 1, 1}, {1 / 3.0, 1 / 3.0, 1 / 3.0}},
        {engine::Algorithm::least_connections, {2, 1, 1}, {0.5, 0.25, 0.25}},
        {engine::Algorithm::least_load, {1, 1, 1}, {1 / 3.0, 1 / 3.0, 1 / 3.0}},
        {engine::Algorithm::fastest_response, {1, 1, 1}, {1 / 3.0, 1 / 3.0, 1 / 3.0}},
        {engine::Algorithm::maglev, {1, 1, 1}, {1 / 3.0, 1 / 3.0, 1 / 3.0}},
        {engine::Algorithm::maglev, {5, 3, 2}, {0.5, 0.3, 0.2}},
    };
    for (const Case& c : cases) {
        config = in_line_config();
        config.pools[0].algorithm = c.algorithm;
        config.pools[0].health.clear();
        for (std::size_t i = 0; i < 3; ++i) {
            config.pools[0].servers[i].weight = c.weights[i];
        }
        start();
        std::map<std::string, int> seen;
        for (int i = 0; i < 10000; ++i) {
            const auto got = rig->send(
                "eth0", make_tcp({.from_mac = router_mac,
                                  .to_mac = se_mac,
                                  .from = fmt::format("172.16.{}.{}:{}", i % 7, 1 + i % 250, 1024 + i * 5),
                                  .to = vip + ":80"}));
            ASSERT_EQ(got.size(), 1U);
            ++seen[got[0].frame.to_ip()];
        }
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_NEAR(seen[fmt::format("10.1.1.{}", 10 + i)] / 10000.0, c.shares[i], 0.01)
                << name_of(c.algorithm) << " server" << i + 1;
        }
    }
}

} // namespace
} // namespace fulcrum::test
