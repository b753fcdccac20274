#include "designer/plan/addressing.h"

#include <set>

#include <gmock/gmock.h>

#include "designer/plan/plan.h"
#include "designer/templates/templates.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

std::string address_of(const Document& document, const Id& node, std::size_t interface = 0) {
    const std::vector<Attached> links = links_of(document, node);
    return links.at(interface).near->address ? links.at(interface).near->address->text() : "none";
}

TEST(FillAddresses, gives_by_habit) {
    Drawing d;
    d.segment("lan", "10.1.1.0/24").node("router1", NodeKind::router).node("router2", NodeKind::router);
    d.node("se1", NodeKind::se).node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.node("client1", NodeKind::client);
    for (const char* name : {"router1", "router2", "se1", "server1", "server2", "client1"}) {
        d.link(name, "lan");
    }
    const Document filled = fill_addresses(d.document);
    EXPECT_EQ(address_of(filled, "router1"), "10.1.1.1/24");
    EXPECT_EQ(address_of(filled, "router2"), "10.1.1.254/24");
    EXPECT_EQ(address_of(filled, "se1"), "10.1.1.2/24");
    EXPECT_EQ(address_of(filled, "server1"), "10.1.1.11/24");
    EXPECT_EQ(address_of(filled, "server2"), "10.1.1.12/24");
    EXPECT_EQ(address_of(filled, "client1"), "10.1.1.101/24");
    EXPECT_TRUE(filled.links[0].a.auto_address);
    EXPECT_FALSE(filled.links[0].b.address.has_value()) << "a segment's end has none";
}

TEST(FillAddresses, keeps_addresses_by_hand_and_walks_around_them) {
    Drawing d;
    d.segment("lan", "10.1.1.0/24").node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.link("server1", "lan").link("server2", "lan", "10.1.1.11/24");
    const Document filled = fill_addresses(d.document);
    EXPECT_EQ(address_of(filled, "server2"), "10.1.1.11/24");
    EXPECT_EQ(address_of(filled, "server1"), "10.1.1.12/24");
    EXPECT_FALSE(filled.links[1].a.auto_address);
}

TEST(FillAddresses, keeps_automatic_addresses_while_they_fit) {
    Drawing d;
    d.segment("lan", "10.1.1.0/24").node("server1", NodeKind::server).link("server1", "lan", "10.1.1.77/24");
    d.document.links[0].a.auto_address = true;
    EXPECT_EQ(address_of(fill_addresses(d.document), "server1"), "10.1.1.77/24");
    d.document.nodes[0].subnet = *IpPrefix::parse("10.2.0.0/16");
    EXPECT_EQ(address_of(fill_addresses(d.document), "server1"), "10.2.0.11/16");
}

TEST(FillAddresses, an_automatic_address_gives_way_to_one_by_hand) {
    Drawing d;
    d.segment("lan", "10.1.1.0/24").node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.link("server1", "lan", "10.1.1.50/24").link("server2", "lan", "10.1.1.50/24");
    d.document.links[0].a.auto_address = true;
    const Document filled = fill_addresses(d.document);
    EXPECT_EQ(address_of(filled, "server2"), "10.1.1.50/24");
    EXPECT_EQ(address_of(filled, "server1"), "10.1.1.11/24");
}

TEST(FillAddresses, is_stable_when_repeated) {
    for (const TemplateInfo& info : templates()) {
        const Document once = fill_addresses(*make_template(info.id));
        EXPECT_TRUE(fill_addresses(once) == once) << info.id;
    }
}

TEST(KeepAddresses, renumber_nobody_because_another_has_gone) {
    Drawing before = testing::in_line();
    for (Link& link : before.document.links) {
        if (link.a.node.starts_with("server")) {
            link.a.address.reset();
        }
    }
    before.document.services[0].vip.reset();
    const Document filled = fill_addresses(before.document);
    Document after = before.document;
    std::erase_if(after.nodes, [](const Node& node) { return node.id == "server1"; });
    std::erase_if(after.links, [](const Link& link) { return link.a.node == "server1"; });
    std::erase_if(after.pools[0].members,
                  [](const PoolMember& member) { return member.server == "server1"; });
    EXPECT_NE(address_of(fill_addresses(after), "server2"), address_of(filled, "server2"))
        << "the case at hand";

    const Document kept = keep_addresses(after, before.document);
    EXPECT_EQ(address_of(fill_addresses(kept), "server2"), address_of(filled, "server2"));
    EXPECT_EQ(kept.services[0].vip, filled.services[0].vip);
    EXPECT_EQ(keep_addresses(kept, before.document), kept) << "addresses that are there stay";

    after.node("lan")->subnet = *IpPrefix::parse("10.2.0.0/16"); // where nothing of before fits
    EXPECT_EQ(address_of(fill_addresses(keep_addresses(after, before.document)), "server2"), "10.2.0.11/16");
}

