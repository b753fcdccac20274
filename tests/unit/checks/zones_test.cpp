// Two zones on one SE in which everything has the same addresses, VIP included: what is said about one zone
// never names a node of the other.
#include <algorithm>

#include <gmock/gmock.h>

#include "designer/checks/checks.h"
#include "designer/plan/plan.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string zones[] = {"inside", "dmz"};

testing::Drawing twins(Mode mode) {
    testing::Drawing d;
    d.node("se1", NodeKind::se).group("group1", {"se1"}, HaMode::active_standby);
    for (const std::string& zone : zones) {
        d.vrf(zone);
        d.segment("front-" + zone, "172.16.1.0/24", zone).segment("back-" + zone, "172.16.10.0/24", zone);
        d.node("client-" + zone, NodeKind::client).node("router-" + zone, NodeKind::router);
        d.node("server-" + zone, NodeKind::server);
        d.link("client-" + zone, "router-" + zone, "192.168.1.101/24", "192.168.1.1/24");
        d.link("router-" + zone, "front-" + zone, "172.16.1.1/24");
        d.link("se1", "front-" + zone, "172.16.1.10/24").link("se1", "back-" + zone, "172.16.10.10/24");
        d.link("server-" + zone, "back-" + zone, "172.16.10.101/24");
        d.pool("pool-" + zone, {"server-" + zone});
        d.service("vip-" + zone, "172.16.1.100", mode, "group1", "pool-" + zone, zone);
    }
    if (mode == Mode::in_line) {
        for (const std::string& zone : zones) {
            d.floating("front-" + zone, "172.16.1.9").floating("back-" + zone, "172.16.10.1");
        }
    }
    return d;
}

std::string other_than(const std::string& zone) {
    return zone == zones[0] ? zones[1] : zones[0];
}

class Twins : public ::testing::TestWithParam<Mode> {};

TEST_P(Twins, are_no_problem) {
    const auto problems = check(twins(GetParam()).document);
    EXPECT_TRUE(problems.empty()) << problems.front().why;
}

TEST_P(Twins, the_route_table_of_one_zone_does_not_name_the_other) {
    const Result<Plan> plan = make_plan(twins(GetParam()).document);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    std::size_t told = 0;
    for (const RouteNeed& need : plan->routes) {
        for (const std::string& zone : zones) {
            if (need.node_name.ends_with("-" + zone) || need.vrf == zone) {
                EXPECT_THAT(need.why + " " + need.without, Not(HasSubstr("-" + other_than(zone))))
                    << need.node_name;
                told += !need.without.empty();
            }
        }
    }
    EXPECT_GT(told, 3U) << plan_as_routes(*plan);
}

TEST_P(Twins, a_client_without_a_way_is_missed_in_its_own_zone_only) {
    for (const std::string& zone : zones) {
        Document document = twins(GetParam()).document;
        document.node("client-" + zone)->derive_routes = false;
        const auto problems = check(document);
        const auto hit = std::ranges::find(problems, "edited-routes-break-service", &Problem::id);
        ASSERT_NE(hit, problems.end());
        EXPECT_THAT(hit->items, ::testing::Contains("vip-" + zone));
        for (const Problem& problem : problems) {
            EXPECT_THAT(problem.why, Not(HasSubstr("-" + other_than(zone)))) << problem.id;
            EXPECT_THAT(problem.items, Not(::testing::Contains(::testing::EndsWith("-" + other_than(zone)))))
                << problem.id;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Modes, Twins, ::testing::Values(Mode::full_proxy, Mode::in_line),
                         [](const auto& mode) {
                             return mode.param == Mode::in_line ? "in_line" : "full_proxy";
                         });

// The answer of a server in one zone was followed to the client of the other.
TEST(Zones, an_answer_that_bypasses_the_se_names_the_client_of_its_own_zone) {
    testing::Drawing d = twins(Mode::in_line);
    d.link("router-dmz", "back-dmz", "172.16.10.254/24");
    d.document.node("server-dmz")->gateway = IpAddress::parse("172.16.10.254");
    const auto problems = check(d.document);
    const auto hit = std::ranges::find(problems, "in-line-return-bypasses-se", &Problem::id);
    ASSERT_NE(hit, problems.end());
    EXPECT_THAT(hit->why, HasSubstr("client-dmz"));
    EXPECT_THAT(hit->why, Not(HasSubstr("client-inside")));
}

} // namespace
} // namespace fulcrum::designer
