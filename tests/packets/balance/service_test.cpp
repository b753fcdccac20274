// What a VIP answers and what it drops, by name (SPEC M7, M13), and when there is no server.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/base/byte_order.h"
#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

constexpr std::uint8_t syn = 0x02, ack = 0x10, psh_ack = 0x18, rst = 0x04, rst_ack = 0x14;

struct ServiceTest : testing::Test {
    EngineRig rig{in_line_config(), segment_hosts()};
};

engine::EngineConfig refusing_config() {
    engine::EngineConfig config = in_line_config();
    config.services[0].closed_ports = engine::ClosedPort::refuse;
    return config;
}

TEST_F(ServiceTest, M7_a_closed_port_is_silent) {
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn, vip + ":81")).empty());
    EXPECT_TRUE(rig.send("eth0", make_udp({.from_mac = router_mac,
                                           .to_mac = se_mac,
                                           .from = client + ":5000",
                                           .to = vip + ":54",
                                           .payload = pattern(4)}))
                    .empty());
    EXPECT_EQ(rig.drops("closed-port"), 2U);
}

TEST(ServiceRefuse, M7_a_closed_port_is_refused_when_set) {
    EngineRig rig(refusing_config(), segment_hosts());
    const auto reset = rig.send("eth0", from_client(40000, syn, vip + ":81"));
    ASSERT_EQ(reset.size(), 1U);
    EXPECT_EQ(reset[0].frame.from(), vip + ":81");
    EXPECT_EQ(reset[0].frame.to(), client + ":40000");
    EXPECT_EQ(reset[0].frame.to_mac(), router_mac);
    EXPECT_EQ(reset[0].frame.tcp_flags(), rst_ack);
    EXPECT_EQ(reset[0].frame.ack(), 1001U);
    EXPECT_TRUE(reset[0].frame.l4_checksum_right());

    const auto unreachable = rig.send("eth0", make_udp({.from_mac = router_mac,
                                                        .to_mac = se_mac,
                                                        .from = client + ":5000",
                                                        .to = vip + ":54",
                                                        .payload = pattern(4)}));
    ASSERT_EQ(unreachable.size(), 1U);
    EXPECT_EQ(unreachable[0].frame.icmp_type(), 3);
    EXPECT_EQ(unreachable[0].frame.icmp_code(), 3);
    EXPECT_EQ(unreachable[0].frame.from_ip(), vip);
    EXPECT_EQ(rig.drops("closed-port"), 2U);
}

TEST(ServiceRefuse, a_segment_of_a_forgotten_connection_is_reset_when_set) {
    EngineRig rig(refusing_config(), segment_hosts());
    const auto reset = rig.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(3), 1001));
    ASSERT_EQ(reset.size(), 1U);
    EXPECT_EQ(reset[0].frame.tcp_flags(), rst);
    EXPECT_EQ(reset[0].frame.seq(), 5001U) << "the acknowledgement of what is refused";
    EXPECT_EQ(rig.drops("no-flow"), 1U);
    EXPECT_TRUE(rig.send("eth0", from_client(40000, rst)).empty()) << "a reset is never answered";
}

TEST_F(ServiceTest, N3_the_vip_answers_ping_while_placed) {
    const auto pong = rig.send("eth0", make_ping(router_mac, se_mac, client, vip, 3));
    ASSERT_EQ(pong.size(), 1U);
    EXPECT_EQ(pong[0].frame.icmp_type(), 0);
    EXPECT_EQ(pong[0].frame.from_ip(), vip);
    EXPECT_TRUE(pong[0].frame.l4_checksum_right());
    engine::EngineConfig config = in_line_config();
    config.services[0].ping_reply = false;
    ASSERT_TRUE(rig.engine().configure(config));
    EXPECT_TRUE(rig.send("eth0", make_ping(router_mac, se_mac, client, vip, 4)).empty());
}

