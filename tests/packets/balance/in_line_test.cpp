// M2: in-line is a router that translates the destination, seen packet by packet.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

constexpr std::uint8_t syn = 0x02, ack = 0x10, syn_ack = 0x12, psh_ack = 0x18, rst = 0x04;

struct InLine : testing::Test {
    EngineRig rig{in_line_config(), segment_hosts()};

    TestFrame one(const std::vector<SeenFrame>& frames) {
        EXPECT_EQ(frames.size(), 1U);
        return frames.empty() ? TestFrame{Bytes(64), {}} : frames[0].frame;
    }
    // A connection that client port `port` has opened; returns its SYN as the server saw it.
    TestFrame open(std::uint16_t port) {
        const TestFrame at_server = one(rig.send("eth0", from_client(port, syn)));
        rig.send("eth0", answer_to(at_server, syn_ack));
        rig.send("eth0", from_client(port, ack, vip + ":80", {}, 1001));
        return at_server;
    }
};

TEST_F(InLine, M2_a_syn_reaches_the_server_with_a_new_destination_and_nothing_else_changed) {
    const TestFrame sent = from_client(40000, syn);
    const TestFrame got = one(rig.send("eth0", sent));
    EXPECT_EQ(got.from_mac(), se_mac);
    EXPECT_EQ(got.to_mac(), mac(10));
    EXPECT_EQ(got.from(), client + ":40000");
    EXPECT_EQ(got.to(), "10.1.1.10:80");
    EXPECT_EQ(got.ttl(), 62);
    EXPECT_TRUE(got.ip_checksum_right());
    EXPECT_TRUE(got.l4_checksum_right());
    // Everything else is byte for byte what was sent: put back what must change, and compare.
    TestFrame back = got;
    std::copy_n(sent.bytes.begin(), 12, back.bytes.begin());
    for (const std::size_t at :
         {22U, 24U, 25U, 30U, 31U, 32U, 33U, 50U, 51U}) { // TTL, checksum, destination, TCP sum
        back.bytes[at] = sent.bytes[at];
    }
    EXPECT_EQ(back.bytes, sent.bytes);
}

TEST_F(InLine, M2_the_answer_goes_back_with_the_vip_as_its_source) {
    const TestFrame at_server = one(rig.send("eth0", from_client(40000, syn)));
    const TestFrame got = one(rig.send("eth0", answer_to(at_server, syn_ack)));
    EXPECT_EQ(got.from_mac(), se_mac);
    EXPECT_EQ(got.to_mac(), router_mac);
    EXPECT_EQ(got.from(), vip + ":80");
    EXPECT_EQ(got.to(), client + ":40000");
    EXPECT_EQ(got.ttl(), 63);
    EXPECT_EQ(got.seq(), 5000U);
    EXPECT_EQ(got.ack(), 1001U);
    EXPECT_TRUE(got.ip_checksum_right());
    EXPECT_TRUE(got.l4_checksum_right());
}

TEST_F(InLine, M2_data_stays_on_the_chosen_server_both_ways) {
    const TestFrame at_server = open(40000);
    const Bytes request = pattern(333);
    const TestFrame in = one(rig.send("eth0", from_client(40000, psh_ack, vip + ":80", request, 1001)));
    EXPECT_EQ(in.to(), at_server.to());
    EXPECT_EQ(in.l4_payload(), request);
    EXPECT_TRUE(in.l4_checksum_right());
    const TestFrame out = one(rig.send("eth0", answer_to(at_server, psh_ack, pattern(1000))));
    EXPECT_EQ(out.from(), vip + ":80");
    EXPECT_EQ(out.l4_payload(), pattern(1000));
    EXPECT_TRUE(out.l4_checksum_right());
}

TEST_F(InLine, M5_round_robin_uses_every_server_in_turn) {
    std::map<std::string, int> seen;
    for (int i = 0; i < 30; ++i) {
        ++seen[one(rig.send("eth0", from_client(static_cast<std::uint16_t>(40000 + i), syn))).to()];
    }
    EXPECT_EQ(seen,
              (std::map<std::string, int>{{"10.1.1.10:80", 10}, {"10.1.1.11:80", 10}, {"10.1.1.12:80", 10}}));
}

