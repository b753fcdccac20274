// M6: probes on the wire and their timing, and what a server's health does to its flows.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint8_t syn = 0x02, ack = 0x10, psh_ack = 0x18, rst = 0x04, syn_ack = 0x12;

// One kind of probe, 200 ms apart, 150 ms patience, up after 3, down after 2.
engine::EngineConfig probing(engine::HealthKind kind) {
    engine::EngineConfig config = in_line_config();
    config.pools[0].health = {
        {.kind = kind, .interval = milliseconds(200), .timeout = milliseconds(150), .rise = 3, .fall = 2}};
    return config;
}

std::size_t up_servers(EngineRig& rig) {
    std::size_t up = 0;
    for (const engine::ServerReport& s : rig.report().services[0].servers) {
        up += s.up ? 1 : 0;
    }
    return up;
}

const engine::ServerReport server(EngineRig& rig, std::size_t i) {
    return rig.report().services[0].servers[i];
}

TEST(Health, M6_the_first_probes_leave_at_once_from_an_address_of_the_engines_own) {
    EngineRig rig(in_line_config(), segment_hosts());
    std::map<std::string, int> pings, syns;
    for (const SeenFrame& probe : rig.probes()) {
        EXPECT_EQ(probe.at, rig.now());
        EXPECT_EQ(probe.frame.from_ip(), "10.1.1.2");
        EXPECT_TRUE(probe.frame.ip_checksum_right());
        EXPECT_TRUE(probe.frame.l4_checksum_right());
        if (probe.frame.protocol() == 1) {
            ++pings[probe.frame.to_ip()];
        } else if (probe.frame.tcp_flags() == syn) {
            ++syns[probe.frame.to()];
        }
    }
    EXPECT_EQ(pings, (std::map<std::string, int>{{"10.1.1.10", 1}, {"10.1.1.11", 1}, {"10.1.1.12", 1}}));
    EXPECT_EQ(syns,
              (std::map<std::string, int>{{"10.1.1.10:80", 1}, {"10.1.1.11:80", 1}, {"10.1.1.12:80", 1}}));
    EXPECT_EQ(up_servers(rig), 3U);
    EXPECT_TRUE(rig.engine().is_settled(rig.now()));
    EXPECT_EQ(server(rig, 0).why, "ping: answers");
}

TEST(Health, M6_half_open_tcp_is_syn_then_reset_and_nothing_else) {
    EngineRig rig(probing(engine::HealthKind::tcp_half_open), segment_hosts(1));
    const auto& probes = rig.probes();
    ASSERT_GE(probes.size(), 2U);
    EXPECT_EQ(probes[0].frame.tcp_flags(), syn);
    const std::string from = probes[0].frame.from();
    const std::uint32_t seq = probes[0].frame.seq();
    for (std::size_t i = 1; i < probes.size(); ++i) {
        if (probes[i].frame.from() == from) {
            EXPECT_EQ(probes[i].frame.tcp_flags(), rst);
            EXPECT_EQ(probes[i].frame.seq(), seq + 1);
            EXPECT_EQ(probes[i].frame.to(), probes[0].frame.to());
        }
    }
    EXPECT_EQ(rig.drops("closed-port"), 0U);
}

TEST(Health, M6_probes_leave_exactly_an_interval_apart) {
    EngineRig rig(probing(engine::HealthKind::ping), segment_hosts());
    rig.run_for(seconds(3));
    rig.probes().clear();
    rig.run_for(seconds(2));
    std::vector<Instant> sent;
    for (const SeenFrame& probe : rig.probes()) {
        if (probe.frame.to_ip() == "10.1.1.10") {
            sent.push_back(probe.at);
        }
    }
    ASSERT_EQ(sent.size(), 10U);
    for (std::size_t i = 1; i < sent.size(); ++i) {
        EXPECT_EQ(sent[i] - sent[i - 1], milliseconds(200));
    }
}