TEST_F(ServiceTest, M13_malformed_packets_are_dropped_by_name_and_reach_nobody) {
    struct Case {
        std::string reason;
        TestFrame frame;
    };
    std::vector<Case> cases;
    const auto tcp = [](std::uint8_t flags) { return from_client(40000, flags); };
    cases.push_back({"tcp-bad-flags", tcp(0)});
    cases.push_back({"tcp-bad-flags", tcp(0x03)}); // SYN and FIN
    cases.push_back({"tcp-bad-flags", tcp(0x06)}); // SYN and RST
    cases.push_back({"tcp-bad-flags", tcp(0x29)}); // FIN, PSH, URG: "Christmas tree"
    TestFrame bad_sum = tcp(syn);
    bad_sum.bytes[51] ^= 1;
    cases.push_back({"tcp-bad-checksum", bad_sum});
    TestFrame bad_offset = tcp(syn);
    bad_offset.bytes[46] = 0xf0;
    cases.push_back({"tcp-bad-header-length", bad_offset});
    cases.push_back({"tcp-bad-port", from_client(0, syn)});
    TestFrame land = make_tcp(
        {.from_mac = router_mac, .to_mac = se_mac, .from = vip + ":80", .to = vip + ":80", .flags = syn});
    cases.push_back({"land", land});
    cases.push_back({"martian-source", make_tcp({.from_mac = router_mac,
                                                 .to_mac = se_mac,
                                                 .from = "127.0.0.1:80",
                                                 .to = vip + ":80",
                                                 .flags = syn})});
    TestFrame bad_ip_sum = tcp(syn);
    bad_ip_sum.bytes[24] ^= 1;
    cases.push_back({"ipv4-bad-checksum", bad_ip_sum});
    TestFrame bad_udp = make_udp({.from_mac = router_mac,
                                  .to_mac = se_mac,
                                  .from = client + ":5000",
                                  .to = vip + ":53",
                                  .payload = pattern(9)});
    TestFrame bad_udp_length = bad_udp;
    store_be16(bad_udp_length.bytes.data() + 38, 900);
    cases.push_back({"udp-bad-length", bad_udp_length});
    bad_udp.bytes[41] ^= 1;
    cases.push_back({"udp-bad-checksum", bad_udp});
    TestFrame short_tcp = tcp(syn);
    short_tcp.bytes.resize(34 + 10);
    store_be16(short_tcp.bytes.data() + 16, 30);
    store_be16(short_tcp.bytes.data() + 24, 0);
    store_be16(short_tcp.bytes.data() + 24, static_cast<std::uint16_t>(~plain_sum(short_tcp.bytes, 14, 34)));
    cases.push_back({"tcp-too-short", short_tcp});
    TestFrame other_protocol =
        make_tcp({.from_mac = router_mac, .to_mac = se_mac, .from = client + ":1", .to = vip + ":1"});
    other_protocol.bytes[23] = 47;
    store_be16(other_protocol.bytes.data() + 24, 0);
    store_be16(other_protocol.bytes.data() + 24,
               static_cast<std::uint16_t>(~plain_sum(other_protocol.bytes, 14, 34)));
    cases.push_back({"unknown-protocol", other_protocol});
    for (const Case& c : cases) {
        const std::uint64_t before = rig.drops(c.reason);
        EXPECT_TRUE(rig.send("eth0", c.frame).empty()) << c.reason;
        EXPECT_EQ(rig.drops(c.reason), before + 1) << c.reason;
    }
    EXPECT_EQ(rig.report().flows, 0U);
    EXPECT_EQ(rig.report().services[0].connections, 0U);
}

TEST_F(ServiceTest, M13_malformed_segments_of_a_flow_are_dropped_too) {
    rig.send("eth0", from_client(40000, syn));
    TestFrame bad_sum = from_client(40000, psh_ack, vip + ":80", pattern(20), 1001);
    bad_sum.bytes[60] ^= 1;
    EXPECT_TRUE(rig.send("eth0", bad_sum).empty());
    EXPECT_TRUE(rig.send("eth0", from_client(40000, 0x06, vip + ":80")).empty());
    EXPECT_EQ(rig.drops("tcp-bad-checksum"), 1U);
    EXPECT_EQ(rig.drops("tcp-bad-flags"), 1U);
    EXPECT_EQ(rig.engine().report_flows(1)[0].packets_in, 1U);
}

TEST_F(ServiceTest, a_fragmented_datagram_is_put_together_and_balanced_as_one) {
    const TestFrame whole = make_udp({.from_mac = router_mac,
                                      .to_mac = se_mac,
                                      .from = client + ":5000",
                                      .to = vip + ":53",
                                      .payload = pattern(2000)});
    const auto fragment = [&whole](std::size_t from, std::size_t size, bool more) {
        TestFrame f;
        f.bytes.assign(whole.bytes.begin(), whole.bytes.begin() + 34);
        f.bytes.insert(f.bytes.end(), whole.bytes.begin() + 34 + static_cast<std::ptrdiff_t>(from),
                       whole.bytes.begin() + 34 + static_cast<std::ptrdiff_t>(from + size));
        store_be16(f.bytes.data() + 16, static_cast<std::uint16_t>(20 + size));
        store_be16(f.bytes.data() + 20, static_cast<std::uint16_t>((more ? 0x2000 : 0) | from / 8));
        store_be16(f.bytes.data() + 24, 0);
        store_be16(f.bytes.data() + 24, static_cast<std::uint16_t>(~plain_sum(f.bytes, 14, 34)));
        return f;
    };
    EXPECT_TRUE(rig.send("eth0", fragment(1400, 608, false)).empty());
    const auto got = rig.send("eth0", fragment(0, 1400, true));
    ASSERT_EQ(got.size(), 2U) << "cut again for the server's link";
    std::size_t payload = 0;
    for (const SeenFrame& s : got) {
        EXPECT_EQ(s.frame.to_ip(), "10.1.1.10");
        EXPECT_TRUE(s.frame.ip_checksum_right());
        payload += s.frame.total_length() - 20U;
    }
    EXPECT_EQ(payload, 2008U);
    EXPECT_EQ(rig.report().flows, 1U);
}

