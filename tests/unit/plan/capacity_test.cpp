#include "designer/plan/capacity.h"

#include <gtest/gtest.h>

#include "designer/plan/plan.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

Capacity whole(const Drawing& d) {
    const Network network(d.document);
    return capacity_of(network, ServiceMap(network).services());
}

std::uint64_t capacity(const Drawing& d) {
    return whole(d).connections;
}

Drawing three_by_three() {
    Drawing d;
    d.segment("front", "10.1.1.0/24").segment("back", "10.1.2.0/24");
    for (const char* se : {"se1", "se2", "se3"}) {
        d.node(se, NodeKind::se).link(se, "front").link(se, "back");
    }
    for (const char* server : {"server1", "server2", "server3"}) {
        d.node(server, NodeKind::server).link(server, "back", std::string("10.1.2.1") + server[6] + "/24");
    }
    d.group("group1", {"se1", "se2", "se3"}, HaMode::active_active)
        .pool("pool1", {"server1", "server2", "server3"});
    d.service("vip1", "10.1.1.1", Mode::full_proxy, "group1", "pool1");
    return d;
}

TEST(Capacity, M12_three_engines_and_three_servers) {
    EXPECT_EQ(capacity(three_by_three()), 576'000U);
}

TEST(Capacity, M12_the_arithmetic_is_told) {
    Drawing d = three_by_three();
    EXPECT_EQ(whole(d).text(), "3 source addresses × 3 server endpoints × 64000 ports");
    const Result<Plan> plan = make_plan(d.document);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    EXPECT_EQ(plan->max_connections, 576'000U);
    EXPECT_EQ(plan->notes.back(),
              "at most 576000 connections at once: 3 source addresses × 3 server endpoints × 64000 ports");
}

TEST(Capacity, endpoints_with_different_sources_are_told_as_pairs) {
    Drawing d = three_by_three();
    d.document.address_pools.push_back({"snat", "snat", "back", PoolPurpose::snat,
                                        *IpAddress::parse("10.1.2.50"), *IpAddress::parse("10.1.2.51")});
    d.service("vip2", "10.1.1.9", Mode::full_proxy, "group1", "pool1");
    d.document.services[1].ports[0].port = 443;
    d.document.services[1].snat_pool = "snat";
    EXPECT_EQ(whole(d).text(), "15 pairs of source address and server endpoint × 64000 ports");
}

TEST(Capacity, M12_a_snat_pool_replaces_the_engines_addresses) {
    Drawing d = three_by_three();
    d.document.address_pools.push_back({"snat", "snat", "back", PoolPurpose::snat,
                                        *IpAddress::parse("10.1.2.50"), *IpAddress::parse("10.1.2.51")});
    d.document.services[0].snat_pool = "snat";
    EXPECT_EQ(capacity(d), 2U * 3U * 64'000U);
}

TEST(Capacity, M12_the_engines_own_ranges_of_source_ports_count) {
    Drawing d = three_by_three();
    for (const char* se : {"se1", "se2", "se3"}) {
        d.document.node(se)->source_ports = {30000, 30099};
    }
    EXPECT_EQ(capacity(d), 3U * 3U * 100U);
    EXPECT_EQ(whole(d).text(), "3 source addresses × 3 server endpoints × 100 ports");
    d.document.node("se1")->source_ports = {};
    EXPECT_EQ(capacity(d), 3U * (64'000U + 100U + 100U));
    EXPECT_EQ(whole(d).text(), "3 source addresses × 3 server endpoints × 100 to 64000 ports");
}

TEST(Capacity, M12_of_engines_that_share_a_snat_pool_the_narrowest_range_counts) {
    Drawing d = three_by_three();
    d.document.address_pools.push_back({"snat", "snat", "back", PoolPurpose::snat,
                                        *IpAddress::parse("10.1.2.50"), *IpAddress::parse("10.1.2.51")});
    d.document.services[0].snat_pool = "snat";
    d.document.node("se2")->source_ports = {30000, 30000};
    EXPECT_EQ(capacity(d), 2U * 3U);
    EXPECT_EQ(whole(d).text(), "2 source addresses × 3 server endpoints × 1 port");
    d.document.groups[0].ha = HaMode::active_standby; // se2 stands by
    EXPECT_EQ(capacity(d), 2U * 3U * 64'000U);
}

TEST(Capacity, only_one_engine_works_in_active_standby) {
    Drawing d = three_by_three();
    d.document.groups[0].ha = HaMode::active_standby;
    EXPECT_EQ(capacity(d), 3U * 64'000U);
    d.document.groups[0].ha = HaMode::n_plus_m; // one spare
    EXPECT_EQ(capacity(d), 2U * 3U * 64'000U);
}

TEST(Capacity, services_that_share_endpoints_share_their_ports) {
    Drawing d = three_by_three();
    d.service("vip2", "10.1.1.9", Mode::full_proxy, "group1", "pool1");
    EXPECT_EQ(capacity(d), 576'000U);
    d.document.services[1].ports[0].port = 443; // other endpoints
    EXPECT_EQ(capacity(d), 2U * 576'000U);
}

TEST(Capacity, does_not_apply_to_modes_that_keep_the_client) {
    EXPECT_EQ(capacity(testing::in_line()), 0U);
}

} // namespace
} // namespace fulcrum::designer
