// Checks run while people draw: a large drawing must not make them wait. The limits are ten times what a slow
// machine needs, so that only a wrong order of growth breaks them.
#include <ctime>
#include <functional>

#include <gmock/gmock.h>

#include "designer/checks/checks.h"
#include "designer/plan/routing.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

// A backbone router; `sites` sites of a router, a segment and hosts; one in-line site with servers.
Drawing large(int sites, int hosts) {
    Drawing d = testing::in_line();
    d.document.nodes.reserve(static_cast<std::size_t>(sites * (hosts + 2)) + 10);
    d.segment("backbone", "10.2.0.0/16").link("router1", "backbone");
    for (int s = 0; s < sites; ++s) {
        const std::string n = std::to_string(s);
        d.node("r" + n, NodeKind::router)
            .segment("lan" + n,
                     "10." + std::to_string(100 + s / 200) + "." + std::to_string(s % 200) + ".0/24");
        d.link("r" + n, "backbone").link("r" + n, "lan" + n);
        for (int h = 0; h < hosts; ++h) {
            const std::string name = "c" + n + "-" + std::to_string(h);
            d.node(name, NodeKind::client).link(name, "lan" + n);
        }
    }
    return d;
}

double seconds_of_cpu(const std::function<void()>& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

TEST(Speed, ten_thousand_nodes_are_checked_within_a_second) {
    const Drawing d = large(50, 200);
    ASSERT_GT(d.document.nodes.size(), 10000U);
    std::vector<Problem> problems;
    const double seconds = seconds_of_cpu([&] { problems = check(d.document); });
    for (const Problem& problem : problems) {
        EXPECT_EQ(problem.severity, Severity::note) << problem.id << ": " << problem.why;
    }
    RecordProperty("seconds", std::to_string(seconds));
    EXPECT_LT(seconds, 1.0);
}

TEST(Speed, a_thousand_routers_are_checked_in_seconds) {
    const Drawing d = large(1000, 2);
    const double seconds = seconds_of_cpu([&] { check(d.document); });
    RecordProperty("seconds", std::to_string(seconds));
    EXPECT_LT(seconds, 5.0);
}

// A drawing in which everything is wrong takes no longer.
TEST(Speed, ten_thousand_problems_are_found_within_seconds) {
    Drawing d = testing::in_line();
    d.document.nodes[2].subnet = *IpPrefix::parse("10.0.0.0/8");
    for (int i = 0; i < 5000; ++i) {
        const std::string name = "server" + std::to_string(i + 100);
        d.node(name, NodeKind::server).link(name, "lan", "10.1.1.10/24");
        d.document.nodes.back().gateway = *IpAddress::parse("10.1.1.254");
        d.document.pools[0].members.push_back({});
        d.document.pools[0].members.back().server = name;
    }
    std::vector<Problem> problems;
    const double seconds = seconds_of_cpu([&] { problems = check(d.document); });
    EXPECT_GE(problems.size(), 10000U);
    EXPECT_LT(seconds, 3.0);
}

} // namespace
} // namespace fulcrum::designer
