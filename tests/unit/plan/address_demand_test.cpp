// N12: what VIPs and SEs need on each segment, against the pools there.
#include "designer/plan/address_demand.h"

#include <gmock/gmock.h>

#include "designer/checks/checks.h"
#include "designer/plan/plan.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

// Two SEs between front and back, two VIPs in front.
Drawing pair() {
    Drawing d = testing::two_arm(Mode::full_proxy);
    d.node("se2", NodeKind::se).link("se2", "front").link("se2", "back");
    d.document.groups[0].members.push_back("se2");
    return d.service("vip2", "192.168.2.102", Mode::full_proxy, "group1", "pool1");
}

Drawing& with_pool(Drawing& d, PoolPurpose purpose, const char* first, const char* last) {
    d.document.address_pools.push_back(
        {"range1", "range1", "front", purpose, *IpAddress::parse(first), *IpAddress::parse(last)});
    return d;
}

std::vector<std::string> told(const Drawing& d) {
    const Result<Plan> plan = make_plan(d.document);
    EXPECT_TRUE(plan.has_value()) << plan.error().message;
    std::vector<std::string> list;
    for (const AddressNeed& need : plan->addresses) {
        list.push_back(need.segment + " " + std::string(name_of(need.purpose)) + " " +
                       std::to_string(need.needed) + "/" + std::to_string(need.available) +
                       (need.pools.empty() ? "" : " " + need.pools[0]));
    }
    return list;
}

TEST(AddressDemand, N12_engines_need_one_address_on_every_segment) {
    EXPECT_THAT(told(pair()), ::testing::ElementsAre("front se 2/254", "front vip 2/254", "back se 2/254"));
}

TEST(AddressDemand, N12_pools_are_what_is_available) {
    Drawing d = pair();
    with_pool(d, PoolPurpose::vip, "192.168.2.100", "192.168.2.109");
    EXPECT_THAT(told(d), ::testing::Contains("front vip 2/10 range1"));
}

TEST(AddressDemand, N12_a_pool_that_runs_short_is_a_problem) {
    Drawing d = pair();
    with_pool(d, PoolPurpose::se, "192.168.2.201", "192.168.2.201");
    EXPECT_THAT(told(d), ::testing::Contains("front se 2/1 range1"));
    const auto problems = check(d.document);
    const auto hit = std::ranges::find(problems, "address-pool-too-small", &Problem::id);
    ASSERT_NE(hit, problems.end());
    EXPECT_THAT(hit->why,
                ::testing::HasSubstr("the SEs on front need 2 addresses, and the pool range1 has 1"));
}

} // namespace
} // namespace fulcrum::designer
