// SPEC section 3, row by row: the table says who needs which route, and every route it says is needed is
// needed: without it, the check names what breaks and where, before anything is launched.
#include <algorithm>

#include <gmock/gmock.h>

#include "designer/checks/checks.h"
#include "designer/plan/plan.h"
#include "designer/templates/templates.h"
#include "tests/golden/plan/drawings.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

struct Expected { // a line of the table
    std::string node, destination, via;
    std::string breaks; // part of what stops without it; empty: nothing does
};

struct Row {
    std::string name;
    Document (*draw)();
    std::vector<Expected> lines;
};
void PrintTo(const Row& row, std::ostream* out) {
    *out << row.name;
}

Document drawn(const char* id) {
    return *make_template(id);
}

// A VIP and a SNAT range outside every segment: the routers on both sides must be told where they are.
Document outside(Attachment attachment) {
    Drawing d;
    d.document.name = "outside";
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).node("router2", NodeKind::router);
    d.segment("front", "172.16.1.0/24").segment("back", "172.16.2.0/24").segment("far", "172.16.10.0/24");
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24");
    d.link("router1", "front", "172.16.1.1/24");
    d.node("se1", NodeKind::se).link("se1", "front", "172.16.1.10/24").link("se1", "back", "172.16.2.10/24");
    d.link("router2", "back", "172.16.2.1/24").link("router2", "far", "172.16.10.1/24");
    d.node("server1", NodeKind::server).link("server1", "far", "172.16.10.101/24");
    d.group("group1", {"se1"}, HaMode::active_active).pool("pool1", {"server1"});
    d.service("vip1", "10.50.0.11", Mode::full_proxy, "group1", "pool1");
    d.document.services[0].attachment = attachment;
    d.document.address_pools.push_back({"snat1", "snat1", "", PoolPurpose::snat,
                                        *IpAddress::parse("10.60.0.2"), *IpAddress::parse("10.60.0.3")});
    d.document.services[0].snat_pool = "snat1";
    return d.document;
}

const std::vector<Row>& rows() {
    static const std::vector<Row> table{
        {"full_proxy_one_arm_L2",
         [] { return drawn("one-arm"); },
         {{"client1", "default", "192.168.1.1", "requests of client1"},
          {"router1", "10.10.10.100/32", "connected", ""},
          {"se1", "10.10.10.0/24", "connected", ""},
          {"se1", "default", "auto gateway",
           "answers of service1 (10.10.10.100) by se1 to client1 stop at se1"},
          {"server1", "default", "10.10.10.1", ""}}},
        {"full_proxy_one_arm_L3",
         [] { return drawn("topology-1"); },
         {{"router1", "172.16.1.21/32", "connected", ""},
          {"router1", "172.16.1.0/24", "connected", ""},
          {"se1", "172.16.10.0/24", "172.16.1.1", "packets of se1 to server1"},
          {"se1", "172.16.20.0/24", "172.16.1.1", "packets of se1 to server4"},
          {"se2", "172.16.20.0/24", "172.16.1.1", "packets of se2 to server4"},
          {"server1", "default", "172.16.10.1", "answers of server1 to se1 (172.16.1.10)"},
          {"server6", "default", "172.16.20.1", "answers of server6 to se1 (172.16.1.10)"}}},
        {"full_proxy_two_arm_L3",
         [] { return drawn("topology-2"); },
         {{"router1", "172.16.1.21/32", "connected", ""},
          {"router2", "172.16.2.0/24", "connected", ""},
          {"se1", "172.16.10.0/24", "172.16.2.1", "packets of se1 to server1"},
          {"se1", "default", "auto gateway", "answers of service1 (172.16.1.21) by se1 to client1"},
          {"server1", "default", "172.16.10.1", "answers of server1 to se1 (172.16.2.10)"}}},
        {"full_proxy_two_arm_L2",
         [] { return drawn("two-arm"); },
         {{"router1", "192.168.2.100/32", "connected", ""},
          {"se1", "10.10.10.0/24", "connected", ""},
          {"se1", "default", "auto gateway", "answers of service1 (192.168.2.100) by se1 to client1"},
          {"server1", "default", "none", ""}}},
        {"in_line_L2",
         [] { return drawn("topology-3"); },
         {{"router1", "172.16.1.21/32", "connected", ""},
          {"router1", "172.16.10.0/24", "172.16.1.9",
           "answers of client1 to connections that server1 itself opens stop at router1"},
          {"se1", "default", "172.16.1.1", "connections that server1 itself opens to client1 stop at se1"},
          {"se2", "default", "172.16.1.1", "open through se2 to client1 stop at se2"},
          {"server1", "default", "172.16.10.1", "answers of server1 to client1 for service1"},
          {"server6", "default", "172.16.20.1", "answers of server6 to client1 for service2"}}},
        {"in_line_L3",
         [] { return testing::in_line_far().document; },
         {{"router1", "default", "172.16.1.5", "are led past the SE by router1"},
          {"router1", "172.16.10.0/24", "10.254.0.2", "packets of se1 to server1"},
          {"se1", "172.16.10.0/24", "172.16.1.1", ""}, // its default leads there too
          {"se1", "default", "172.16.1.1", "connections that server1 itself opens"},
          {"server1", "default", "172.16.10.1", "answers of server1 to client1"}}},
        {"L2_DSR",
         [] { return drawn("l2-dsr"); },
         {{"router1", "10.1.1.100/32", "connected", ""},
          {"se1", "default", "none", ""},
          {"server1", "default", "10.1.1.1", "answers of server1 to client1"},
          {"server2", "default", "10.1.1.1", "answers of server2 to client1"}}},
        {"L3_DSR",
         [] { return drawn("l3-dsr-gre"); },
         {{"se1", "10.1.2.0/24", "10.1.1.254", "packets of se1 to server1"},
          {"se1", "default", "none", ""},
          {"router2", "172.16.1.0/24", "10.1.1.1", "answers of server1 to client1"},
          {"server1", "default", "10.1.2.1", "answers of server1"}}},
        {"addresses_outside_by_static_route",
         [] { return outside(Attachment::static_route); },
         {{"router1", "10.50.0.11/32", "172.16.1.10",
           "requests of client1 for vip1 (10.50.0.11) stop at router1"},
          {"router2", "10.60.0.2/31", "172.16.2.10", "answers of server1 to se1 (10.60.0.2) for vip1"},
          {"se1", "default", "auto gateway", "answers of vip1 (10.50.0.11) by se1 to client1"},
          {"server1", "default", "172.16.10.1", "answers of server1"}}},
        {"addresses_outside_by_BGP",
         [] { return outside(Attachment::bgp); },
         {{"router1", "10.50.0.11/32", "BGP", ""},
          {"router2", "10.60.0.2/31", "172.16.2.10", "answers of server1 to se1 (10.60.0.2) for vip1"}}},
        {"snat_addresses_led_back_apart",
         [] {
             Document document = outside(Attachment::static_route);
             document.address_pools[0].last = *IpAddress::parse("10.60.0.4");
             return document;
         },
         {{"router2", "10.60.0.2/31", "172.16.2.10", "answers of server1 to se1 (10.60.0.2) for vip1"},
          {"router2", "10.60.0.4/32", "172.16.2.10", "answers of server1 to se1 (10.60.0.4) for vip1"}}},
        {"two_zones_one_arm", [] { return drawn("topology-5"); }, {}},
        {"two_zones_in_line", [] { return drawn("topology-7"); }, {}},
        {"several_uplinks", [] { return drawn("auto-gateway"); }, {}},
        {"ring_of_routers", [] { return testing::dsr_ring().document; }, {}},
        {"three_engines", [] { return drawn("full-proxy"); }, {}},
        {"snat_pool", [] { return drawn("snat-pool"); }, {}},
    };
    return table;
}

