#include "designer/plan/topology.h"

#include <gmock/gmock.h>

#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

TEST(Network, interfaces_are_numbered_in_the_order_of_links) {
    const Drawing d = testing::two_arm(Mode::full_proxy);
    const Network network(d.document);
    const Station& se = *network.station("se1");
    ASSERT_EQ(se.interfaces.size(), 2U);
    EXPECT_EQ(interface_text(*se.interfaces[0]), "se1:eth0");
    EXPECT_EQ(se.interfaces[0]->segment->name, "front");
    EXPECT_EQ(interface_text(*se.interfaces[1]), "se1:eth1");
    EXPECT_EQ(se.interfaces[1]->segment->name, "back");
    EXPECT_EQ(se.interfaces[1]->net->prefix.text(), "10.10.10.0/24");
}

TEST(Network, agrees_with_links_of_about_interface_numbers_even_past_a_dangling_link) {
    Drawing d = testing::in_line();
    d.link("router1", "nowhere").segment("extra", "10.9.9.0/24").link("router1", "extra");
    const Network network(d.document);
    const std::vector<Attached> attached = links_of(d.document, "router1");
    for (const Interface* interface : network.station("router1")->interfaces) {
        EXPECT_EQ(attached.at(interface->index).link, interface->link);
    }
    EXPECT_EQ(network.station("router1")->interfaces.back()->name, "eth3");
}

TEST(Network, joined_segments_are_one_domain) {
    Drawing d = testing::in_line();
    d.segment("annex", "").link("lan", "annex").node("server3", NodeKind::server).link("server3", "annex");
    const Network network(d.document);
    EXPECT_EQ(network.domain_of("annex"), network.domain_of("lan"));
    EXPECT_EQ(network.describe(*network.domain_of("annex")), "lan + annex");
}

TEST(Network, islands_part_at_zones_but_not_at_routers) {
    Drawing d;
    d.vrf("inside").vrf("dmz").node("se1", NodeKind::se).node("router1", NodeKind::router);
    d.segment("a", "10.1.0.0/24", "inside")
        .segment("b", "10.2.0.0/24", "inside")
        .segment("c", "10.3.0.0/24", "dmz");
    d.segment("d", "10.4.0.0/24", "dmz");
    d.link("se1", "a").link("se1", "b").link("se1", "c").link("router1", "c").link("router1", "d");
    const Network network(d.document);
    const auto island = [&](const char* segment) { return network.domain_of(segment)->island; };
    EXPECT_EQ(island("a"), island("b"));
    EXPECT_NE(island("a"), island("c"));
    EXPECT_EQ(island("c"), island("d"));
}

TEST(Network, a_wire_lies_in_the_zone_of_its_router) {
    Drawing d;
    d.vrf("inside")
        .node("se1", NodeKind::se)
        .node("router1", NodeKind::router)
        .segment("a", "10.1.0.0/24", "inside");
    d.link("router1", "a").link("se1", "router1");
    const Network network(d.document);
    EXPECT_EQ(network.station("se1")->interfaces[0]->domain->vrf, "inside");
}

TEST(Network, self_links_have_no_interfaces) {
    Drawing d;
    d.node("client1", NodeKind::client).link("client1", "client1");
    EXPECT_TRUE(Network(d.document).station("client1")->interfaces.empty());
}

} // namespace
} // namespace fulcrum::designer
