// M3: in L2 DSR only the MAC addresses change.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

constexpr std::uint8_t syn = 0x02, ack = 0x10, psh_ack = 0x18, fin_ack = 0x11;

struct L2Dsr : testing::Test {
    EngineRig rig{l2_dsr_config(), segment_hosts()};

    TestFrame one(const std::vector<SeenFrame>& frames) {
        EXPECT_EQ(frames.size(), 1U);
        return frames.empty() ? TestFrame{Bytes(64), {}} : frames[0].frame;
    }
    static void expect_only_macs_changed(const TestFrame& got, const TestFrame& sent, const Mac& server) {
        EXPECT_EQ(got.from_mac(), se_mac);
        EXPECT_EQ(got.to_mac(), server);
        EXPECT_EQ(Bytes(got.bytes.begin() + 12, got.bytes.end()),
                  Bytes(sent.bytes.begin() + 12, sent.bytes.end()));
        EXPECT_EQ(got.meta, sent.meta);
    }
};

TEST_F(L2Dsr, M3_every_frame_of_a_connection_is_untouched_but_for_its_macs) {
    const TestFrame opening = from_client(40000, syn);
    expect_only_macs_changed(one(rig.send("eth0", opening)), opening, mac(10));
    const TestFrame answer = from_client(40000, ack, vip + ":80", {}, 1001);
    expect_only_macs_changed(one(rig.send("eth0", answer)), answer, mac(10));
    const TestFrame request = from_client(40000, psh_ack, vip + ":80", pattern(777), 1001);
    expect_only_macs_changed(one(rig.send("eth0", request)), request, mac(10));
}

TEST_F(L2Dsr, M3_a_gso_frame_passes_whole_and_untouched) {
    rig.send("eth0", from_client(40000, syn));
    const TestFrame large = make_gso_tcp({.from_mac = router_mac,
                                          .to_mac = se_mac,
                                          .from = client + ":40000",
                                          .to = vip + ":80",
                                          .flags = psh_ack,
                                          .seq = 1001,
                                          .ack = 5001,
                                          .payload = pattern(64000)},
                                         1448);
    expect_only_macs_changed(one(rig.send("eth0", large)), large, mac(10));
}

TEST_F(L2Dsr, M3_udp_is_untouched_too) {
    const TestFrame sent = make_udp({.from_mac = router_mac,
                                     .to_mac = se_mac,
                                     .from = client + ":5000",
                                     .to = vip + ":53",
                                     .payload = pattern(100)});
    expect_only_macs_changed(one(rig.send("eth0", sent)), sent, mac(10));
    EXPECT_EQ(rig.engine().report_flows(1)[0].state, engine::FlowState::established);
}

TEST_F(L2Dsr, M7_the_engine_is_no_router_for_anybody) {
    EXPECT_TRUE(rig.send("eth0", make_ping(mac(11), se_mac, "10.1.1.11", client, 1)).empty());
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn, "10.1.1.10:80")).empty());
    EXPECT_EQ(rig.drops("not-for-us"), 2U);
}

TEST_F(L2Dsr, an_icmp_error_about_the_answers_goes_to_the_server_untouched) {
    rig.send("eth0", from_client(40000, syn));
    const TestFrame answer = make_tcp({.from_mac = mac(10),
                                       .to_mac = router_mac,
                                       .from = vip + ":80",
                                       .to = client + ":40000",
                                       .flags = psh_ack,
                                       .payload = pattern(900)});
    const TestFrame error = make_icmp_error(router_mac, se_mac, "172.16.9.9", vip, 3, 4, 1300, answer, 28);
    expect_only_macs_changed(one(rig.send("eth0", error)), error, mac(10));
}