TEST_F(InLine, a_64_KB_segment_with_a_partial_checksum_passes_whole_both_ways) {
    const TestFrame at_server = open(40000);
    const Bytes payload = pattern(65000);
    const TcpSpec to_vip{.from_mac = router_mac,
                         .to_mac = se_mac,
                         .from = client + ":40000",
                         .to = vip + ":80",
                         .flags = psh_ack,
                         .seq = 1001,
                         .ack = 5001,
                         .payload = payload};
    const TestFrame sent = make_gso_tcp(to_vip, 1448);
    const TestFrame in = one(rig.send("eth0", sent));
    EXPECT_EQ(in.bytes.size(), sent.bytes.size());
    EXPECT_EQ(in.meta, sent.meta);
    EXPECT_EQ(in.to(), at_server.to());
    EXPECT_EQ(in.l4_payload(), payload);
    EXPECT_TRUE(in.ip_checksum_right());
    EXPECT_TRUE(in.l4_checksum_partial_right());

    const TestFrame answer = make_gso_tcp({.from_mac = at_server.to_mac(),
                                           .to_mac = se_mac,
                                           .from = at_server.to(),
                                           .to = client + ":40000",
                                           .flags = psh_ack,
                                           .seq = 5001,
                                           .ack = 1001,
                                           .payload = payload},
                                          1448);
    const TestFrame out = one(rig.send("eth0", answer));
    EXPECT_EQ(out.meta, answer.meta);
    EXPECT_EQ(out.from(), vip + ":80");
    EXPECT_EQ(out.l4_payload(), payload);
    EXPECT_TRUE(out.ip_checksum_right());
    EXPECT_TRUE(out.l4_checksum_partial_right());
    EXPECT_EQ(rig.report().interfaces[0].largest_tx_bytes, sent.bytes.size());
}

TEST(InLinePorts, M8_a_port_is_translated_and_back) {
    engine::EngineConfig config = in_line_config();
    config.services[0].ports = {{engine::Protocol::tcp, 80, 8080}, {engine::Protocol::udp, 53, 5353}};
    config.pools[0].servers[1].port = 9090; // a server's own port wins
    EngineRig rig(config, segment_hosts());
    auto first = rig.send("eth0", from_client(40000, syn));
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].frame.to(), "10.1.1.10:8080");
    EXPECT_TRUE(first[0].frame.l4_checksum_right());
    auto second = rig.send("eth0", from_client(40001, syn));
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].frame.to(), "10.1.1.11:9090");
    auto back = rig.send("eth0", answer_to(second[0].frame, syn_ack));
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].frame.from(), vip + ":80");
    EXPECT_TRUE(back[0].frame.l4_checksum_right());
}

TEST_F(InLine, M8_udp_goes_both_ways) {
    const TestFrame in = one(rig.send("eth0", make_udp({.from_mac = router_mac,
                                                        .to_mac = se_mac,
                                                        .from = client + ":5000",
                                                        .to = vip + ":53",
                                                        .payload = pattern(40)})));
    EXPECT_EQ(in.to(), "10.1.1.10:53");
    EXPECT_EQ(in.from(), client + ":5000");
    EXPECT_TRUE(in.ip_checksum_right());
    EXPECT_TRUE(in.l4_checksum_right());
    const TestFrame out = one(rig.send("eth0", make_udp({.from_mac = mac(10),
                                                         .to_mac = se_mac,
                                                         .from = "10.1.1.10:53",
                                                         .to = client + ":5000",
                                                         .payload = pattern(80)})));
    EXPECT_EQ(out.from(), vip + ":53");
    EXPECT_EQ(out.to_mac(), router_mac);
    EXPECT_TRUE(out.l4_checksum_right());
}

TEST_F(InLine, a_udp_datagram_without_checksum_stays_without) {
    const TestFrame in = one(rig.send("eth0", make_udp({.from_mac = router_mac,
                                                        .to_mac = se_mac,
                                                        .from = client + ":5000",
                                                        .to = vip + ":53",
                                                        .payload = pattern(40),
                                                        .checksum = false})));
    EXPECT_EQ(in.to(), "10.1.1.10:53");
    EXPECT_EQ(in.be16(in.l4() + 6), 0);
}

