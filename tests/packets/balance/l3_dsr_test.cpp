// M4: in L3 DSR the packet travels untouched inside another one.
#include <gtest/gtest.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

constexpr std::uint8_t syn = 0x02, ack = 0x10, psh_ack = 0x18;

struct L3Dsr : testing::TestWithParam<engine::Mode> {
    bool gre = GetParam() == engine::Mode::l3_dsr_gre;
    std::size_t overhead = gre ? 24 : 20;
    EngineRig rig{config(GetParam()), segment_hosts()};

    static engine::EngineConfig config(engine::Mode mode) {
        engine::EngineConfig out = in_line_config();
        out.interfaces[0].floating.clear();
        out.services[0].mode = mode;
        return out;
    }
    void expect_outer(const TestFrame& got) const {
        EXPECT_EQ(got.from_mac(), se_mac);
        EXPECT_EQ(got.to_mac(), mac(got.bytes.at(33))) << "the server's own";
        EXPECT_EQ(got.from_ip(), "10.1.1.2");
        EXPECT_EQ(got.protocol(), gre ? 47 : 4);
        EXPECT_TRUE(got.ip_checksum_right());
        if (gre) {
            EXPECT_EQ(got.be16(34), 0) << "no flags, version 0";
            EXPECT_EQ(got.be16(36), 0x0800);
        }
    }
    Bytes inner(const TestFrame& got) const {
        return Bytes(got.bytes.begin() + 14 + static_cast<std::ptrdiff_t>(overhead), got.bytes.end());
    }
};

TEST_P(L3Dsr, M4_the_inner_packet_is_untouched_byte_for_byte) {
    for (const TestFrame& sent : {from_client(40000, syn), from_client(40000, ack, vip + ":80", {}, 1001),
                                  from_client(40000, psh_ack, vip + ":80", pattern(777), 1001)}) {
        const auto got = rig.send("eth0", sent);
        ASSERT_EQ(got.size(), 1U);
        expect_outer(got[0].frame);
        EXPECT_EQ(inner(got[0].frame), Bytes(sent.bytes.begin() + 14, sent.bytes.end()));
        EXPECT_EQ(got[0].frame.total_length(), sent.total_length() + overhead);
    }
    EXPECT_EQ(rig.report().flows, 1U);
}

TEST_P(L3Dsr, M4_a_gso_frame_is_cut_into_segments_that_fit_the_tunnel) {
    rig.send("eth0", from_client(40000, syn));
    const Bytes payload = pattern(10000);
    const TestFrame large = make_gso_tcp({.from_mac = router_mac,
                                          .to_mac = se_mac,
                                          .from = client + ":40000",
                                          .to = vip + ":80",
                                          .flags = psh_ack,
                                          .seq = 1001,
                                          .ack = 5001,
                                          .payload = payload},
                                         1400);
    const auto got = rig.send("eth0", large);
    ASSERT_EQ(got.size(), 8U);
    Bytes joined;
    for (const SeenFrame& s : got) {
        expect_outer(s.frame);
        EXPECT_LE(s.frame.total_length(), 1500);
        TestFrame inside;
        inside.bytes.assign(14, 0);
        inside.bytes[12] = 8;
        const Bytes packet = inner(s.frame);
        inside.bytes.insert(inside.bytes.end(), packet.begin(), packet.end());
        EXPECT_TRUE(inside.ip_checksum_right());
        EXPECT_TRUE(inside.l4_checksum_right()) << "complete: nobody finishes it inside a tunnel";
        EXPECT_EQ(inside.seq(), 1001 + joined.size());
        const Bytes part = inside.l4_payload();
        joined.insert(joined.end(), part.begin(), part.end());
    }
    EXPECT_EQ(joined, payload);
}

TEST_P(L3Dsr, M4_what_does_not_fit_the_tunnel_is_answered_by_the_vip) {
    rig.send("eth0", from_client(40000, syn));
    const auto got = rig.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(1460), 1001));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].frame.protocol(), 1);
    EXPECT_EQ(got[0].frame.icmp_type(), 3);
    EXPECT_EQ(got[0].frame.icmp_code(), 4);
    EXPECT_EQ(got[0].frame.be16(got[0].frame.l4() + 6), 1500 - overhead);
    EXPECT_EQ(got[0].frame.from_ip(), vip);
    EXPECT_EQ(got[0].frame.to_ip(), client);
    EXPECT_EQ(rig.drops("too-big"), 1U);
}