// Detection time of a server that dies right after a good probe: fall probes, the last one's time-out
// included.
TEST(Health, M6_a_dead_server_is_down_after_fall_lost_probes_and_not_before) {
    for (const auto kind : {engine::HealthKind::ping, engine::HealthKind::tcp_half_open}) {
        EngineRig rig(probing(kind), segment_hosts());
        rig.run_for(milliseconds(2000));
        ASSERT_EQ(up_servers(rig), 3U);
        const Instant last_good = rig.probes().back().at;
        rig.host("10.1.1.11").alive = false;
        rig.run_for(last_good + milliseconds(200 + 200 + 149) - rig.now());
        EXPECT_TRUE(server(rig, 1).up);
        EXPECT_NE(server(rig, 1).why.find("1 of 2 lost, still up"), std::string::npos) << server(rig, 1).why;
        rig.run_for(milliseconds(2));
        EXPECT_FALSE(server(rig, 1).up);
        EXPECT_EQ(server(rig, 1).why, std::string(name_of(kind)) + ": 2 of 2 lost");
        EXPECT_EQ(up_servers(rig), 2U);
    }
}

TEST(Health, M6_a_server_that_returns_is_up_after_rise_answers_and_not_before) {
    EngineRig rig(probing(engine::HealthKind::ping), segment_hosts());
    rig.run_for(seconds(2));
    rig.host("10.1.1.11").alive = false;
    rig.run_for(seconds(3));
    ASSERT_FALSE(server(rig, 1).up);
    rig.host("10.1.1.11").alive = true;
    rig.probes().clear();
    std::size_t answered = 0;
    while (!server(rig, 1).up && answered < 20) {
        rig.probes().clear();
        rig.run_for(milliseconds(10));
        for (const SeenFrame& probe : rig.probes()) {
            answered += probe.frame.to_ip() == "10.1.1.11" ? 1 : 0;
        }
    }
    EXPECT_EQ(answered, 3U);
}

TEST(Health, M6_a_refused_connection_counts_as_lost_and_says_so) {
    EngineRig rig(probing(engine::HealthKind::tcp_half_open), segment_hosts());
    rig.run_for(seconds(2));
    rig.host("10.1.1.12").listens = false;
    rig.run_for(milliseconds(450));
    EXPECT_FALSE(server(rig, 2).up);
    EXPECT_EQ(server(rig, 2).why, "tcp-half-open: 2 of 2 refused");
}

TEST(Health, M6_a_dead_server_gets_no_new_connection) {
    EngineRig rig(probing(engine::HealthKind::ping), segment_hosts());
    rig.run_for(seconds(2));
    rig.host("10.1.1.10").alive = false;
    rig.run_for(seconds(1));
    for (std::uint16_t i = 0; i < 20; ++i) {
        const auto got = rig.send("eth0", from_client(static_cast<std::uint16_t>(40000 + i), syn));
        ASSERT_EQ(got.size(), 1U);
        EXPECT_NE(got[0].frame.to_ip(), "10.1.1.10");
    }
}

TEST(Health, M6_connections_of_a_server_that_only_seems_dead_are_kept) {
    EngineRig rig(probing(engine::HealthKind::tcp_half_open), segment_hosts());
    rig.run_for(seconds(2));
    const auto opened = rig.send("eth0", from_client(40000, syn));
    ASSERT_EQ(opened.size(), 1U);
    rig.send("eth0", answer_to(opened[0].frame, syn_ack));
    rig.send("eth0", from_client(40000, ack, vip + ":80", {}, 1001));
    rig.host(opened[0].frame.to_ip()).listens = false; // its backlog is full, say
    rig.run_for(seconds(1));
    const auto got = rig.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(10), 1001));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].frame.to(), opened[0].frame.to());
}