TEST_F(InLine, an_icmp_error_about_the_clients_packet_comes_back_in_the_vips_voice) {
    const TestFrame at_server = open(40000);
    // A router behind says "fragmentation needed" about what it got: client → server.
    TestFrame lost = at_server;
    const TestFrame error = make_icmp_error(mac(10), se_mac, "10.1.1.10", client, 3, 4, 1400, lost, 20 + 20);
    const TestFrame got = one(rig.send("eth0", error));
    EXPECT_EQ(got.to_mac(), router_mac);
    EXPECT_EQ(got.from_ip(), vip);
    EXPECT_EQ(got.to_ip(), client);
    EXPECT_EQ(got.icmp_type(), 3);
    EXPECT_EQ(got.icmp_code(), 4);
    EXPECT_EQ(got.be16(got.l4() + 6), 1400);
    EXPECT_TRUE(got.ip_checksum_right());
    EXPECT_TRUE(got.l4_checksum_right());
    // The quote is what the client sent: to the VIP, with checksums that are right for that.
    TestFrame quoted{Bytes(14), {}};
    quoted.bytes.insert(quoted.bytes.end(), got.bytes.begin() + 42, got.bytes.end());
    EXPECT_EQ(quoted.from(), client + ":40000");
    EXPECT_EQ(quoted.to(), vip + ":80");
    EXPECT_TRUE(quoted.ip_checksum_right());
    EXPECT_TRUE(quoted.l4_checksum_right());
}

TEST_F(InLine, an_icmp_error_about_the_servers_packet_goes_to_the_server) {
    const TestFrame at_server = open(40000);
    const TestFrame at_client = one(rig.send("eth0", answer_to(at_server, psh_ack, pattern(900))));
    // A router in front says so about what it got: VIP → client. Only 8 bytes of TCP are quoted.
    const TestFrame error = make_icmp_error(router_mac, se_mac, "172.16.9.9", vip, 3, 4, 1300, at_client, 28);
    const TestFrame got = one(rig.send("eth0", error));
    EXPECT_EQ(got.to_mac(), at_server.to_mac());
    EXPECT_EQ(got.from_ip(), "172.16.9.9");
    EXPECT_EQ(got.to_ip(), at_server.to_ip());
    EXPECT_TRUE(got.ip_checksum_right());
    EXPECT_TRUE(got.l4_checksum_right());
    TestFrame quoted{Bytes(14), {}};
    quoted.bytes.insert(quoted.bytes.end(), got.bytes.begin() + 42, got.bytes.end());
    EXPECT_EQ(quoted.from(), at_server.to());
    EXPECT_EQ(quoted.to(), client + ":40000");
    EXPECT_TRUE(quoted.ip_checksum_right());
}

TEST_F(InLine, a_ttl_that_has_run_out_is_told_and_quotes_what_the_client_sent) {
    TestFrame syn_with_ttl_1 = make_tcp(
        {.from_mac = router_mac, .to_mac = se_mac, .from = client + ":40000", .to = vip + ":80", .ttl = 1});
    const TestFrame got = one(rig.send("eth0", syn_with_ttl_1));
    EXPECT_EQ(got.protocol(), 1);
    EXPECT_EQ(got.icmp_type(), 11);
    EXPECT_EQ(got.to_ip(), client);
    TestFrame quoted{Bytes(14), {}};
    quoted.bytes.insert(quoted.bytes.end(), got.bytes.begin() + 42, got.bytes.end());
    EXPECT_EQ(quoted.to(), vip + ":80");
    EXPECT_EQ(rig.drops("ttl-expired"), 1U);
}