TEST(ServiceUnavailable, what_does_not_exist_yet_says_so_and_drops_by_name) {
    engine::EngineConfig config = in_line_config();
    config.services[0].attachment = engine::Attachment::bgp;
    EngineRig rig(config, segment_hosts());
    rig.arps().clear();
    rig.send("eth0", make_arp(false, router_mac, Mac::broadcast(), "10.1.1.254", vip));
    EXPECT_TRUE(rig.arps().empty()) << "not placed: no ARP";
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn)).empty());
    EXPECT_EQ(rig.drops("not-available"), 1U);
    const engine::ServiceReport service = rig.report().services[0];
    EXPECT_FALSE(service.placed);
    EXPECT_EQ(service.servers[0].why, "not available yet: VIP by BGP");
    EXPECT_TRUE(rig.probes().empty());
}

TEST_F(ServiceTest, M6_with_every_server_down_a_new_connection_gets_nowhere) {
    for (const char* address : {"10.1.1.10", "10.1.1.11", "10.1.1.12"}) {
        rig.host(address).alive = false;
    }
    rig.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn)).empty());
    EXPECT_EQ(rig.drops("no-server"), 1U);
    engine::EngineConfig config = refusing_config();
    ASSERT_TRUE(rig.engine().configure(config));
    const auto reset = rig.send("eth0", from_client(40001, syn));
    ASSERT_EQ(reset.size(), 1U);
    EXPECT_EQ(reset[0].frame.tcp_flags(), rst_ack);
    EXPECT_EQ(rig.drops("no-server"), 2U);
}

TEST(ServiceLimits, a_full_flow_table_is_a_counted_drop_and_existing_flows_go_on) {
    engine::EngineConfig config = in_line_config();
    config.max_flows = 10;
    EngineRig rig(config, segment_hosts());
    for (std::uint16_t i = 0; i < 15; ++i) {
        EXPECT_EQ(rig.send("eth0", from_client(static_cast<std::uint16_t>(40000 + i), syn)).size(),
                  i < 10 ? 1U : 0U);
    }
    EXPECT_EQ(rig.drops("flow-table-full"), 5U);
    EXPECT_EQ(rig.send("eth0", from_client(40003, syn)).size(), 1U) << "a repeated SYN of a flow that exists";
    rig.run_for(std::chrono::seconds(11)); // none was answered: they end
    EXPECT_EQ(rig.report().flows, 0U);
    EXPECT_EQ(rig.send("eth0", from_client(41000, syn)).size(), 1U);
    EXPECT_EQ(rig.report().flow_bytes, 208U);
}

TEST_F(ServiceTest, the_engines_own_address_serves_nobody) {
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn, "10.1.1.2:80")).empty());
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn, "10.1.1.1:80")).empty());
    EXPECT_EQ(rig.drops("closed-port"), 2U);
}

TEST_F(ServiceTest, an_idle_engine_sleeps) {
    rig.send("eth0", from_client(40000, syn));
    rig.run_for(std::chrono::seconds(5));
    const std::uint64_t turns = rig.turns();
    rig.run_for(std::chrono::seconds(60));
    EXPECT_EQ(rig.idle_spins(), 0U);
    // Six probes a second with their answers, one housekeeping turn, a neighbour question now and then.
    EXPECT_LT(rig.turns() - turns, 60U * 12);
}

TEST(ServiceQuiet, an_engine_without_probes_sleeps_for_a_second_at_a_time) {
    engine::EngineConfig config = in_line_config();
    config.pools[0].health.clear();
    EngineRig rig(config, segment_hosts());
    rig.run_for(std::chrono::seconds(20));
    const std::uint64_t turns = rig.turns();
    rig.run_for(std::chrono::seconds(60));
    EXPECT_LE(rig.turns() - turns, 125U);
    EXPECT_EQ(rig.report().services[0].servers[0].why, "no health check");
    EXPECT_TRUE(rig.report().services[0].servers[0].up);
}

TEST_F(ServiceTest, a_link_that_went_away_and_came_back_is_announced_on_again) {
    rig.run_for(std::chrono::seconds(10));
    rig.set_link("eth0", false);
    rig.run_for(std::chrono::seconds(3));
    rig.set_link("eth0", true);
    rig.arps().clear();
    rig.run_for(std::chrono::seconds(3));
    rig.send("eth0", from_client(40000, syn));
    rig.run_for(std::chrono::seconds(1));
    bool announced = false;
    for (const SeenFrame& arp : rig.arps()) {
        announced = announced ||
                    (arp.frame.be32(28) == arp.frame.be32(38) && arp.frame.be32(28) == ip(vip).v4_value());
    }
    EXPECT_TRUE(announced);
}

} // namespace
} // namespace fulcrum::test
