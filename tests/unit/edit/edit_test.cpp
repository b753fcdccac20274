// What people do to a drawing: names count up, addresses are given, nothing is left that refers into nothing.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "designer/document/legality.h"
#include "designer/document/segments.h"
#include "designer/edit/edit.h"
#include "designer/templates/generate.h"
#include "designer/templates/templates.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using testing::ElementsAre;

namespace {

std::string address_of(const Document& d, const Id& node, std::size_t interface = 0) {
    const auto attached = links_of(d, node);
    return interface < attached.size() && attached[interface].near->address
               ? attached[interface].near->address->text()
               : "none";
}

std::vector<Id> members_of(const Document& d, const Id& pool) {
    std::vector<Id> ids;
    for (const PoolMember& member : d.pool(pool)->members) {
        ids.push_back(member.server);
    }
    return ids;
}

// No two interfaces, VIPs or floating addresses of one network are the same.
std::string double_address(const Document& d) {
    std::set<IpAddress> seen;
    const auto add = [&](const IpAddress& address) {
        return seen.insert(address).second ? "" : address.text();
    };
    for (const Link& link : d.links) {
        for (const LinkEnd* end : {&link.a, &link.b}) {
            if (end->address && !add(end->address->address).empty()) {
                return link.id + " " + end->address->text();
            }
        }
    }
    for (const Service& service : d.services) {
        if (service.vip && !add(*service.vip).empty()) {
            return service.id;
        }
    }
    for (const Group& group : d.groups) {
        for (const FloatingAddress& floating : group.floating) {
            if (!add(floating.address).empty()) {
                return group.id;
            }
        }
    }
    return "";
}

void expect_legal(const Document& d) {
    const auto value = illegal_value(d);
    EXPECT_FALSE(value) << text_of(value->path) << ": " << value->reason;
    const auto reference = illegal_reference(d);
    EXPECT_FALSE(reference) << text_of(reference->path) << ": " << reference->reason;
}

TEST(AddNode, NamesCountUpFromOnePerKind) {
    Document d;
    Id id;
    d = add_node(d, NodeKind::server, {10, 20}, &id);
    EXPECT_EQ(id, "server1");
    d = add_node(d, NodeKind::server, {}, &id);
    EXPECT_EQ(id, "server2");
    d = add_node(d, NodeKind::se, {}, &id);
    EXPECT_EQ(id, "se1");
    d = remove_items(d, {"server1"});
    d = add_node(d, NodeKind::server, {}, &id);
    EXPECT_EQ(id, "server1") << "the lowest free number";
    d = rename(d, "server2", "server3"); // taken as a name is taken
    d = add_node(add_node(d, NodeKind::server, {}), NodeKind::server, {}, &id);
    EXPECT_EQ(id, "server4");
}

TEST(AddNode, ASegmentGetsASubnetOfItsOwn) {
    Document d = *make_template("in-line"); // has 10.1.1.0/24 and 172.16.1.0/24
    Id first, second;
    d = add_node(add_node(d, NodeKind::segment, {}, &first), NodeKind::segment, {}, &second);
    EXPECT_EQ(d.node(first)->subnet->text(), "10.1.2.0/24");
    EXPECT_EQ(d.node(second)->subnet->text(), "10.1.3.0/24");
}

TEST(AddLink, GivesAddressesOfTheSegment) {
    Document d;
    for (const NodeKind kind : {NodeKind::segment, NodeKind::router, NodeKind::router, NodeKind::se,
                                NodeKind::server, NodeKind::server, NodeKind::client}) {
        d = add_node(d, kind, {});
    }
    Id link;
    d = add_link(d, "router1", "segment1", &link);
    EXPECT_EQ(link, "link1");
    d = add_link(d, "segment1", "router2"); // either way round
    d = add_link(d, "se1", "segment1");
    d = add_link(d, "server1", "segment1");
    d = add_link(d, "server2", "segment1");
    d = add_link(d, "client1", "segment1");
    EXPECT_EQ(address_of(d, "router1"), "10.1.1.1/24");
    EXPECT_EQ(address_of(d, "router2"), "10.1.1.254/24");
    EXPECT_EQ(address_of(d, "se1"), "10.1.1.101/24");
    EXPECT_EQ(address_of(d, "server1"), "10.1.1.11/24");
    EXPECT_EQ(address_of(d, "server2"), "10.1.1.12/24");
    EXPECT_EQ(address_of(d, "client1"), "10.1.1.201/24");
    EXPECT_FALSE(d.links[0].b.address);
    for (const Link& drawn : d.links) {
        EXPECT_NE(drawn.a.auto_address, drawn.b.auto_address) << "the node's end, not the segment's";
    }
    expect_legal(d);
}

TEST(AddLink, ADirectLinkIsANetworkOfItsOwn) {
    Document d;
    for (const NodeKind kind : {NodeKind::client, NodeKind::router, NodeKind::router}) {
        d = add_node(d, kind, {});
    }
    d = add_link(d, "client1", "router1");
    d = add_link(d, "router1", "router2");
    EXPECT_EQ(address_of(d, "client1"), "192.168.1.101/24");
    EXPECT_EQ(address_of(d, "router1", 0), "192.168.1.1/24");
    EXPECT_EQ(address_of(d, "router1", 1), "192.168.2.1/24");
    EXPECT_EQ(address_of(d, "router2"), "192.168.2.2/24");
    d = add_link(d, "client1", "router1"); // several between the same two are allowed
    EXPECT_EQ(address_of(d, "client1", 1), "192.168.3.101/24");
}

TEST(AddLink, LeavesTheDocumentWhenItCannotBe) {
    Document d = *make_template("two-arm");
    EXPECT_EQ(add_link(d, "se1", "se1"), d);
    EXPECT_EQ(add_link(d, "se1", "nobody"), d);
    EXPECT_EQ(add_link(d, "pool1", "se1"), d);
    const Document joined = add_link(d, "segment1", "segment2");
    EXPECT_EQ(joined.links.size(), d.links.size() + 1);
    EXPECT_EQ(add_link(joined, "segment2", "segment1"), joined) << "a loop of segments";
}

TEST(AddLink, WhoIsLinkedToAServedSegmentJoins) {
    Document d = *make_template("l2-dsr");
    d = add_node(add_node(d, NodeKind::server, {}), NodeKind::se, {});
    d = add_link(d, "server3", "segment1");
    d = add_link(d, "se4", "segment1");
    EXPECT_THAT(members_of(d, "pool1"), ElementsAre("server1", "server2", "server3"));
    EXPECT_THAT(d.group("group1")->members, ElementsAre("se1", "se2", "se3", "se4"));
    // Behind the engine's second arm as well.
    Document two = add_node(*make_template("two-arm"), NodeKind::server, {});
    two = add_link(two, "server4", "segment2");
    EXPECT_THAT(members_of(two, "pool1"), ElementsAre("server1", "server2", "server3", "server4"));
    // An active-standby group is a pair.
    Document pair = add_node(*make_template("in-line"), NodeKind::se, {});
    pair = add_link(pair, "se3", "segment1");
    EXPECT_THAT(pair.group("group1")->members, ElementsAre("se1", "se2"));
}

TEST(AddService, WorksInAnyOrderOfDrawing) {
    // VIP last, VIP first: the same drawing, and one that has all it needs.
    Document last, first;
    for (const NodeKind kind :
         {NodeKind::segment, NodeKind::se, NodeKind::se, NodeKind::server, NodeKind::server}) {
        last = add_node(last, kind, {});
    }
    first = add_service(add_node(Document{}, NodeKind::segment, {}), "segment1", {});
    for (const NodeKind kind : {NodeKind::se, NodeKind::se, NodeKind::server, NodeKind::server}) {
        first = add_node(first, kind, {});
    }
    for (const char* node : {"se1", "se2", "server1", "server2"}) {
        last = add_link(last, node, "segment1");
        first = add_link(first, node, "segment1");
    }
    Id vip;
    last = add_service(last, "segment1", {5, 6}, &vip);
    EXPECT_EQ(vip, "service1");
    for (const Document* d : {&last, &first}) {
        const Service& service = *d->service("service1");
        EXPECT_EQ(service.vip->text(), "10.1.1.100");
        EXPECT_EQ(service.mode, Mode::full_proxy);
        EXPECT_EQ(service.ports, (std::vector<PortRule>{{Protocol::tcp, 80}}));
        EXPECT_THAT(d->group(service.group)->members, ElementsAre("se1", "se2"));
        EXPECT_THAT(members_of(*d, service.pool), ElementsAre("server1", "server2"));
        expect_legal(*d);
    }
    EXPECT_EQ(last.layout.at("service1").y, last.layout.at("segment1").y) << "on its bar";
    last = add_service(last, "segment1", {});
    EXPECT_EQ(last.services[1].group, last.services[0].group);
    EXPECT_NE(last.services[1].vip, last.services[0].vip);
    EXPECT_EQ(add_service(last, "se1", {}), last) << "a VIP lies on a segment";
}

TEST(AddService, WithServersBehindASecondArmIsFullProxyToo) {
    Document d;
    for (const NodeKind kind :
         {NodeKind::segment, NodeKind::segment, NodeKind::se, NodeKind::se, NodeKind::server}) {
        d = add_node(d, kind, {});
    }
    for (const char* se : {"se1", "se2"}) {
        d = add_link(add_link(d, se, "segment1"), se, "segment2");
    }
    d = add_service(add_link(d, "server1", "segment2"), "segment1", {});
    EXPECT_EQ(d.services[0].mode, Mode::full_proxy);
    EXPECT_THAT(members_of(d, d.services[0].pool), ElementsAre("server1"));
    EXPECT_THAT(d.groups[0].members, ElementsAre("se1", "se2"));
    expect_legal(d);
}

TEST(RemoveItems, CleansEverythingThatReferred) {
    const Document d = *make_template("in-line");
    const Document no_server = remove_items(d, {"server2"});
    EXPECT_THAT(members_of(no_server, "pool1"), ElementsAre("server1", "server3"));
    EXPECT_EQ(no_server.links.size(), d.links.size() - 1);
    EXPECT_FALSE(no_server.layout.contains("server2"));

    const Document no_ses = remove_items(d, {"se1", "se2"});
    EXPECT_TRUE(no_ses.groups.empty()) << "a frame vanishes with its last member";
    EXPECT_EQ(no_ses.services[0].group, "");

    const Document no_pool = remove_items(d, {"pool1"});
    EXPECT_EQ(no_pool.services[0].pool, "");
    const Document no_vip = remove_items(d, {"service1"});
    EXPECT_TRUE(no_vip.pools.empty()) << "it served nothing else";
    EXPECT_EQ(no_vip.groups.size(), 1U);

    const Document no_segment = remove_items(d, {"segment1"});
    EXPECT_TRUE(no_segment.services.empty()) << "the VIP stood on it";
    EXPECT_TRUE(no_segment.groups[0].floating.empty());
    EXPECT_EQ(no_segment.links.size(), 1U);

    for (const Document* each : {&no_server, &no_ses, &no_pool, &no_vip, &no_segment}) {
        expect_legal(*each);
    }
    EXPECT_EQ(remove_items(d, {}), d);
    EXPECT_EQ(remove_items(d, {"nobody", ""}), d);
    std::vector<Id> all;
    for (const Node& node : d.nodes) {
        all.push_back(node.id);
    }
    Document nothing = remove_items(d, all);
    EXPECT_TRUE(nothing.links.empty() && nothing.groups.empty() && nothing.services.empty() &&
                nothing.layout.empty());
}

TEST(Rename, KeepsIdsInStep) {
    Document d = *make_template("in-line");
    for (const auto& [from, to] : {std::pair{"server1", "web"},
                                   {"se1", "left"},
                                   {"segment1", "lan"},
                                   {"group1", "pair"},
                                   {"pool1", "blue"},
                                   {"service1", "shop"}}) {
        d = rename(d, from, to);
        expect_legal(d);
    }
    EXPECT_EQ(d.node("web")->name, "web");
    EXPECT_EQ(d.service("shop")->pool, "blue");
    EXPECT_EQ(d.service("shop")->group, "pair");
    EXPECT_EQ(d.group("pair")->members[0], "left");
    EXPECT_EQ(d.group("pair")->floating[0].segment, "lan");
    EXPECT_EQ(members_of(d, "blue")[0], "web");
    EXPECT_EQ(d.layout.at("lan"), make_template("in-line")->layout.at("segment1"));
    EXPECT_FALSE(d.layout.contains("segment1"));
}

TEST(Rename, LeavesIdsThatCannotFollow) {
    Document d =
        rename(*make_template("in-line"), "server1", "server2"); // a check's business, not an accident's
    EXPECT_EQ(d.node("server1")->name, "server2");
    EXPECT_EQ(rename(d, "server1", "web").node("server1")->name, "web") << "an id of its own stays";
    expect_legal(d);
    for (const std::string& bad :
         {std::string(), std::string("a\nb"), std::string(256, 'x'), std::string("\xff")}) {
        EXPECT_EQ(rename(d, "se1", bad), d);
    }
    EXPECT_EQ(rename(d, "nobody", "x"), d);
    EXPECT_EQ(rename(d, "link1", "x"), d) << "links have no name";
}

TEST(Duplicate, OfAServerHangsBesideIt) {
    const Document d = *make_template("in-line");
    std::vector<Id> made;
    const Document next = duplicate(d, {"server1", "server2"}, 30, 40, &made);
    EXPECT_THAT(made, ElementsAre("server4", "server5"));
    EXPECT_EQ(address_of(next, "server4"), "10.1.1.13/24");
    EXPECT_EQ(address_of(next, "server5"), "10.1.1.14/24");
    EXPECT_THAT(members_of(next, "pool1"),
                ElementsAre("server1", "server2", "server3", "server4", "server5"));
    EXPECT_EQ(next.layout.at("server4").x, d.layout.at("server1").x + 30);
    EXPECT_EQ(next.layout.at("server4").y, d.layout.at("server1").y + 40);
    EXPECT_EQ(double_address(next), "");
    expect_legal(next);
}

TEST(Duplicate, OfAVipKeepsWhatServesIt) {
    const Document next = duplicate(*make_template("l2-dsr"), {"service1"}, 50, 0);
    ASSERT_EQ(next.services.size(), 2U);
    EXPECT_EQ(next.services[1].id, "service2");
    EXPECT_EQ(next.services[1].pool, "pool1");
    EXPECT_EQ(next.services[1].group, "group1");
    EXPECT_NE(next.services[1].vip, next.services[0].vip);
    EXPECT_EQ(vip_segment(next, next.services[1])->id, "segment1");
}

TEST(Paste, ARedirectNeedsNoPoolToBeCopied) {
    Document d = *make_template("two-arm");
    Service& service = d.services[0];
    service.rules = {{"old.example", "", {}, "https://new.example"}, {"", "/img", service.pool}};
    Document next = paste(d, subset(d, {service.id}), 1000, 0);
    ASSERT_EQ(next.services.size(), 2U);
    EXPECT_EQ(next.services[1].rules, std::vector{service.rules.front()}) << "the pool was not copied";
    EXPECT_EQ(remove_items(d, {"server1"}).services[0].rules, service.rules);
}

TEST(Paste, OfAWholeDrawingSharesNothingWithIt) {
    for (const TemplateInfo& info : templates()) {
        SCOPED_TRACE(info.id);
        const Document d = *make_template(info.id);
        std::vector<Id> all;
        for (const auto& [id, placement] : d.layout) {
            all.push_back(id);
        }
        const Document clip = subset(d, all);
        expect_legal(clip);
        EXPECT_EQ(clip.links, d.links);
        EXPECT_EQ(clip.pools, d.pools);
        Document twice = paste(d, clip, 1000, 0);
        EXPECT_EQ(twice.nodes.size(), 2 * d.nodes.size());
        ASSERT_EQ(twice.services.size(), 2 * d.services.size());
        const Service& again = twice.services[d.services.size()];
        EXPECT_NE(again.pool, twice.services[0].pool);
        EXPECT_NE(again.group, twice.services[0].group);
        expect_legal(twice);
        if (double_address(d).empty()) { // zones have addresses alike on purpose
            EXPECT_EQ(double_address(twice), "");
            EXPECT_EQ(double_address(paste(twice, clip, 0, 1000)), "");
        }
        // Host numbers stay: .10 is .10 in the new subnet.
        const auto host = [&](std::size_t link) {
            return twice.links[link].a.address->address.v4_value() & 0xffU;
        };
        for (std::size_t i = 0; i < d.links.size(); ++i) {
            EXPECT_EQ(host(i), host(i + d.links.size()));
        }
        // Into an empty drawing nothing needs another name.
        Document copy = paste(Document{}, clip, 0, 0);
        copy.name = d.name;
        copy.description = d.description;
        EXPECT_EQ(copy, d);
    }
}

TEST(Subset, IsADrawingOfItsOwn) {
    const Document d = *make_template("in-line");
    const Document servers = subset(d, {"server1", "se1"});
    EXPECT_TRUE(servers.links.empty() && servers.pools.empty() && servers.groups.empty());
    const Document frame = subset(d, {"group1"});
    EXPECT_EQ(frame.nodes.size(), 2U);
    EXPECT_TRUE(frame.groups[0].floating.empty()) << "its segment is not in the clip";
    const Document vip = subset(d, {"service1"});
    EXPECT_EQ(vip.services[0].pool, "");
    for (const Document* each : {&servers, &frame, &vip}) {
        expect_legal(*each);
    }
}

TEST(SetMode, InLineNeedsAWayBackThroughTheEngine) {
    Document d = *make_template("two-arm");
    d.address_pools = {{"snat1", "snat1", "segment2", PoolPurpose::snat, *IpAddress::parse("10.10.10.200"),
                        *IpAddress::parse("10.10.10.201")}};
    d.services[0].snat_pool = "snat1";
    d.services[0].layer7 = true;
    d.services[0].proxy_out = ProxyProtocol::v2;
    d.node("server1")->gateway = IpAddress::parse("10.10.10.77");
    d = set_mode(d, "service1", Mode::in_line);
    const Group& group = *d.group("group1");
    EXPECT_EQ(group.ha, HaMode::active_standby);
    EXPECT_EQ(group.floating, (std::vector<FloatingAddress>{{"segment2", *IpAddress::parse("10.10.10.1")}}));
    EXPECT_EQ(d.services[0].snat_pool, "");
    EXPECT_FALSE(d.services[0].layer7);
    EXPECT_EQ(d.services[0].proxy_out, ProxyProtocol::off);
    EXPECT_FALSE(d.node("server1")->gateway) << "derived from now on: the floating address";
    EXPECT_EQ(set_mode(d, "service1", Mode::in_line), d) << "once is enough";
    expect_legal(d);
}

TEST(SetMode, DirectReturnLeavesTheEngineOutOfTheWayBack) {
    Document d = *make_template("in-line");
    d.node("server1")->gateway = IpAddress::parse("10.1.1.1");   // floating
    d.node("server2")->gateway = IpAddress::parse("10.1.1.2");   // se1
    d.node("server3")->gateway = IpAddress::parse("10.1.1.254"); // router1
    d.node("server3")->arp_for_loopback = true;
    d = set_mode(d, "service1", Mode::l2_dsr);
    EXPECT_FALSE(d.node("server1")->gateway);
    EXPECT_FALSE(d.node("server2")->gateway);
    EXPECT_EQ(d.node("server3")->gateway->text(), "10.1.1.254");
    EXPECT_FALSE(d.node("server3")->arp_for_loopback);
    EXPECT_TRUE(d.groups[0].floating.empty());
    EXPECT_EQ(set_mode(d, "nobody", Mode::in_line), d);
}

TEST(SetMode, KeepsTheFloatingAddressOthersNeed) {
    Document d = duplicate(*make_template("in-line"), {"service1"}, 0, 0);
    d = set_mode(d, "service1", Mode::l2_dsr);
    EXPECT_EQ(d.groups[0].floating.size(), 1U);
    d = set_mode(d, "service2", Mode::l2_dsr);
    EXPECT_TRUE(d.groups[0].floating.empty());
}

TEST(SetSubnet, EveryAddressMovesAlong) {
    Document d = *make_template("in-line");
    d.node("server1")->gateway = IpAddress::parse("10.1.1.1");
    d.node("router1")->routes = {{*IpPrefix::parse("10.1.1.0/24"), *IpAddress::parse("172.16.1.10")}};
    d.address_pools = {{"vips", "vips", "segment1", PoolPurpose::vip, *IpAddress::parse("10.1.1.100"),
                        *IpAddress::parse("10.1.1.109")}};
    d = set_subnet(d, "segment1", *IpPrefix::parse("192.168.7.0/24"));
    EXPECT_EQ(address_of(d, "router1", 1), "192.168.7.254/24");
    EXPECT_EQ(address_of(d, "router1", 0), "172.16.1.1/24");
    EXPECT_EQ(address_of(d, "se2"), "192.168.7.3/24");
    EXPECT_EQ(address_of(d, "server3"), "192.168.7.12/24");
    EXPECT_EQ(d.services[0].vip->text(), "192.168.7.100");
    EXPECT_EQ(d.groups[0].floating[0].address.text(), "192.168.7.1");
    EXPECT_EQ(d.node("server1")->gateway->text(), "192.168.7.1");
    EXPECT_EQ(d.node("router1")->routes[0].destination.text(), "192.168.7.0/24");
    EXPECT_EQ(d.address_pools[0].last.text(), "192.168.7.109");
    expect_legal(d);
}

TEST(SetSubnet, WhatDoesNotFitGetsAnotherNumber) {
    Document d = set_subnet(*make_template("l2-dsr"), "segment1", *IpPrefix::parse("10.1.1.0/27"));
    EXPECT_EQ(address_of(d, "server1"), "10.1.1.10/27");
    ASSERT_TRUE(d.services[0].vip);
    EXPECT_TRUE(IpPrefix::parse("10.1.1.0/27")->contains(*d.services[0].vip));
    EXPECT_EQ(double_address(d), "");
    Document grown = set_subnet(d, "segment1", *IpPrefix::parse("10.0.0.0/8"));
    EXPECT_EQ(address_of(grown, "server1").substr(address_of(grown, "server1").find('/')), "/8");
    EXPECT_EQ(double_address(grown), "");
    EXPECT_EQ(set_subnet(d, "server1", *IpPrefix::parse("10.0.0.0/8")), d);
}

TEST(Generate, ManyServersAndEngines) {
    const Document d = *make_template("l2-dsr");
    std::vector<Id> made;
    const Document many = add_servers(d, "segment1", 100, &made);
    EXPECT_EQ(made.size(), 100U);
    EXPECT_EQ(made.front(), "server3");
    EXPECT_EQ(made.back(), "server102");
    EXPECT_EQ(members_of(many, "pool1").size(), 102U);
    EXPECT_EQ(double_address(many), "");
    EXPECT_EQ(many.layout.size(), many.nodes.size() + many.services.size());
    expect_legal(many);
    EXPECT_EQ(add_ses(d, "segment1", 5).group("group1")->members.size(), 8U);
    EXPECT_EQ(add_servers(d, "segment1", 300), d) << "the subnet has not enough room";
    EXPECT_EQ(add_servers(d, "router1", 3), d);
    EXPECT_EQ(add_clients(d, "segment1", 3).nodes.size(), d.nodes.size() + 3);
}

} // namespace
