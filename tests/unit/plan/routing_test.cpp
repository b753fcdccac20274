// Who needs which route: every row of SPEC section 3, and what lies between them.
#include "designer/plan/routing.h"

#include <gmock/gmock.h>

#include "designer/plan/plan.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Resolved {
    explicit Resolved(const Drawing& drawing)
        : document(fill_addresses(drawing.document)), network(document), services(network),
          routing(network, services) {}

    // "10.2.0.0/24 via 10.1.0.2 eth0"
    std::vector<std::string> routes(const Id& node) const {
        std::vector<std::string> list;
        for (const RouteEntry& entry : routing.table(*network.station(node)).routes) {
            list.push_back(text(entry));
        }
        return list;
    }
    // "from 10.1.2.0/24: …"
    std::vector<std::string> policies(const Id& node) const {
        std::vector<std::string> list;
        for (const PolicyEntry& policy : routing.table(*network.station(node)).policy) {
            for (const RouteEntry& entry : policy.routes) {
                list.push_back("from " + policy.from.text() + ": " + text(entry));
            }
        }
        return list;
    }
    Trace trace(const Id& from, const std::string& to, const std::string& source) const {
        return routing.trace(*network.station(from), *IpAddress::parse(to), *IpAddress::parse(source));
    }
    static std::string path(const Trace& trace) {
        std::string text;
        for (const Station* station : trace.stations) {
            text += (text.empty() ? "" : " ") + station->name();
        }
        return text;
    }

    const Document document;
    const Network network;
    const ServiceMap services;
    const Routing routing;

private:
    static std::string text(const RouteEntry& entry) {
        std::string text = entry.destination.text();
        for (std::size_t i = 0; i < entry.gateways.size(); ++i) {
            text += (i == 0 ? " via " : " and ") + entry.gateways[i].text();
        }
        return text + (entry.interface == nullptr ? "" : " " + entry.interface->name);
    }
};

// --- servers beside the SE, and static routes preferred (SPEC N2)

TEST(Routes, N2_preferred_static_routes_lead_through_the_router_on_the_segment) {
    Drawing d = testing::in_line();
    d.document.services[0].mode = Mode::full_proxy;
    EXPECT_EQ(Resolved::path(Resolved(d).trace("se1", "10.1.1.10", "10.1.1.2")), "se1 server1");
    d.document.node("se1")->prefer_static_routes = true;
    const Resolved r(d);
    EXPECT_THAT(r.routes("se1"),
                ElementsAre("10.1.1.10/32 via 10.1.1.254 eth0", "10.1.1.11/32 via 10.1.1.254 eth0"));
    EXPECT_EQ(Resolved::path(r.trace("se1", "10.1.1.10", "10.1.1.2")), "se1 router1 server1");
    EXPECT_EQ(Resolved::path(r.trace("se1", "10.1.1.3", "10.1.1.2")), "se1 se2");
    EXPECT_THAT(r.routes("se2"), IsEmpty());
}

TEST(Routes, N2_a_route_by_hand_to_the_servers_subnet_wins_over_being_on_it) {
    Drawing d = testing::two_arm(Mode::full_proxy);
    d.link("router1", "back", "10.10.10.1/24");
    d.document.node("se1")->routes = {{*IpPrefix::parse("10.10.10.0/24"), *IpAddress::parse("192.168.2.1")}};
    d.document.node("se1")->prefer_static_routes = true;
    const Resolved r(d);
    EXPECT_THAT(r.routes("se1"), ::testing::IsSupersetOf({"10.10.10.11/32 via 192.168.2.1 eth0",
                                                          "10.10.10.12/32 via 192.168.2.1 eth0"}));
    EXPECT_EQ(Resolved::path(r.trace("se1", "10.10.10.11", "192.168.2.101")), "se1 router1 server1");
}

