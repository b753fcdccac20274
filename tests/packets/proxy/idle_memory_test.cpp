// The memory of idle proxied connections, both legs together: at most 2 KB, the flow record included. A
// million of them take a minute: FULCRUM_IDLE_SESSIONS=1000000. The test run takes 50,000.
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <unistd.h>

#include "tests/packets/balance/engine_rig.h"

namespace fulcrum::test {
namespace {

constexpr std::uint8_t syn = 0x02, ack = 0x10, syn_ack = 0x12, psh_ack = 0x18;

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(IdleMemory, M1_an_idle_session_takes_at_most_two_kilobytes) {
    const char* wanted = std::getenv("FULCRUM_IDLE_SESSIONS");
    const std::uint32_t sessions =
        wanted == nullptr ? 50'000 : static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10));
    engine::EngineConfig config = in_line_config();
    config.interfaces[0].floating.clear();
    config.services[0].mode = engine::Mode::full_proxy;
    config.services[0].tcp_idle_timeout = std::chrono::hours(10);
    config.max_flows = sessions + 1;
    for (int i = 0; i < 6; ++i) { // x 3 servers x 59,976 ports: room for a million
        config.services[0].snat.push_back(ip(fmt::format("10.1.1.{}", 150 + i)));
    }
    EngineRig rig(config, segment_hosts());
    const Bytes request = pattern(200);
    const std::size_t before = resident_bytes();
    for (std::uint32_t i = 0; i < sessions; ++i) {
        const std::string self =
            fmt::format("172.{}.{}.{}:{}", 16 + i / 4'000'000, i / 62'500 % 256, 10, 1025 + i % 62'500);
        const auto from_client_end = [&](std::uint8_t flags, std::uint32_t seq, std::uint32_t acked,
                                         const Bytes& payload) {
            return rig.send("eth0", make_tcp({.from_mac = router_mac,
                                              .to_mac = se_mac,
                                              .from = self,
                                              .to = vip + ":80",
                                              .flags = flags,
                                              .seq = seq,
                                              .ack = acked,
                                              .payload = payload}));
        };
        auto frames = from_client_end(syn, 1000, 0, {});
        ASSERT_EQ(frames.size(), 1U) << i;
        const std::uint32_t ours = frames[0].frame.seq() + 1;
        frames = from_client_end(ack, 1001, ours, {});
        ASSERT_EQ(frames.size(), 1U) << i;
        const TestFrame opening = frames[0].frame;
        ASSERT_EQ(opening.tcp_flags(), syn) << i;
        const auto from_server = [&](std::uint8_t flags, std::uint32_t seq, std::uint32_t acked,
                                     const Bytes& payload) {
            return rig.send("eth0", make_tcp({.from_mac = opening.to_mac(),
                                              .to_mac = se_mac,
                                              .from = opening.to(),
                                              .to = opening.from(),
                                              .flags = flags,
                                              .seq = seq,
                                              .ack = acked,
                                              .payload = payload}));
        };
        from_server(syn_ack, 7000, opening.seq() + 1, {});
        // One request and one answer, acknowledged: an idle connection has a past.
        from_client_end(psh_ack, 1001, ours, request);
        from_server(psh_ack, 7001, opening.seq() + 1 + 200, request);
        from_client_end(ack, 1201, ours + 200, {});
        if (i % 1000 == 999) { // delayed acknowledgements leave, and timers go back to their wheel's far end
            rig.run_for(std::chrono::milliseconds(50));
            rig.take_seen();
        }
    }
    rig.run_for(std::chrono::seconds(1));
    rig.take_seen();
    const engine::EngineReport report = rig.report();
    EXPECT_EQ(report.proxy.sessions, sessions);
    EXPECT_EQ(report.proxy.buffer_bytes, 0U) << "an idle session holds no payload";
    const double each = static_cast<double>(resident_bytes() - before) / sessions;
    RecordProperty("bytes_per_session", static_cast<int>(each));
    fmt::print("{} idle sessions: {:.0f} bytes each (session {}, flow {})\n", sessions, each,
               report.proxy.session_bytes, report.flow_bytes);
    EXPECT_LE(each, 2048);
    EXPECT_GE(each, 500) << "or it is not the memory that was measured";
}

} // namespace
} // namespace fulcrum::test