TEST(Health, M6_a_repeated_syn_to_a_server_that_died_meanwhile_gets_another) {
    EngineRig rig(probing(engine::HealthKind::ping), segment_hosts());
    rig.run_for(seconds(2));
    const auto first = rig.send("eth0", from_client(40000, syn));
    ASSERT_EQ(first.size(), 1U);
    rig.host(first[0].frame.to_ip()).alive = false;
    rig.run_for(seconds(1));
    const auto second = rig.send("eth0", from_client(40000, syn));
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(second[0].frame.to_ip(), first[0].frame.to_ip());
}

TEST(Health, M6_a_udp_client_moves_on_when_its_server_dies) {
    EngineRig rig(probing(engine::HealthKind::ping), segment_hosts());
    rig.run_for(seconds(2));
    const TestFrame ask = make_udp({.from_mac = router_mac,
                                    .to_mac = se_mac,
                                    .from = client + ":5000",
                                    .to = vip + ":53",
                                    .payload = pattern(40)});
    const auto first = rig.send("eth0", ask);
    ASSERT_EQ(first.size(), 1U);
    rig.host(first[0].frame.to_ip()).alive = false;
    rig.run_for(seconds(1));
    const auto second = rig.send("eth0", ask);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(second[0].frame.to_ip(), first[0].frame.to_ip());
}

// RFC 1812 section 4.3.2.8: a kernel tells of a closed port once a second, whatever is asked meanwhile.
TEST(Health, a_closed_udp_port_is_closed_while_the_kernel_may_not_say_so_again) {
    engine::EngineConfig config = in_line_config();
    config.pools[0].health = {{.kind = engine::HealthKind::udp,
                               .interval = milliseconds(100),
                               .timeout = milliseconds(80),
                               .rise = 1,
                               .fall = 2}};
    EngineRig rig(config, segment_hosts());
    enum { closed, silent, answering } port = closed;
    Instant may_tell = rig.now();
    const auto times_up = [&](Duration time) {
        int up = 0;
        for (const Instant end = rig.now() + time; rig.now() < end; rig.run_for(milliseconds(10))) {
            for (const SeenFrame& seen : rig.take_seen()) {
                const TestFrame& probe = seen.frame;
                if (probe.protocol() != 17 || probe.to_ip() != "10.1.1.10") {
                    continue;
                }
                if (port == answering) {
                    rig.send("eth0", make_udp({.from_mac = mac(10),
                                               .to_mac = se_mac,
                                               .from = probe.to(),
                                               .to = probe.from(),
                                               .payload = pattern(4)}));
                } else if (port == closed && rig.now() >= may_tell) {
                    may_tell = rig.now() + seconds(1);
                    rig.send("eth0",
                             make_icmp_error(mac(10), se_mac, "10.1.1.10", "10.1.1.2", 3, 3, 0, probe, 28));
                }
            }
            up += server(rig, 0).up ? 1 : 0;
        }
        return up;
    };
    EXPECT_EQ(times_up(seconds(5)), 0);
    EXPECT_EQ(server(rig, 0).why, "udp: 2 of 2 refused");
    port = silent;
    EXPECT_EQ(times_up(milliseconds(1900)), 0);
    times_up(milliseconds(1300));
    EXPECT_TRUE(server(rig, 0).up) << "long enough without a word: a service that answers nothing to nothing";
    port = closed;
    times_up(milliseconds(400)); // fall × interval, and once more for where in it the port closed
    EXPECT_FALSE(server(rig, 0).up) << server(rig, 0).why;
    port = answering;
    times_up(milliseconds(200));
    EXPECT_TRUE(server(rig, 0).up) << "an answer counts at once";
}

TEST(Health, a_server_that_starts_a_little_after_the_engine_is_found_soon) {
    std::vector<Host> hosts = segment_hosts();
    hosts[2].listens = false;
    EngineRig rig(in_line_config(), hosts); // probes a second apart
    EXPECT_FALSE(server(rig, 1).up);
    EXPECT_FALSE(rig.engine().is_settled(rig.now()));
    rig.run_for(milliseconds(330));
    rig.host("10.1.1.11").listens = true;
    rig.run_for(milliseconds(100));
    EXPECT_TRUE(server(rig, 1).up);
    EXPECT_TRUE(rig.engine().is_settled(rig.now()));
}