TEST(FillAddresses, wires_get_a_subnet_of_their_own) {
    Drawing d;
    d.node("router1", NodeKind::router).node("router2", NodeKind::router).node("router3", NodeKind::router);
    d.link("router1", "router2").link("router2", "router3").link("router3", "router1", "10.254.0.5/24");
    const Document filled = fill_addresses(d.document);
    // 10.254.0.0/24 is taken by the wire with an address by hand.
    EXPECT_EQ(address_of(filled, "router1", 0), "10.254.1.1/30");
    EXPECT_EQ(address_of(filled, "router2", 0), "10.254.1.2/30");
    EXPECT_EQ(address_of(filled, "router2", 1), "10.254.1.5/30");
    EXPECT_EQ(address_of(filled, "router1", 1), "10.254.0.1/24") << "in the subnet of the end by hand";
}

TEST(FillAddresses, small_subnets_are_used_to_the_last_address) {
    Drawing d;
    d.segment("lan", "10.1.1.0/29");
    for (int i = 1; i <= 7; ++i) {
        d.node("server" + std::to_string(i), NodeKind::server).link("server" + std::to_string(i), "lan");
    }
    const Document filled = fill_addresses(d.document);
    std::set<std::string> given;
    for (int i = 1; i <= 6; ++i) {
        given.insert(address_of(filled, "server" + std::to_string(i)));
    }
    EXPECT_EQ(given.size(), 6U);
    EXPECT_FALSE(given.contains("10.1.1.0/29"));
    EXPECT_FALSE(given.contains("10.1.1.7/29"));
    EXPECT_EQ(address_of(filled, "server7"), "none");
}

TEST(FillAddresses, takes_from_address_pools_and_keeps_others_out_of_them) {
    Drawing d = testing::in_line();
    d.document.services[0].vip.reset();
    d.document.links[4].a.address.reset(); // server1
    d.document.links[2].a.address.reset(); // se1
    d.document.address_pools.push_back({"p1", "vips", "lan", PoolPurpose::vip, *IpAddress::parse("10.1.1.12"),
                                        *IpAddress::parse("10.1.1.20")});
    d.document.address_pools.push_back({"p2", "ses", "lan", PoolPurpose::se, *IpAddress::parse("10.1.1.200"),
                                        *IpAddress::parse("10.1.1.210")});
    const Document filled = fill_addresses(d.document);
    EXPECT_EQ(filled.services[0].vip->text(), "10.1.1.12");
    EXPECT_EQ(address_of(filled, "se1"), "10.1.1.200/24");
    EXPECT_EQ(address_of(filled, "server1"), "10.1.1.21/24") << ".11 is server2's, .12 to .20 are for VIPs";
}

TEST(FillAddresses, macs_are_local_unicast_unique_and_stay_when_others_change) {
    Drawing d = testing::in_line();
    const Document filled = fill_addresses(d.document);
    std::set<std::string> seen;
    for (const Link& link : filled.links) {
        for (const LinkEnd* end : {&link.a, &link.b}) {
            if (filled.node(end->node)->kind == NodeKind::segment) {
                EXPECT_FALSE(end->mac.has_value());
                continue;
            }
            ASSERT_TRUE(end->mac.has_value());
            EXPECT_EQ(end->mac->bytes[0], 0x02);
            EXPECT_TRUE(seen.insert(end->mac->text()).second);
        }
    }
    d.node("server9", NodeKind::server).link("server9", "lan");
    EXPECT_EQ(fill_addresses(d.document).links[0].a.mac, filled.links[0].a.mac);
}

TEST(FillAddresses, a_derived_mac_steps_aside_for_one_by_hand) {
    Drawing d = testing::in_line();
    const Mac wanted = derive_mac("se1", 0);
    d.document.links[5].a.mac = wanted; // server2
    const Document filled = fill_addresses(d.document);
    EXPECT_EQ(filled.links[5].a.mac, wanted);
    EXPECT_EQ(filled.links[2].a.mac, derive_mac("se1", 0, 1));
}

} // namespace
} // namespace fulcrum::designer