TEST(L2DsrMtu, a_smaller_server_link_is_told_by_the_vip) {
    engine::EngineConfig config = l2_dsr_config();
    config.interfaces.push_back(
        {.name = "eth1", .mac = mac(3), .mtu_bytes = 1000, .addresses = {*IpPrefix::parse("10.1.2.2/24")}});
    config.pools[0].servers = {{.name = "server1", .address = ip("10.1.2.10")}};
    std::vector<Host> hosts = segment_hosts(0);
    hosts.push_back({.interface = "eth1", .address = ip("10.1.2.10"), .mac = mac(10)});
    EngineRig rig(config, hosts);
    ASSERT_EQ(rig.send("eth0", from_client(40000, syn)).size(), 1U);
    const auto told = rig.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(1200), 1001));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].interface, "eth0");
    EXPECT_EQ(told[0].frame.from_ip(), vip);
    EXPECT_EQ(told[0].frame.icmp_type(), 3);
    EXPECT_EQ(told[0].frame.icmp_code(), 4);
    EXPECT_EQ(told[0].frame.be16(told[0].frame.l4() + 6), 1000);
    // A GSO frame whose segments fit passes, however large it is as a whole.
    const TestFrame large = make_gso_tcp({.from_mac = router_mac,
                                          .to_mac = se_mac,
                                          .from = client + ":40000",
                                          .to = vip + ":80",
                                          .flags = psh_ack,
                                          .payload = pattern(9000)},
                                         900);
    EXPECT_EQ(rig.send("eth0", large).size(), 1U);
}

TEST(L2DsrMaglev, after_a_restart_connections_find_their_servers_again) {
    engine::EngineConfig config = l2_dsr_config();
    config.pools[0].algorithm = engine::Algorithm::maglev;
    std::map<std::uint16_t, Mac> chosen;
    {
        EngineRig before(config, segment_hosts());
        for (std::uint16_t port = 40000; port < 40100; ++port) {
            const auto got = before.send("eth0", from_client(port, syn));
            ASSERT_EQ(got.size(), 1U);
            chosen[port] = got[0].frame.to_mac();
        }
    }
    EngineRig after(config, segment_hosts());
    for (const auto& [port, server] : chosen) {
        const auto got = after.send("eth0", from_client(port, psh_ack, vip + ":80", pattern(10), 1001));
        ASSERT_EQ(got.size(), 1U);
        EXPECT_EQ(got[0].frame.to_mac(), server);
    }
    EXPECT_NE(after.engine().report_flows(1)[0].why.find("before this engine"), std::string::npos);
    EXPECT_EQ(after.engine().report_flows(1)[0].state, engine::FlowState::opening)
        << "one stray segment proves nothing";
    after.send("eth0", from_client(40099, psh_ack, vip + ":80", pattern(10), 1011));
    EXPECT_EQ(after.engine().report_flows(1)[0].state, engine::FlowState::established);
}

TEST(InLineMaglev, a_connection_from_before_a_restart_goes_on_both_ways) {
    engine::EngineConfig config = in_line_config();
    config.pools[0].algorithm = engine::Algorithm::maglev;
    EngineRig before(config, segment_hosts());
    const auto opened = before.send("eth0", from_client(40000, syn));
    ASSERT_EQ(opened.size(), 1U);
    EngineRig after(config, segment_hosts());
    const auto in = after.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(10), 1001));
    ASSERT_EQ(in.size(), 1U);
    EXPECT_EQ(in[0].frame.to(), opened[0].frame.to());
    const auto out = after.send("eth0", answer_to(in[0].frame, psh_ack, pattern(50)));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].frame.from(), vip + ":80");
    after.send("eth0", from_client(40000, ack, vip + ":80", {}, 1011));
    EXPECT_EQ(after.engine().report_flows(1)[0].state, engine::FlowState::established);
}

TEST_F(L2Dsr, without_a_hash_a_connection_from_before_a_restart_is_not_guessed_at) {
    EXPECT_TRUE(rig.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(10), 1001)).empty());
    EXPECT_EQ(rig.drops("no-flow"), 1U);
}

TEST_F(L2Dsr, a_client_that_has_finished_ends_the_flow_soon) {
    rig.send("eth0", from_client(40000, syn));
    rig.send("eth0", from_client(40000, ack, vip + ":80", {}, 1001));
    rig.send("eth0", from_client(40000, fin_ack, vip + ":80", {}, 1001));
    EXPECT_EQ(rig.engine().report_flows(1)[0].state, engine::FlowState::closing);
    rig.run_for(std::chrono::seconds(11));
    EXPECT_EQ(rig.report().flows, 0U);
    std::uint64_t cursor = 0;
    const auto log = rig.engine().report_flow_log(cursor, 10);
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[1].state, engine::FlowState::closed);
    EXPECT_EQ(log[1].packets_out, 0U);
}

} // namespace
} // namespace fulcrum::test
