// What a plan's segments and wires come to in the kernel.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "netns/supervisor/hosts_file.h"
#include "netns/supervisor/wiring.h"

namespace fulcrum::netns {
namespace {

LabPlan star(std::size_t hosts, const std::string& segment) {
    LabPlan plan;
    plan.segments.push_back({segment, {}, {}});
    for (std::size_t i = 0; i < hosts; ++i) {
        NodePlan node;
        node.name = fmt::format("host{}", i);
        node.interfaces.push_back(
            {.name = "eth0", .mac = {}, .mtu_bytes = 9000, .addresses = {}, .arp = true});
        plan.nodes.push_back(node);
        plan.segments[0].ports.push_back({node.name, "eth0"});
    }
    return plan;
}

TEST(Wiring, SegmentIsABridgeWithAPortPerInterface) {
    const Wiring wiring = make_wiring(star(2, "lan"));
    ASSERT_EQ(wiring.bridges.size(), 1U);
    EXPECT_EQ(wiring.bridges[0].name, "br-lan");
    ASSERT_EQ(wiring.pairs.size(), 2U);
    const PairPlan& pair = wiring.pairs[1];
    EXPECT_FALSE(pair.first.node);
    EXPECT_EQ(pair.first.master, wiring.bridges[0].index);
    EXPECT_EQ(pair.first.name, "host1.eth0");
    EXPECT_EQ(pair.first.mtu_bytes, 9000U);
    EXPECT_EQ(pair.second.node, 1U);
    EXPECT_EQ(pair.second.index, 2);
    EXPECT_EQ(pair.second.name, "eth0");
    EXPECT_EQ(pair.what, "link host1:eth0 – segment lan");
}

LinkPlan lossy(const EndPlan& end) {
    LinkPlan link;
    link.end = end;
    link.out.loss = 0.1;
    return link;
}

TEST(Wiring, AnImpairedPortHasAProcessBetweenItAndItsBridge) {
    LabPlan plan = star(2, "lan");
    plan.links = {lossy({"host1", "eth0"})};
    const Wiring wiring = make_wiring(plan);
    ASSERT_EQ(wiring.pairs.size(), 3U);
    const PairPlan& halves = wiring.pairs[1];
    const PairPlan& port = wiring.pairs[2];
    EXPECT_EQ(halves.first.master, wiring.bridges[0].index);
    EXPECT_EQ(halves.second.master, 0);
    EXPECT_EQ(port.first.name, "host1.eth0");
    EXPECT_EQ(port.first.master, 0);
    EXPECT_EQ(port.second.node, 1U);
    ASSERT_EQ(wiring.relays.size(), 1U);
    EXPECT_EQ(wiring.relays[0].a_index, port.first.index);
    EXPECT_EQ(wiring.relays[0].b_index, halves.second.index);
    EXPECT_EQ(wiring.relays[0].b_interface, halves.second.name);
    EXPECT_FALSE(wiring.relays[0].b);
    EXPECT_EQ(wiring.relays[0].far, "segment lan");
    EXPECT_GT(wiring.next_index, halves.second.index);
}

TEST(Wiring, AnImpairedWireIsTwoHalves) {
    LabPlan plan = star(2, "lan");
    plan.segments.clear();
    plan.wires = {{{"host0", "eth0"}, {"host1", "eth0"}}};
    EXPECT_EQ(make_wiring(plan).pairs.size(), 1U);
    plan.links = {lossy({"host1", "eth0"})}; // named by its other end
    const Wiring wiring = make_wiring(plan);
    ASSERT_EQ(wiring.pairs.size(), 2U);
    ASSERT_EQ(wiring.relays.size(), 1U);
    EXPECT_EQ(wiring.relays[0].a.node, "host0");
    EXPECT_EQ(wiring.relays[0].b->node, "host1");
    EXPECT_EQ(wiring.pairs[0].first.index, wiring.relays[0].a_index);
    EXPECT_EQ(wiring.pairs[0].second.node, 0U);
    EXPECT_EQ(wiring.pairs[1].first.index, wiring.relays[0].b_index);
    EXPECT_EQ(wiring.pairs[1].second.node, 1U);
    EXPECT_EQ(wiring.pairs[1].second.index, 2) << "the node's own index of eth0";
}

TEST(Wiring, ALinkThatIsOnlyCutIsAPlainPair) {
    LabPlan plan = star(2, "lan");
    plan.links = {{{"host1", "eth0"}, false, {}, {}}};
    EXPECT_TRUE(make_wiring(plan).relays.empty());
}

TEST(Wiring, NamesThatAreNoInterfaceNamesGetNumbers) {
    LabPlan plan = star(2, "10.10.10.0/24");
    plan.nodes[0].name = plan.segments[0].ports[0].node = "a-rather-long-name";
    const Wiring wiring = make_wiring(plan);
    EXPECT_EQ(wiring.bridges[0].name, "seg2");
    EXPECT_EQ(wiring.pairs[0].first.name, "port3");
}

TEST(Wiring, BridgeIsContinuedWhenItIsFull) {
    const Wiring wiring = make_wiring(star(2 * most_ports_per_bridge + 1, "lan"));
    ASSERT_EQ(wiring.bridges.size(), 3U);
    std::map<int, std::size_t> ports;
    std::set<int> indexes;
    std::set<std::string> names;
    for (const PairPlan& pair : wiring.pairs) {
        for (const PairEnd* end : {&pair.first, &pair.second}) {
            if (!end->node) {
                ++ports[end->master];
                EXPECT_TRUE(indexes.insert(end->index).second);
                EXPECT_TRUE(names.insert(end->name).second);
            }
        }
    }
    for (const auto& [bridge, count] : ports) {
        EXPECT_LE(count, 1023U); // BR_MAX_PORTS
        EXPECT_TRUE(indexes.insert(bridge).second);
    }
    EXPECT_EQ(ports.size(), 3U);
}

TEST(HostsFile, NamesNodesByTheirInterfaces) {
    LabPlan plan = star(1, "lan");
    plan.nodes[0].interfaces[0].addresses = {IpPrefix::parse("10.0.0.1/24").value()};
    plan.nodes[0].loopback = {IpPrefix::parse("192.0.2.1/32").value()};
    InterfacePlan& tunnel = plan.nodes[0].interfaces.emplace_back();
    tunnel.name = "tunnel0";
    tunnel.addresses = {IpPrefix::parse("169.254.4.1/32").value()};
    NodePlan lonely;
    lonely.name = "lonely";
    lonely.loopback = {IpPrefix::parse("192.0.2.2/32").value()};
    plan.nodes.push_back(lonely);
    plan.hosts = {{"vip", IpAddress::parse("192.0.2.1").value()}};
    EXPECT_EQ(hosts_of(plan),
              "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\thost0\n"
              "192.0.2.2\tlonely\n192.0.2.1\tvip\n");
}

} // namespace
} // namespace fulcrum::netns