TEST(Routes, N2_nothing_is_preferred_in_l2_dsr_nor_where_no_router_is) {
    Drawing dsr = testing::l2_dsr(), alone = testing::two_arm(Mode::full_proxy);
    dsr.document.node("se1")->prefer_static_routes = true;
    alone.document.node("se1")->prefer_static_routes = true;
    EXPECT_EQ(Resolved::path(Resolved(dsr).trace("se1", "10.1.1.10", "10.1.1.2")), "se1 server1");
    EXPECT_EQ(Resolved::path(Resolved(alone).trace("se1", "10.10.10.11", "10.10.10.101")), "se1 server1");
}

// --- full proxy

TEST(Routes, full_proxy_one_arm_l2_needs_none_but_auto_gateway) {
    Drawing d = testing::in_line();
    d.document.services[0].mode = Mode::full_proxy;
    d.document.groups[0].ha = HaMode::active_active;
    const Resolved r(d);
    EXPECT_THAT(r.routes("router1"), IsEmpty()) << "the VIP's segment is connected";
    EXPECT_THAT(r.routes("se1"), IsEmpty());
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 10.1.1.254 eth0"));
}

TEST(Routes, full_proxy_without_auto_gateway_has_a_default) {
    Drawing d = testing::in_line();
    d.document.services[0].mode = Mode::full_proxy;
    d.document.node("se1")->auto_gateway = false;
    EXPECT_THAT(Resolved(d).routes("se1"), ElementsAre("0.0.0.0/0 via 10.1.1.254 eth0"));
}

// client1 — router1 — front — se1, and servers in 172.16.10.0/24 behind the same router.
Drawing one_arm_l3(Mode mode) {
    Drawing d;
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).node("se1", NodeKind::se);
    d.node("server1", NodeKind::server).segment("front", "172.16.1.0/24").segment("far", "172.16.10.0/24");
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24")
        .link("router1", "front", "172.16.1.1/24");
    d.link("router1", "far", "172.16.10.1/24").link("se1", "front", "172.16.1.10/24");
    d.link("server1", "far", "172.16.10.101/24");
    d.group("group1", {"se1"}, mode == Mode::in_line ? HaMode::active_standby : HaMode::active_active);
    d.pool("pool1", {"server1"}).service("vip1", "172.16.1.21", mode, "group1", "pool1");
    return d;
}

TEST(Routes, full_proxy_one_arm_l3_leads_to_the_servers_and_back) {
    const Resolved r(one_arm_l3(Mode::full_proxy));
    EXPECT_THAT(r.routes("se1"), ElementsAre("172.16.10.0/24 via 172.16.1.1 eth0"));
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 172.16.10.1 eth0"));
    EXPECT_THAT(r.routes("router1"), IsEmpty());
}

// topology-2: front — se1 — back — router2 — servers.
Drawing two_arm_l3(Mode mode) {
    Drawing d;
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).node("router2", NodeKind::router);
    d.node("se1", NodeKind::se).node("server1", NodeKind::server);
    d.segment("front", "172.16.1.0/24").segment("back", "172.16.2.0/24").segment("pool", "172.16.10.0/24");
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24")
        .link("router1", "front", "172.16.1.1/24");
    d.link("se1", "front", "172.16.1.10/24").link("se1", "back", "172.16.2.10/24");
    d.link("router2", "back", "172.16.2.1/24").link("router2", "pool", "172.16.10.1/24");
    d.link("server1", "pool", "172.16.10.101/24");
    d.group("group1", {"se1"}, mode == Mode::in_line ? HaMode::active_standby : HaMode::active_active);
    d.pool("pool1", {"server1"}).service("vip1", "172.16.1.21", mode, "group1", "pool1");
    return d;
}

TEST(Routes, full_proxy_two_arm_l3_goes_through_the_back_router) {
    const Resolved r(two_arm_l3(Mode::full_proxy));
    EXPECT_THAT(r.routes("se1"), ElementsAre("172.16.10.0/24 via 172.16.2.1 eth1"));
    EXPECT_THAT(r.routes("router1"), IsEmpty()) << "never through an SE";
    EXPECT_THAT(r.routes("router2"), IsEmpty()) << "the SE's back segment is connected";
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 172.16.10.1 eth0"));
}