std::string destination_text(const RouteNeed& need) {
    return need.destination.length == 0 ? "default" : need.destination.text();
}

bool is_route(const RouteNeed& need) {
    return need.via != "connected" && need.via != "none" && need.via != "BGP";
}

// What the checks on edited routes say.
std::vector<std::string> complaints(const Document& document) {
    std::vector<std::string> list;
    for (const Problem& problem : check(document)) {
        if (problem.id.starts_with("edited-routes-break")) {
            list.push_back(problem.why);
        }
    }
    return list;
}

class Section3 : public ::testing::TestWithParam<Row> {};

TEST_P(Section3, lists_the_routes_of_the_specification) {
    const Result<Plan> plan = make_plan(GetParam().draw());
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    for (const Expected& line : GetParam().lines) {
        const auto hit = std::ranges::find_if(plan->routes, [&](const RouteNeed& need) {
            return need.node_name == line.node && destination_text(need) == line.destination &&
                   need.via == line.via;
        });
        ASSERT_TRUE(hit != plan->routes.end())
            << line.node << " " << line.destination << " via " << line.via << " is not in\n"
            << plan_as_routes(*plan);
        EXPECT_FALSE(hit->why.empty());
        if (line.breaks.empty()) {
            EXPECT_EQ(hit->without, "") << line.node << " " << line.destination;
        } else {
            EXPECT_THAT(hit->without, ::testing::HasSubstr(line.breaks));
        }
    }
}

TEST_P(Section3, routes_written_down_by_hand_work_as_the_derived_ones) {
    const Document document = GetParam().draw();
    const Result<Plan> plan = make_plan(document);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    for (const Node& node : document.nodes) {
        const bool has_policy = std::ranges::any_of(
            plan->routes, [&](const RouteNeed& need) { return need.node == node.id && need.from; });
        if (node.kind != NodeKind::segment && !has_policy) {
            EXPECT_THAT(complaints(with_routes_by_hand(document, node.id)), ::testing::IsEmpty())
                << node.name;
        }
    }
}

TEST_P(Section3, every_needed_route_is_missed_when_it_is_taken_away) {
    const Document document = GetParam().draw();
    const Result<Plan> plan = make_plan(document);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    std::size_t taken = 0;
    for (const RouteNeed& need : plan->routes) {
        if (!is_route(need)) {
            continue;
        }
        const std::vector<std::string> said = complaints(without_route(document, need));
        const std::string line = need.node_name + " " + destination_text(need) + " via " + need.via;
        const bool has_policy = std::ranges::any_of(
            plan->routes, [&](const RouteNeed& other) { return other.node == need.node && other.from; });
        if (!need.without.empty()) {
            ++taken;
            EXPECT_THAT(said, ::testing::Contains(::testing::HasSubstr(need.without))) << line;
        } else if (!has_policy) { // a policy route goes with the others of its node
            EXPECT_THAT(said, ::testing::IsEmpty()) << line;
        }
    }
    EXPECT_GT(taken, 0U);
}

INSTANTIATE_TEST_SUITE_P(All, Section3, ::testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

} // namespace
} // namespace fulcrum::designer