TEST(InLineMtu, a_packet_too_big_for_the_servers_link_is_told) {
    engine::EngineConfig config = in_line_config();
    config.interfaces.push_back({.name = "eth1",
                                 .mac = mac(3),
                                 .mtu_bytes = 1000,
                                 .addresses = {*IpPrefix::parse("10.1.2.2/24")},
                                 .floating = {ip("10.1.2.1")}});
    for (int i = 0; i < 3; ++i) {
        config.pools[0].servers[static_cast<std::size_t>(i)].address = ip(fmt::format("10.1.2.{}", 10 + i));
    }
    std::vector<Host> hosts = segment_hosts(0);
    for (int i = 0; i < 3; ++i) {
        hosts.push_back(
            {.interface = "eth1", .address = ip(fmt::format("10.1.2.{}", 10 + i)), .mac = mac(10 + i)});
    }
    EngineRig rig(config, hosts);
    auto opened = rig.send("eth0", from_client(40000, syn));
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_EQ(opened[0].interface, "eth1");
    EXPECT_EQ(opened[0].frame.from_mac(), mac(3));

    const auto told = rig.send("eth0", from_client(40000, ack, vip + ":80", pattern(1100), 1001));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].interface, "eth0");
    EXPECT_EQ(told[0].frame.icmp_type(), 3);
    EXPECT_EQ(told[0].frame.icmp_code(), 4);
    EXPECT_EQ(told[0].frame.be16(told[0].frame.l4() + 6), 1000);
    EXPECT_EQ(rig.drops("too-big"), 1U);

    // Without Don't Fragment it is cut.
    TestFrame soft = make_tcp({.from_mac = router_mac,
                               .to_mac = se_mac,
                               .from = client + ":40000",
                               .to = vip + ":80",
                               .flags = ack,
                               .seq = 1001,
                               .ack = 5001,
                               .dont_fragment = false,
                               .payload = pattern(1100)});
    const auto pieces = rig.send("eth0", soft);
    ASSERT_EQ(pieces.size(), 2U);
    EXPECT_EQ(pieces[0].frame.to_ip(), "10.1.2.10");
    EXPECT_EQ(pieces[1].frame.to_ip(), "10.1.2.10");
    EXPECT_LE(pieces[0].frame.total_length(), 1000);
}

// Answers went to the gateway of the SE's default route, whichever router the client was behind.
TEST_F(InLine, N6_answers_go_to_the_router_that_the_request_came_from) {
    const Mac other_router = mac(253), after = mac(252);
    TestFrame request = from_client(40000, syn);
    std::copy_n(other_router.bytes.begin(), 6, request.bytes.begin() + 6);
    const TestFrame at_server = one(rig.send("eth0", request));
    EXPECT_EQ(one(rig.send("eth0", answer_to(at_server, syn_ack))).to_mac(), other_router);
    // The uplink's MAC changes in the middle of the flow.
    TestFrame next = from_client(40000, ack, vip + ":80", {}, 1001);
    std::copy_n(after.bytes.begin(), 6, next.bytes.begin() + 6);
    rig.send("eth0", next);
    const TestFrame answer = one(rig.send("eth0", answer_to(at_server, psh_ack, pattern(100))));
    EXPECT_EQ(answer.to_mac(), after);
    EXPECT_EQ(answer.from(), vip + ":80");
    EXPECT_TRUE(answer.l4_checksum_right());
}

TEST(InLineRouted, N6_without_auto_gateway_answers_go_by_the_routes) {
    engine::EngineConfig config = in_line_config();
    config.auto_gateway = false;
    EngineRig rig{config, segment_hosts()};
    TestFrame request = from_client(40000, syn);
    std::copy_n(mac(253).bytes.begin(), 6, request.bytes.begin() + 6);
    const auto at_server = rig.send("eth0", request);
    ASSERT_EQ(at_server.size(), 1U);
    const auto answer = rig.send("eth0", answer_to(at_server[0].frame, syn_ack));
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].frame.to_mac(), router_mac);
}

TEST_F(InLine, N3_what_servers_start_themselves_is_routed) {
    const TestFrame ping = make_ping(mac(11), se_mac, "10.1.1.11", client, 1);
    const TestFrame got = one(rig.send("eth0", ping));
    EXPECT_EQ(got.to_mac(), router_mac);
    EXPECT_EQ(got.from_ip(), "10.1.1.11");
    EXPECT_EQ(got.to_ip(), client);
    EXPECT_EQ(got.ttl(), 63);
    EXPECT_TRUE(got.ip_checksum_right());
}