TEST(Routes, full_proxy_two_arm_l2_servers_need_none) {
    const Resolved r(testing::two_arm(Mode::full_proxy));
    EXPECT_THAT(r.routes("router1"), IsEmpty());
    EXPECT_THAT(r.routes("se1"), IsEmpty());
    EXPECT_THAT(r.routes("server1"), IsEmpty());
}

// --- in-line

TEST(Routes, in_line_l2_servers_go_back_through_the_floating_address) {
    const Resolved r(testing::in_line());
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 10.1.1.1 eth0"));
    EXPECT_THAT(r.routes("se1"), ElementsAre("0.0.0.0/0 via 10.1.1.254 eth0"));
    EXPECT_THAT(r.routes("se2"), ElementsAre("0.0.0.0/0 via 10.1.1.254 eth0"))
        << "the standby knows the same";
    EXPECT_THAT(r.routes("client1"), ElementsAre("0.0.0.0/0 via 172.16.1.1 eth0"));
}

// topology-3: the SE between front and server segments; the front router reaches those through its front
// address.
TEST(Routes, in_line_two_arm_the_front_router_reaches_server_nets_through_the_front_floating_address) {
    Drawing d = testing::two_arm(Mode::in_line);
    d.floating("front", "192.168.2.5").floating("back", "10.10.10.1");
    const Resolved r(d);
    EXPECT_THAT(r.routes("router1"), ElementsAre("10.10.10.0/24 via 192.168.2.5 eth1"));
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 10.10.10.1 eth0"));
    EXPECT_THAT(r.routes("se1"), ElementsAre("0.0.0.0/0 via 192.168.2.1 eth0"));
    EXPECT_EQ(Resolved::path(r.trace("server1", "192.168.1.101", "10.10.10.11")),
              "server1 se1 router1 client1");
}

TEST(Routes, in_line_without_floating_addresses_uses_the_active_ones_own) {
    const Resolved r(testing::two_arm(Mode::in_line));
    EXPECT_THAT(r.routes("router1"), ElementsAre("10.10.10.0/24 via 192.168.2.101 eth1"));
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 10.10.10.101 eth0"));
}

TEST(Routes, in_line_two_arm_l3_the_back_router_leads_to_clients_through_the_se) {
    const Resolved r(two_arm_l3(Mode::in_line));
    EXPECT_THAT(r.routes("router1"), UnorderedElementsAre("172.16.2.0/24 via 172.16.1.10 eth1",
                                                          "172.16.10.0/24 via 172.16.1.10 eth1"));
    EXPECT_THAT(r.routes("router2"), UnorderedElementsAre("172.16.1.0/24 via 172.16.2.10 eth0",
                                                          "192.168.1.0/24 via 172.16.2.10 eth0"));
    EXPECT_THAT(r.policies("router2"), IsEmpty()) << "every way to clients leads through the SE anyhow";
    EXPECT_EQ(Resolved::path(r.trace("server1", "192.168.1.101", "172.16.10.101")),
              "server1 router2 se1 router1 client1");
}

TEST(Routes, in_line_l3_beside_the_clients_router_needs_a_policy_route) {
    const Resolved r(one_arm_l3(Mode::in_line));
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 172.16.10.1 eth0"));
    EXPECT_THAT(r.policies("router1"), ElementsAre("from 172.16.10.0/24: 172.16.1.0/24 eth1",
                                                   "from 172.16.10.0/24: 172.16.10.0/24 eth2",
                                                   "from 172.16.10.0/24: 0.0.0.0/0 via 172.16.1.10 eth1"))
        << "the client's subnet is connected, and must not be reached directly";
    EXPECT_EQ(Resolved::path(r.trace("server1", "192.168.1.101", "172.16.10.101")),
              "server1 router1 se1 router1 client1");
}

