// M8: UDP through a full proxy: both endpoints are translated.
#include <gtest/gtest.h>

#include <set>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

TEST(FullProxyUdp, M8_servers_see_the_engine_and_clients_see_the_vip) {
    engine::EngineConfig config = in_line_config();
    config.interfaces[0].floating.clear();
    config.services[0].mode = engine::Mode::full_proxy;
    EngineRig rig(config, segment_hosts());
    const TestFrame question = make_udp({.from_mac = router_mac,
                                         .to_mac = se_mac,
                                         .from = client + ":5000",
                                         .to = vip + ":53",
                                         .payload = pattern(100)});
    auto out = rig.send("eth0", question);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].frame.from_ip(), "10.1.1.2");
    EXPECT_TRUE(out[0].frame.to().ends_with(":53"));
    EXPECT_TRUE(out[0].frame.ip_checksum_right());
    EXPECT_TRUE(out[0].frame.l4_checksum_right());
    EXPECT_EQ(out[0].frame.l4_payload(), pattern(100));
    const std::string source = out[0].frame.from(), server = out[0].frame.to();

    out = rig.send("eth0", make_udp({.from_mac = out[0].frame.to_mac(),
                                     .to_mac = se_mac,
                                     .from = server,
                                     .to = source,
                                     .payload = pattern(60)}));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].frame.from(), vip + ":53");
    EXPECT_EQ(out[0].frame.to(), client + ":5000");
    EXPECT_EQ(out[0].frame.to_mac(), router_mac);
    EXPECT_TRUE(out[0].frame.l4_checksum_right());
    const engine::FlowReport flow = rig.engine().report_flows(1).at(0);
    EXPECT_EQ(flow.source.text() + ":" + std::to_string(flow.source_port), source);
}

// The engine knows no way to the client but the station its question came from.
TEST(FullProxyUdp, N6_an_answer_too_large_for_the_link_goes_back_in_fragments) {
    engine::EngineConfig config = in_line_config();
    config.interfaces[0].floating.clear();
    config.routes.clear();
    config.services[0].mode = engine::Mode::full_proxy;
    EngineRig rig(config, segment_hosts());
    const auto asked = rig.send("eth0", make_udp({.from_mac = router_mac,
                                                  .to_mac = se_mac,
                                                  .from = client + ":5000",
                                                  .to = vip + ":53",
                                                  .payload = pattern(10)}));
    ASSERT_EQ(asked.size(), 1U);
    const auto out = rig.send("eth0", make_udp({.from_mac = asked[0].frame.to_mac(),
                                                .to_mac = se_mac,
                                                .from = asked[0].frame.to(),
                                                .to = asked[0].frame.from(),
                                                .payload = pattern(3000)}));
    ASSERT_EQ(out.size(), 3U);
    std::size_t payload = 0;
    for (const SeenFrame& part : out) {
        EXPECT_EQ(part.frame.to_mac(), router_mac);
        EXPECT_EQ(part.frame.from_ip(), vip);
        EXPECT_EQ(part.frame.to_ip(), client);
        EXPECT_LE(part.frame.total_length(), 1500);
        payload += part.frame.total_length() - 20U;
    }
    EXPECT_EQ(payload, 3008U);
}

TEST(FullProxyUdp, M12_ports_run_out_and_come_back) {
    engine::EngineConfig config = in_line_config();
    config.interfaces[0].floating.clear();
    config.services[0].mode = engine::Mode::full_proxy;
    config.services[0].udp_idle_timeout = std::chrono::seconds(5);
    config.source_ports = {2000, 2000};
    EngineRig rig(config, segment_hosts());
    const auto ask = [&](int port) {
        const auto out = rig.send("eth0", make_udp({.from_mac = router_mac,
                                                    .to_mac = se_mac,
                                                    .from = client + ":" + std::to_string(port),
                                                    .to = vip + ":53",
                                                    .payload = pattern(10)}));
        EXPECT_EQ(out.size(), 1U);
        return out.at(0).frame;
    };
    std::set<std::string> servers;
    for (const int port : {5000, 5001, 5002}) {
        servers.insert(ask(port).to());
    }
    EXPECT_EQ(servers, (std::set<std::string>{"10.1.1.10:53", "10.1.1.11:53", "10.1.1.12:53"}))
        << "one port, three servers";
    const TestFrame refused = ask(5003);
    EXPECT_EQ(refused.to_ip(), client) << "at once, as for TCP";
    EXPECT_EQ(refused.from_ip(), vip);
    EXPECT_EQ(refused.icmp_type(), 3);
    EXPECT_EQ(refused.icmp_code(), 3);
    EXPECT_EQ(rig.report().drops.at("ports-exhausted"), 1U);
    EXPECT_EQ(rig.drops("closed-port"), 0U);
    rig.run_for(std::chrono::seconds(8));
    EXPECT_EQ(ask(5004).from_ip(), "10.1.1.2");
}

} // namespace
} // namespace fulcrum::test