TEST(InLineStandby, a_standby_engine_neither_routes_nor_serves_nor_answers_arp) {
    engine::EngineConfig config = in_line_config();
    config.role = engine::Role::standby;
    EngineRig rig(config, segment_hosts());
    EXPECT_TRUE(rig.send("eth0", from_client(40000, syn)).empty());
    EXPECT_EQ(rig.drops("standby"), 1U);
    EXPECT_TRUE(rig.send("eth0", make_ping(mac(11), se_mac, "10.1.1.11", client, 1)).empty());
    EXPECT_EQ(rig.drops("not-for-us"), 1U);
    rig.arps().clear();
    rig.send("eth0", make_arp(false, router_mac, Mac::broadcast(), "10.1.1.254", vip));
    rig.send("eth0", make_arp(false, router_mac, Mac::broadcast(), "10.1.1.254", "10.1.1.1"));
    EXPECT_TRUE(rig.arps().empty());
    EXPECT_FALSE(rig.probes().empty()) << "a standby engine probes for itself";
    EXPECT_FALSE(rig.report().services[0].placed);
}

TEST_F(InLine, N3_vip_and_floating_address_are_announced_and_answered) {
    rig.run_for(std::chrono::seconds(10));
    std::map<std::string, int> announced;
    for (const SeenFrame& arp : rig.arps()) {
        if (arp.frame.be32(28) == arp.frame.be32(38)) { // sender is target: gratuitous
            ++announced[IpAddress::v4(arp.frame.be32(28)).text()];
            EXPECT_EQ(arp.frame.to_mac(), Mac::broadcast());
            EXPECT_EQ(arp.frame.from_mac(), se_mac);
        }
    }
    EXPECT_EQ(announced[vip], 3);
    EXPECT_EQ(announced["10.1.1.1"], 3);
    for (const std::string& address : {vip, std::string("10.1.1.1"), std::string("10.1.1.2")}) {
        rig.arps().clear();
        rig.send("eth0", make_arp(false, router_mac, Mac::broadcast(), "10.1.1.254", address));
        ASSERT_EQ(rig.arps().size(), 1U) << address;
        EXPECT_EQ(rig.arps()[0].frame.to_mac(), router_mac);
        EXPECT_EQ(IpAddress::v4(rig.arps()[0].frame.be32(28)).text(), address);
    }
}

TEST_F(InLine, two_flows_of_one_client_port_never_share_a_return_path) {
    // Two services with one pool of one server: the second flow from the same client port would be answered
    // with the first one's VIP.
    engine::EngineConfig config = in_line_config();
    config.pools[0].servers.resize(1);
    config.services.push_back(config.services[0]);
    config.services[1].name = "other";
    config.services[1].vip = ip("10.1.1.101");
    EngineRig single(config, segment_hosts());
    EXPECT_EQ(single.send("eth0", from_client(40000, syn)).size(), 1U);
    EXPECT_TRUE(single.send("eth0", from_client(40000, syn, "10.1.1.101:80")).empty());
    EXPECT_EQ(single.drops("port-conflict"), 1U);
    // With a second server there is a way out, and the log says so.
    config.pools[0].servers.push_back({.name = "server2", .address = ip("10.1.1.11")});
    config.pools[0].persistence = engine::Persistence::source_ip;
    EngineRig both(config, segment_hosts());
    const TestFrame first = one(both.send("eth0", from_client(40000, syn)));
    const TestFrame second = one(both.send("eth0", from_client(40000, syn, "10.1.1.101:80")));
    EXPECT_NE(first.to(), second.to());
    EXPECT_EQ(one(both.send("eth0", answer_to(second, syn_ack))).from(), "10.1.1.101:80");
    EXPECT_NE(both.engine().report_flows(1)[0].why.find("second choice"), std::string::npos);
}

TEST_F(InLine, a_servers_new_mac_is_followed_by_flows_that_exist) {
    open(40000);
    rig.host("10.1.1.10").mac = mac(110);
    // It announces itself, as a replaced machine does.
    rig.send("eth0", make_arp(false, mac(110), Mac::broadcast(), "10.1.1.10", "10.1.1.10"));
    rig.run_for(std::chrono::milliseconds(300));
    const TestFrame got = one(rig.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(10), 1001)));
    EXPECT_EQ(got.to_mac(), mac(110));
}

TEST_F(InLine, a_reset_from_either_side_is_passed_on_and_ends_the_flow) {
    const TestFrame at_server = open(40000);
    EXPECT_EQ(one(rig.send("eth0", answer_to(at_server, rst))).tcp_flags(), rst);
    EXPECT_EQ(rig.report().services[0].active, 0U);
    rig.run_for(std::chrono::seconds(3));
    EXPECT_EQ(rig.report().flows, 0U);
}

} // namespace
} // namespace fulcrum::test
