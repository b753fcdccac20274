// A service engine with a full-proxy service, and hand-made segments at both of its ends.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {

inline constexpr std::uint8_t syn = 0x02, ack = 0x10, syn_ack = 0x12, rst = 0x04, psh_ack = 0x18,
                              fin_ack = 0x11;

inline engine::EngineConfig full_proxy_config() {
    engine::EngineConfig config = in_line_config();
    config.interfaces[0].floating.clear();
    config.services[0].mode = engine::Mode::full_proxy;
    return config;
}

// A hand-driven TCP end: knows what it has sent and what it has seen.
struct End {
    Mac mac;
    std::string self, peer; // "address:port"
    std::uint32_t next = 1000, expected = 0;

    TestFrame segment(std::uint8_t flags, const Bytes& payload = {}) {
        const TestFrame out = make_tcp({.from_mac = mac,
                                        .to_mac = se_mac,
                                        .from = self,
                                        .to = peer,
                                        .flags = flags,
                                        .seq = next,
                                        .ack = (flags & ack) != 0 ? expected : 0,
                                        .payload = payload});
        next += static_cast<std::uint32_t>(payload.size()) + ((flags & 0x03) != 0 ? 1U : 0U);
        return out;
    }
    void heard(const TestFrame& frame) {
        expected = frame.seq() + static_cast<std::uint32_t>(frame.l4_payload().size()) +
                   ((frame.tcp_flags() & 0x03) != 0 ? 1U : 0U);
    }
};

struct FullProxy : testing::Test {
    std::unique_ptr<EngineRig> rig = std::make_unique<EngineRig>(full_proxy_config(), segment_hosts());

    void restart(const engine::EngineConfig& config) {
        rig = std::make_unique<EngineRig>(config, segment_hosts());
    }
    std::vector<TestFrame> send(const TestFrame& frame) {
        std::vector<TestFrame> out;
        for (SeenFrame& s : rig->send("eth0", frame)) {
            out.push_back(std::move(s.frame));
        }
        return out;
    }
    static std::vector<TestFrame> to(const std::vector<TestFrame>& frames, const std::string& address) {
        std::vector<TestFrame> out;
        for (const TestFrame& f : frames) {
            if (f.to_ip() == address || f.to() == address) {
                out.push_back(f);
            }
        }
        return out;
    }
    static bool is_server(const std::string& address) {
        return address.starts_with("10.1.1.1") && address != vip;
    }

    End client_end(std::uint16_t port) {
        return {.mac = router_mac, .self = fmt::format("{}:{}", client, port), .peer = vip + ":80"};
    }
    // SYN, SYN-ACK, ACK; returns what the ACK set off (the SYN to the server).
    std::vector<TestFrame> handshake(End& c) {
        const auto answer = send(c.segment(syn));
        EXPECT_EQ(answer.size(), 1U);
        if (answer.empty()) {
            return {};
        }
        EXPECT_EQ(answer[0].tcp_flags(), syn_ack) << answer[0].text();
        EXPECT_EQ(answer[0].from(), vip + ":80");
        EXPECT_EQ(answer[0].ack(), c.next);
        c.heard(answer[0]);
        return send(c.segment(ack));
    }
    // The server that a SYN went to, having answered it.
    End accept(const TestFrame& opening, std::vector<TestFrame>* seen = nullptr) {
        EXPECT_EQ(opening.tcp_flags(), syn) << opening.text();
        End server{.mac = opening.to_mac(), .self = opening.to(), .peer = opening.from(), .next = 70000};
        server.heard(opening);
        auto frames = send(server.segment(syn_ack));
        if (seen != nullptr) {
            *seen = std::move(frames);
        }
        return server;
    }
};

// One server, asked at layer 7.
struct LayerSeven : FullProxy {
    void SetUp() override {
        engine::EngineConfig config = full_proxy_config();
        config.services[0].layer7 = true;
        config.pools[0].servers.resize(1);
        restart(config);
    }
    static Bytes text(const std::string& words) { return Bytes(words.begin(), words.end()); }
    static std::string words(const std::vector<TestFrame>& frames, const std::string& address) {
        std::string out;
        for (const TestFrame& f : to(frames, address)) {
            const Bytes part = f.l4_payload();
            out.append(part.begin(), part.end());
        }
        return out;
    }
    // A client's request and the server that has taken it.
    End request(End& c, const std::string& head) {
        EXPECT_TRUE(handshake(c).empty()) << "no server before there is a request";
        const auto opening = to(send(c.segment(psh_ack, text(head))), "10.1.1.10:80");
        EXPECT_EQ(opening.size(), 1U);
        std::vector<TestFrame> seen;
        End s = accept(opening.at(0), &seen);
        for (const TestFrame& f : to(seen, s.self)) {
            s.heard(f);
        }
        return s;
    }
};

} // namespace fulcrum::test