TEST(Routes, in_line_l3_a_client_beside_the_se_is_answered_through_it_too) {
    Drawing d = one_arm_l3(Mode::in_line);
    d.node("client2", NodeKind::client).link("client2", "front", "172.16.1.200/24");
    const Resolved r(d);
    EXPECT_THAT(r.policies("router1"), ElementsAre("from 172.16.10.0/24: 172.16.1.10/32 eth1",
                                                   "from 172.16.10.0/24: 172.16.10.0/24 eth2",
                                                   "from 172.16.10.0/24: 0.0.0.0/0 via 172.16.1.10 eth1"));
    EXPECT_EQ(Resolved::path(r.trace("server1", "172.16.1.200", "172.16.10.101")),
              "server1 router1 se1 client2");
    EXPECT_EQ(Resolved::path(r.trace("server1", "172.16.1.10", "172.16.10.101")), "server1 router1 se1")
        << "a probe is answered";
}

// --- DSR

TEST(Routes, l2_dsr_servers_answer_through_the_router_never_the_se) {
    const Resolved r(testing::l2_dsr());
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 10.1.1.1 eth0"));
    const Trace back = r.trace("server1", "172.16.1.10", "10.1.1.100");
    EXPECT_EQ(Resolved::path(back), "server1 router1 client1");
    EXPECT_FALSE(back.crosses(r.document.groups[0]));
}

TEST(Routes, l3_dsr_servers_have_their_own_way_to_clients) {
    Drawing d = testing::l2_dsr();
    d.document.services[0].mode = Mode::l3_dsr_ipip;
    d.node("router2", NodeKind::router).segment("far", "10.1.2.0/24");
    d.link("router2", "lan", "10.1.1.253/24").link("router2", "far", "10.1.2.1/24");
    d.node("server3", NodeKind::server).link("server3", "far", "10.1.2.10/24");
    d.pool("pool2", {"server3"});
    d.document.services[0].pool = "pool2";
    const Resolved r(d);
    EXPECT_THAT(r.routes("se1"), ElementsAre("10.1.2.0/24 via 10.1.1.253 eth0"));
    EXPECT_THAT(r.routes("server3"), ElementsAre("0.0.0.0/0 via 10.1.2.1 eth0"));
    EXPECT_THAT(r.routes("router2"), ElementsAre("172.16.1.0/24 via 10.1.1.1 eth0"));
    EXPECT_EQ(Resolved::path(r.trace("server3", "172.16.1.10", "10.1.1.100")),
              "server3 router2 router1 client1");
}

// --- VIP or SNAT outside every segment

TEST(Routes, a_vip_by_static_route_has_one_next_hop_per_se) {
    Drawing d = testing::l2_dsr();
    d.document.services[0].vip = *IpAddress::parse("10.50.0.11");
    d.document.services[0].mode = Mode::full_proxy;
    d.document.services[0].attachment = Attachment::static_route;
    d.node("router2", NodeKind::router).link("router2", "router1", "10.99.0.2/30", "10.99.0.1/30");
    const Resolved r(d);
    EXPECT_THAT(r.routes("router1"), ElementsAre("10.50.0.11/32 via 10.1.1.2 and 10.1.1.3 eth1"));
    EXPECT_THAT(r.routes("router2"), ::testing::Contains("10.50.0.11/32 via 10.99.0.1 eth0"));
}

TEST(Routes, a_vip_by_bgp_is_learned_beside_the_ses_and_routed_farther_out) {
    Drawing d = testing::l2_dsr();
    d.document.services[0].vip = *IpAddress::parse("10.50.0.11");
    d.document.services[0].mode = Mode::full_proxy;
    d.document.services[0].attachment = Attachment::bgp;
    d.node("router2", NodeKind::router).link("router2", "router1", "10.99.0.2/30", "10.99.0.1/30");
    const Resolved r(d);
    EXPECT_THAT(r.routes("router1"), IsEmpty());
    EXPECT_THAT(r.routes("router2"), ::testing::Contains("10.50.0.11/32 via 10.99.0.1 eth0"));
}

