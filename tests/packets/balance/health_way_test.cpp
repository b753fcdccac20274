// M6, M4, M3: in direct server return a probe takes the way of clients' packets, so that a server is down
// that answers at its own address but has no VIP, or nobody at its end of the tunnel.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

using engine::Mode;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint8_t syn = 0x02, syn_ack = 0x12, rst = 0x04;

engine::EngineConfig probing(Mode mode, engine::HealthKind kind, int servers = 3) {
    engine::EngineConfig config = l2_dsr_config();
    config.services[0].mode = mode;
    config.pools[0].servers.resize(static_cast<std::size_t>(servers));
    config.pools[0].health = {
        {.kind = kind, .interval = milliseconds(200), .timeout = milliseconds(150), .rise = 2, .fall = 2}};
    return config;
}

struct Way : testing::TestWithParam<Mode> {
    bool gre = GetParam() == Mode::l3_dsr_gre;
    std::size_t overhead = gre ? 24 : 20;

    static std::string ups(EngineRig& rig) {
        std::string out;
        for (const engine::ServerReport& s : rig.report().services[0].servers) {
            out += s.up ? '+' : '-';
        }
        return out;
    }
    static std::string why(EngineRig& rig, std::size_t server) {
        return rig.report().services[0].servers[server].why;
    }
    std::string asked_how() const {
        return std::string(", asked as 10.1.1.100 through ") + (gre ? "GRE" : "IP in IP");
    }
    // Ethernet, the tunnel's headers, the IPv4 header inside: every byte of them.
    void expect_way(const TestFrame& sent, int server) const {
        const auto byte = static_cast<std::uint8_t>(server);
        const TestFrame inside = without_tunnel(sent);
        Bytes expected{2, 0, 0, 0, 0, byte, 2, 0, 0, 0, 0, 2, 0x08, 0x00}; // server's MAC, the engine's, IPv4
        append(expected, ip_header(sent, 0x40, gre ? 47 : 4, byte));
        if (gre) {
            append(expected, {0, 0, 0x08, 0x00});
        }
        append(expected, ip_header(inside, inside.bytes.at(20), inside.protocol(), 100));
        ASSERT_GE(sent.bytes.size(), expected.size());
        const auto end = sent.bytes.begin() + static_cast<std::ptrdiff_t>(expected.size());
        EXPECT_EQ(Bytes(sent.bytes.begin(), end), expected);
        EXPECT_EQ(sent.bytes.size() - inside.bytes.size(), overhead);
        EXPECT_TRUE(sent.ip_checksum_right());
        EXPECT_TRUE(inside.ip_checksum_right());
        EXPECT_EQ(sent.meta, wire::VnetMeta{}) << "complete: nobody finishes it inside a tunnel";
        EXPECT_TRUE(inside.l4_checksum_right());
    }
    static void append(Bytes& bytes, const Bytes& more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    // From 10.1.1.2 to 10.1.1.`to`; identification and checksum as they are.
    static Bytes ip_header(const TestFrame& frame, std::uint8_t flags, std::uint8_t protocol,
                           std::uint8_t to) {
        const std::size_t length = frame.bytes.size() - 14;
        Bytes out{0x45, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length & 0xff)};
        append(out, {frame.bytes.at(18), frame.bytes.at(19), flags, 0, 64, protocol});
        append(out, {frame.bytes.at(24), frame.bytes.at(25), 10, 1, 1, 2, 10, 1, 1, to});
        return out;
    }
};

TEST_P(Way, M6_a_half_open_probe_is_for_the_vip_and_goes_to_the_server) {
    EngineRig rig(probing(GetParam(), engine::HealthKind::tcp_half_open, 1), segment_hosts(1));
    ASSERT_EQ(ups(rig), "-") << "two answers make it up";
    rig.run_for(milliseconds(250));
    ASSERT_EQ(ups(rig), "+");
    ASSERT_EQ(rig.probes().size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        const TestFrame& sent = rig.probes()[i].frame;
        expect_way(sent, 10);
        const TestFrame inside = without_tunnel(sent);
        EXPECT_EQ(inside.tcp_flags(), i % 2 == 0 ? syn : rst) << "the server's program never hears of it";
        EXPECT_EQ(inside.be16(inside.l4() + 2), 80);
        EXPECT_GE(inside.be16(inside.l4()), balance::HealthProber::first_port);
        if (i % 2 == 0) {
            EXPECT_EQ(inside.be16(inside.l4() + 22), 1460 - overhead) << "maximum segment size";
        }
    }
}