TEST(Health, an_engine_does_not_wait_for_a_dead_server_for_ever) {
    std::vector<Host> hosts = segment_hosts();
    hosts[2].alive = false;
    EngineRig rig(in_line_config(), hosts);
    rig.run_for(milliseconds(1490));
    EXPECT_FALSE(rig.engine().is_settled(rig.now()));
    rig.run_for(milliseconds(10));
    EXPECT_TRUE(rig.engine().is_settled(rig.now()));
}

TEST(Health, M5_fastest_response_goes_by_what_the_probes_measure) {
    engine::EngineConfig config = probing(engine::HealthKind::ping);
    config.pools[0].algorithm = engine::Algorithm::fastest_response;
    std::vector<Host> hosts = segment_hosts();
    hosts[1].delay = milliseconds(8); // server1
    hosts[2].delay = milliseconds(8);
    hosts[3].delay = milliseconds(2);
    EngineRig rig(config, hosts);
    rig.run_for(seconds(3));
    std::map<std::string, int> seen;
    for (std::uint16_t i = 0; i < 60; ++i) {
        const auto got = rig.send("eth0", from_client(static_cast<std::uint16_t>(40000 + i), syn));
        ASSERT_EQ(got.size(), 1U);
        ++seen[got[0].frame.to_ip()];
    }
    EXPECT_NEAR(seen["10.1.1.12"], 40, 2) << "four times as fast: four of six";
    EXPECT_NE(rig.engine().report_flows(1)[0].why.find("fastest-response: "), std::string::npos);
    EXPECT_NE(rig.engine().report_flows(1)[0].why.find(" ms"), std::string::npos);
}

TEST(Health, a_forged_answer_is_not_believed) {
    std::vector<Host> hosts = segment_hosts();
    hosts[1].alive = false; // server1
    EngineRig rig(probing(engine::HealthKind::tcp_half_open), hosts);
    ASSERT_FALSE(server(rig, 0).up);
    for (int i = 0; i < 5; ++i) {
        rig.run_for(milliseconds(50));
        for (std::uint32_t port = balance::HealthProber::first_port; port < 65536; ++port) {
            rig.send("eth0", make_tcp({.from_mac = router_mac,
                                       .to_mac = se_mac,
                                       .from = "10.1.1.10:80",
                                       .to = fmt::format("10.1.1.2:{}", port),
                                       .flags = syn_ack,
                                       .seq = 1,
                                       .ack = 4711}));
        }
    }
    EXPECT_FALSE(server(rig, 0).up);
}

TEST(Health, a_live_change_keeps_what_is_known_and_probes_what_is_new_at_once) {
    engine::EngineConfig config = probing(engine::HealthKind::ping);
    config.pools[0].servers.resize(2);
    EngineRig rig(config, segment_hosts());
    rig.run_for(seconds(2));
    ASSERT_EQ(up_servers(rig), 2U);
    rig.probes().clear();
    config.pools[0].servers.insert(config.pools[0].servers.begin(),
                                   {.name = "server3", .address = ip("10.1.1.12")});
    ASSERT_TRUE(rig.engine().configure(config));
    EXPECT_TRUE(server(rig, 1).up);
    EXPECT_TRUE(server(rig, 2).up);
    EXPECT_FALSE(server(rig, 0).up);
    rig.settle();
    ASSERT_FALSE(rig.probes().empty());
    EXPECT_EQ(rig.probes()[0].frame.to_ip(), "10.1.1.12");
    rig.run_for(milliseconds(410));
    EXPECT_EQ(up_servers(rig), 3U);
}

} // namespace
} // namespace fulcrum::test