// A router between engine and server with a smaller link (RFC 2003 section 5.1).
TEST_P(L3Dsr, M4_a_smaller_link_behind_is_learned_and_told_to_the_client) {
    engine::EngineConfig far = config(GetParam());
    far.pools[0].servers = {{.name = "server1", .address = ip("10.1.2.10")}};
    far.pools[0].health.clear();
    EngineRig routed(far, segment_hosts());
    routed.send("eth0", from_client(40000, syn));
    const auto large = from_client(40000, psh_ack, vip + ":80", pattern(1400), 1001);
    const auto tunnelled = routed.send("eth0", large);
    ASSERT_EQ(tunnelled.size(), 1U);
    const auto too_big = [&](const TestFrame& about) {
        return make_icmp_error(router_mac, se_mac, "10.1.1.1", "10.1.1.2", 3, 4, 1280, about, 548);
    };
    // Not one of ours inside: nobody is believed.
    TestFrame forged = tunnelled[0].frame;
    forged.bytes.at(14 + overhead + 20) ^= 0xff; // the client's port
    EXPECT_TRUE(routed.send("eth0", too_big(forged)).empty());
    EXPECT_EQ(routed.send("eth0", large)[0].frame.to_ip(), "10.1.2.10");

    // The packet that was lost is told of at once, quoting it, and so is the next one.
    for (const TestFrame& sent : {too_big(tunnelled[0].frame), large}) {
        const auto told = routed.send("eth0", sent);
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].frame.to_ip(), client);
        EXPECT_EQ(told[0].frame.to_mac(), router_mac);
        EXPECT_EQ(told[0].frame.from_ip(), vip);
        EXPECT_EQ(told[0].frame.icmp_type(), 3);
        EXPECT_EQ(told[0].frame.icmp_code(), 4);
        EXPECT_EQ(told[0].frame.be16(told[0].frame.l4() + 6), 1280 - overhead);
        EXPECT_TRUE(told[0].frame.ip_checksum_right());
        const auto quote = static_cast<std::ptrdiff_t>(told[0].frame.l4() + 8);
        EXPECT_EQ(Bytes(told[0].frame.bytes.begin() + quote, told[0].frame.bytes.begin() + quote + 40),
                  Bytes(large.bytes.begin() + 14, large.bytes.begin() + 54));
    }
}

// As a drawing with links of 500 bytes found: below 552 bytes everything was lost in silence.
TEST_P(L3Dsr, M4_however_small_the_link_behind_is_the_client_is_told) {
    engine::EngineConfig far = config(GetParam());
    far.pools[0].servers = {{.name = "server1", .address = ip("10.1.2.10")}};
    far.pools[0].health.clear();
    for (const std::uint16_t told : {std::uint16_t{500}, std::uint16_t{0}}) {
        EngineRig routed(far, segment_hosts());
        routed.send("eth0", from_client(40000, syn));
        const auto sent = from_client(40000, psh_ack, vip + ":80", pattern(540), 1001);
        const auto tunnelled = routed.send("eth0", sent);
        ASSERT_EQ(tunnelled.size(), 1U);
        routed.send("eth0", make_icmp_error(router_mac, se_mac, "10.1.1.1", "10.1.1.2", 3, 4, told,
                                            tunnelled[0].frame, 548));
        const std::size_t room = (told == 0 ? 576U : told) - overhead; // 0: a router from before RFC 1191
        for (const std::size_t bytes : {room, room + 1}) {
            const auto out =
                routed.send("eth0", from_client(40000, psh_ack, vip + ":80", pattern(bytes - 40), 1001));
            ASSERT_EQ(out.size(), 1U);
            EXPECT_EQ(out[0].frame.to_ip(), bytes == room ? "10.1.2.10" : client);
            if (bytes > room) {
                EXPECT_EQ(out[0].frame.be16(out[0].frame.l4() + 6), room);
            }
        }
    }
}

TEST_P(L3Dsr, M4_a_server_behind_a_router_is_reached_through_it) {
    engine::EngineConfig far = config(GetParam());
    far.pools[0].servers = {{.name = "server1", .address = ip("10.1.2.10")}};
    far.pools[0].health.clear();
    EngineRig routed(far, segment_hosts());
    const auto got = routed.send("eth0", from_client(40000, syn));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].frame.to_ip(), "10.1.2.10");
    EXPECT_EQ(got[0].frame.to_mac(), router_mac);
}

INSTANTIATE_TEST_SUITE_P(Tunnels, L3Dsr, testing::Values(engine::Mode::l3_dsr_ipip, engine::Mode::l3_dsr_gre),
                         [](const auto& mode) {
                             return mode.param == engine::Mode::l3_dsr_gre ? "gre" : "ipip";
                         });

} // namespace
} // namespace fulcrum::test