TEST_P(Way, M6_several_servers_answer_from_one_vip_and_are_told_apart) {
    for (const auto kind : {engine::HealthKind::tcp_half_open, engine::HealthKind::ping}) {
        EngineRig rig(probing(GetParam(), kind), segment_hosts());
        rig.run_for(seconds(1));
        ASSERT_EQ(ups(rig), "+++");
        for (const SeenFrame& probe : rig.probes()) {
            expect_way(probe.frame, probe.frame.to_mac().bytes[5]);
        }
        rig.host("10.1.1.11").has_vip = false; // its own address answers still
        rig.run_for(seconds(1));
        EXPECT_EQ(ups(rig), "+-+");
        EXPECT_EQ(why(rig, 1), std::string(name_of(kind)) + ": 2 of 2 lost" + asked_how());
        rig.host("10.1.1.11").has_vip = true;
        rig.run_for(seconds(1));
        EXPECT_EQ(ups(rig), "+++");
        EXPECT_EQ(rig.drops("martian-source"), 0U);
    }
}

TEST_P(Way, M6_a_dead_decapsulator_takes_its_server_out_within_the_stated_time) {
    EngineRig rig(probing(GetParam(), engine::HealthKind::tcp_half_open), segment_hosts());
    rig.run_for(seconds(2));
    ASSERT_EQ(ups(rig), "+++");
    const Instant last_good = rig.probes().back().at;
    rig.host("10.1.1.12").decapsulates = false;
    rig.run_for(last_good + milliseconds(200 + 200 + 149) - rig.now());
    EXPECT_EQ(ups(rig), "+++");
    rig.run_for(milliseconds(2));
    EXPECT_EQ(ups(rig), "++-");
    for (std::uint16_t i = 0; i < 10; ++i) {
        const auto got = rig.send("eth0", from_client(static_cast<std::uint16_t>(40000 + i), syn));
        ASSERT_EQ(got.size(), 1U);
        EXPECT_NE(got[0].frame.to_mac(), mac(12));
    }
}

// A kernel without a tunnel device refuses the protocol.
TEST_P(Way, M6_an_error_about_the_tunnel_is_about_the_probe_inside) {
    std::vector<Host> hosts = segment_hosts(1);
    hosts[1].decapsulates = false;
    EngineRig rig(probing(GetParam(), engine::HealthKind::tcp_half_open, 1), hosts);
    const auto refuse = [&](bool forged) {
        rig.probes().clear();
        while (rig.probes().empty()) {
            rig.run_for(milliseconds(10));
        }
        TestFrame about = rig.probes().back().frame;
        if (forged) {
            about.bytes.at(about.bytes.size() - without_tunnel(about).bytes.size() + 14 + 20 + 7) ^=
                0xff; // sequence
        }
        rig.send("eth0", make_icmp_error(mac(10), se_mac, "10.1.1.10", "10.1.1.2", 3, 2, 0, about, 64));
        return why(rig, 0);
    };
    EXPECT_EQ(refuse(true).find("unreachable"), std::string::npos);
    EXPECT_NE(refuse(false).find("unreachable"), std::string::npos) << why(rig, 0);
}

TEST_P(Way, M13_nothing_else_is_believed_that_says_it_comes_from_the_vip) {
    EngineRig rig(probing(GetParam(), engine::HealthKind::tcp_half_open), segment_hosts());
    rig.run_for(seconds(1));
    const auto forged = [&](const TestFrame& frame) { return rig.send("eth0", frame).size(); };
    EXPECT_EQ(forged(make_ping(mac(10), se_mac, vip, "10.1.1.2", 1)), 0U)
        << "an answer would come to ourselves";
    EXPECT_EQ(forged(make_tcp(
                  {.from_mac = mac(10), .to_mac = se_mac, .from = vip + ":80", .to = "10.1.1.2:40000"})),
              0U);
    EXPECT_EQ(
        forged(make_udp({.from_mac = mac(10), .to_mac = se_mac, .from = vip + ":53", .to = "10.1.1.2:53"})),
        0U);
    EXPECT_EQ(forged(make_tcp(
                  {.from_mac = mac(10), .to_mac = se_mac, .from = vip + ":80", .to = client + ":40000"})),
              0U);
    EXPECT_EQ(
        forged(make_tcp({.from_mac = mac(10), .to_mac = se_mac, .from = vip + ":80", .to = vip + ":80"})),
        0U);
    EXPECT_EQ(rig.drops("martian-source"), 4U);
    EXPECT_EQ(rig.drops("land"), 1U);
    // A late answer to a probe that nobody remembers: there is no server to end the connection with.
    EXPECT_EQ(forged(make_tcp({.from_mac = mac(10),
                               .to_mac = se_mac,
                               .from = vip + ":80",
                               .to = "10.1.1.2:65000",
                               .flags = syn_ack,
                               .ack = 5})),
              0U);
    EXPECT_EQ(rig.report().flows, 0U);
}