TEST(Routes, snat_addresses_outside_every_segment_lead_to_the_ses) {
    Drawing d = one_arm_l3(Mode::full_proxy);
    d.document.address_pools.push_back({"snat", "snat", "", PoolPurpose::snat, *IpAddress::parse("10.77.0.2"),
                                        *IpAddress::parse("10.77.0.3")});
    d.document.services[0].snat_pool = "snat";
    EXPECT_THAT(Resolved(d).routes("router1"), ElementsAre("10.77.0.2/31 via 172.16.1.10 eth1"));
}

// Answers were shared among all SEs of the group, of which one has the connection.
TEST(Routes, snat_addresses_belong_to_one_se_of_a_group_that_shares) {
    Drawing d = one_arm_l3(Mode::full_proxy);
    d.node("se2", NodeKind::se).link("se2", "front", "172.16.1.11/24");
    d.document.groups[0].members.push_back("se2");
    d.document.address_pools.push_back({"snat", "snat", "", PoolPurpose::snat, *IpAddress::parse("10.77.0.2"),
                                        *IpAddress::parse("10.77.0.3")});
    d.document.services[0].snat_pool = "snat";
    EXPECT_THAT(Resolved(d).routes("router1"), ElementsAre("10.77.0.2/31 via 172.16.1.10 eth1"));
}

// --- networks of routers

TEST(Routes, routers_take_the_shortest_path) {
    Drawing d;
    d.node("a", NodeKind::router)
        .node("b", NodeKind::router)
        .node("c", NodeKind::router)
        .node("d", NodeKind::router);
    d.segment("edge", "10.9.0.0/24").node("client1", NodeKind::client).link("client1", "edge");
    // a ring a-b-c-d-a: from a, c's edge is two hops either way, b's link one.
    d.link("a", "b", "10.0.1.1/30", "10.0.1.2/30").link("b", "c", "10.0.2.1/30", "10.0.2.2/30");
    d.link("c", "d", "10.0.3.1/30", "10.0.3.2/30").link("d", "a", "10.0.4.1/30", "10.0.4.2/30");
    d.link("c", "edge", "10.9.0.1/24");
    const Resolved r(d);
    EXPECT_THAT(r.routes("a"),
                UnorderedElementsAre("10.0.2.0/30 via 10.0.1.2 eth0", "10.0.3.0/30 via 10.0.4.1 eth1",
                                     "10.9.0.0/24 via 10.0.1.2 eth0"));
    EXPECT_THAT(r.routes("client1"), ElementsAre("0.0.0.0/0 via 10.9.0.1 eth0"));
}

TEST(Routes, a_client_with_two_routers_takes_the_one_nearer_to_the_vip) {
    Drawing d = testing::in_line();
    d.segment("clients", "10.7.0.0/24").node("far1", NodeKind::router).node("client2", NodeKind::client);
    d.link("client2", "clients")
        .link("far1", "clients", "10.7.0.2/24")
        .link("far1", "router1", "10.99.0.1/30", "10.99.0.2/30");
    d.link("router1", "clients", "10.7.0.1/24");
    EXPECT_THAT(Resolved(d).routes("client2"), ElementsAre("0.0.0.0/0 via 10.7.0.1 eth0"));
}

TEST(Routes, a_second_uplink_is_for_what_the_default_does_not_lead_to) {
    Drawing d = testing::in_line();
    d.node("island", NodeKind::router)
        .segment("beyond", "10.20.0.0/24")
        .link("island", "beyond", "10.20.0.1/24");
    d.link("client1", "island", "10.21.0.2/30", "10.21.0.1/30");
    EXPECT_THAT(Resolved(d).routes("client1"),
                ElementsAre("0.0.0.0/0 via 172.16.1.1 eth0", "10.20.0.0/24 via 10.21.0.1 eth1"));
}

