#include "app/cli/lab_view.h"

#include <gmock/gmock.h>

namespace fulcrum::cli {
namespace {

engine::ServerReport server(const char* name, bool up, std::uint64_t connections) {
    engine::ServerReport report;
    report.name = name;
    report.address = *IpAddress::parse("10.1.1.10");
    report.port = 80;
    report.up = up;
    report.connections = connections;
    return report;
}

EngineView engine_with(const char* node, bool placed, std::vector<engine::ServerReport> servers) {
    engine::ServiceReport service;
    service.name = "web";
    service.vip = *IpAddress::parse("10.1.1.100");
    service.placed = placed;
    for (const auto& one : servers) {
        service.connections += one.connections;
    }
    service.servers = std::move(servers);
    engine::EngineReport report;
    report.services.push_back(service);
    return {node, report, {}};
}

TEST(LabView, CountersAddUpOverSes) {
    const auto totals =
        add_up({engine_with("se1", true, {server("server1", true, 10), server("server2", true, 5)}),
                engine_with("se2", true, {server("server1", true, 1), server("server3", true, 2)})});
    ASSERT_EQ(totals.size(), 1U);
    EXPECT_EQ(totals[0].sum.connections, 18U);
    EXPECT_THAT(totals[0].placed_on, testing::ElementsAre("se1", "se2"));
    ASSERT_EQ(totals[0].sum.servers.size(), 3U);
    EXPECT_EQ(totals[0].sum.servers[0].connections, 11U);
    EXPECT_EQ(totals[0].sum.servers[2].name, "server3");
}

TEST(LabView, TheOwnerOfTheVipSaysWhatIsUp) {
    // A standby that has just begun to probe must not hide what the active one knows, in either order.
    const auto active = engine_with("se1", true, {server("server1", true, 0)});
    const auto standby = engine_with("se2", false, {server("server1", false, 0)});
    EXPECT_TRUE(add_up({active, standby})[0].sum.servers[0].up);
    EXPECT_TRUE(add_up({standby, active})[0].sum.servers[0].up);
    EXPECT_FALSE(add_up({standby})[0].sum.servers[0].up);
}

TEST(LabView, ADeadEngineIsPassedOver) {
    const auto totals =
        add_up({{"se1", std::nullopt, "no answer"}, engine_with("se2", true, {server("server1", true, 3)})});
    ASSERT_EQ(totals.size(), 1U);
    EXPECT_EQ(totals[0].sum.connections, 3U);
}

} // namespace
} // namespace fulcrum::cli