TEST_P(Way, M6_a_standby_engine_probes_the_same_way) {
    engine::EngineConfig config = probing(GetParam(), engine::HealthKind::tcp_half_open);
    config.role = engine::Role::standby;
    EngineRig rig(config, segment_hosts());
    rig.run_for(seconds(1));
    EXPECT_EQ(ups(rig), "+++");
    expect_way(rig.probes().back().frame, rig.probes().back().frame.to_mac().bytes[5]);
}

// One pool behind two VIPs, and behind a service that asks servers by their own address.
TEST_P(Way, M6_every_vip_that_servers_have_is_asked_for) {
    engine::EngineConfig config = probing(GetParam(), engine::HealthKind::tcp_half_open);
    for (const auto& [name, address, mode] :
         {std::tuple{"shop", "10.1.1.101", GetParam()}, std::tuple{"in", "10.1.1.102", Mode::in_line}}) {
        config.services.push_back(config.services[0]);
        config.services.back().name = name;
        config.services.back().vip = ip(address);
        config.services.back().mode = mode;
    }
    EngineRig rig(config, segment_hosts());
    std::map<std::string, int> asked;
    for (const SeenFrame& probe : rig.probes()) {
        const TestFrame inside = without_tunnel(probe.frame);
        if (probe.at == rig.now() && inside.tcp_flags() == syn) {
            ++asked[inside.to_ip()];
        }
    }
    EXPECT_EQ(asked, (std::map<std::string, int>{
                         {vip, 3}, {"10.1.1.101", 3}, {"10.1.1.10", 1}, {"10.1.1.11", 1}, {"10.1.1.12", 1}}));
    rig.run_for(seconds(1));
    EXPECT_EQ(ups(rig), "---") << "nobody has the second VIP";
    EXPECT_NE(why(rig, 0).find("asked as 10.1.1.101"), std::string::npos) << why(rig, 0);
}

// tcp and http checks are conversations of the engine's own TCP.
TEST_P(Way, M6_a_conversation_takes_the_same_way) {
    engine::EngineConfig config = probing(GetParam(), engine::HealthKind::http, 1);
    config.pools[0].health[0].rise = 1;
    config.pools[0].health[0].path = "/" + std::string(700, 'x'); // more than one segment of 536 bytes
    EngineRig rig(config, segment_hosts(1));
    // The rig's host has answered the SYN; from here on this test answers, as a host with a small window.
    const TestFrame opening = without_tunnel(rig.probes().at(0).frame);
    std::string request;
    std::size_t looked_at = 0;
    const auto answer = [&](std::uint8_t flags, const std::string& text) {
        rig.send("eth0", make_tcp({.from_mac = mac(10),
                                   .to_mac = se_mac,
                                   .from = vip + ":80",
                                   .to = opening.from(),
                                   .flags = flags,
                                   .seq = 78,
                                   .ack = opening.seq() + 1 + static_cast<std::uint32_t>(request.size()),
                                   .payload = Bytes(text.begin(), text.end())}));
    };
    for (int part = 0; part < 5 && !request.ends_with("\r\n\r\n"); ++part) {
        for (; looked_at < rig.probes().size(); ++looked_at) {
            const TestFrame& sent = rig.probes()[looked_at].frame;
            expect_way(sent, 10);
            EXPECT_LE(sent.total_length(), 1500);
            const Bytes payload = without_tunnel(sent).l4_payload();
            request.append(payload.begin(), payload.end());
        }
        answer(0x10, "");
    }
    EXPECT_EQ(request.rfind("GET /xxx", 0), 0U) << request.substr(0, 40);
    EXPECT_NE(request.find("Host: 10.1.1.100\r\n"), std::string::npos) << request;
    answer(0x18, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(ups(rig), "+") << why(rig, 0);
    EXPECT_EQ(rig.drops("martian-source"), 0U);
}

INSTANTIATE_TEST_SUITE_P(Tunnels, Way, testing::Values(Mode::l3_dsr_ipip, Mode::l3_dsr_gre),
                         [](const auto& mode) { return mode.param == Mode::l3_dsr_gre ? "gre" : "ipip"; });

} // namespace
} // namespace fulcrum::test