TEST(Routes, by_hand_wins_and_derive_routes_off_leaves_only_those) {
    Drawing d = testing::in_line();
    d.document.node("server1")->gateway = *IpAddress::parse("10.1.1.254");
    d.document.node("router1")->routes.push_back(
        {*IpPrefix::parse("10.8.0.0/16"), *IpAddress::parse("10.1.1.10")});
    d.document.node("client1")->derive_routes = false;
    const Resolved r(d);
    EXPECT_THAT(r.routes("server1"), ElementsAre("0.0.0.0/0 via 10.1.1.254 eth0"));
    EXPECT_THAT(r.routes("router1"), ElementsAre("10.8.0.0/16 via 10.1.1.10 eth1"));
    EXPECT_THAT(r.routes("client1"), IsEmpty());
}

TEST(Routes, zones_with_the_same_subnets_do_not_mix) {
    Drawing d;
    d.vrf("inside").vrf("dmz").node("se1", NodeKind::se);
    int n = 0;
    for (const std::string zone : {"inside", "dmz"}) {
        ++n;
        const std::string i = std::to_string(n);
        d.node("client" + i, NodeKind::client)
            .node("router" + i, NodeKind::router)
            .node("server" + i, NodeKind::server);
        d.segment("front" + i, n == 1 ? "172.16.1.0/24" : "10.10.50.0/24", zone);
        d.segment("pool" + i, "172.16.10.0/24", zone);
        d.link("client" + i, "router" + i, "192.168.1.101/24", "192.168.1.1/24");
        d.link("router" + i, "front" + i).link("router" + i, "pool" + i).link("se1", "front" + i);
        d.link("server" + i, "pool" + i, "172.16.10.101/24");
        d.pool("pool" + i, {"server" + i});
    }
    d.group("group1", {"se1"}, HaMode::active_active);
    d.service("vip1", "172.16.1.21", Mode::full_proxy, "group1", "pool1", "inside");
    d.service("vip2", "10.10.50.21", Mode::full_proxy, "group1", "pool2", "dmz");
    d.document.pools[0].id = d.document.pools[0].name = "poolA"; // the segments have the other names
    d.document.pools[1].id = d.document.pools[1].name = "poolB";
    d.document.services[0].pool = "poolA";
    d.document.services[1].pool = "poolB";
    const Resolved r(d);
    EXPECT_THAT(r.routes("se1"), UnorderedElementsAre("172.16.10.0/24 via 172.16.1.1 eth0",
                                                      "172.16.10.0/24 via 10.10.50.1 eth1"));
    EXPECT_EQ(Resolved::path(r.trace("client1", "172.16.1.21", "192.168.1.101")), "client1 router1 se1");
    EXPECT_EQ(r.trace("client1", "10.10.50.21", "192.168.1.101").end, Trace::End::no_route);
}

TEST(Trace, stops_where_nobody_forwards) {
    Drawing d = testing::in_line();
    d.document.node("server1")->gateway = *IpAddress::parse("10.1.1.11"); // server2
    const Resolved r(d);
    const Trace trace = r.trace("server1", "172.16.1.10", "10.1.1.10");
    EXPECT_EQ(trace.end, Trace::End::not_a_router);
    EXPECT_EQ(Resolved::path(trace), "server1 server2");
}

TEST(Trace, ends_on_a_loop) {
    Drawing d;
    d.node("a", NodeKind::router).node("b", NodeKind::router).link("a", "b", "10.0.0.1/30", "10.0.0.2/30");
    d.document.node("a")->gateway = *IpAddress::parse("10.0.0.2");
    d.document.node("b")->gateway = *IpAddress::parse("10.0.0.1");
    EXPECT_EQ(Resolved(d).trace("a", "10.5.5.5", "10.0.0.1").end, Trace::End::loop);
}

} // namespace
} // namespace fulcrum::designer
