// What a plan's network does when it stands: frames cross, routes lead, switches switch.
#include <arpa/inet.h>
#include <chrono>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/lab/netns/lab_fixture.h"

namespace fulcrum::netns {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(LabTest, TwoHostsPingOverAWire) {
    up(pair());
    EXPECT_TRUE(pings("a", "10.0.0.2"));
    EXPECT_TRUE(pings("b", "a")); // by name
}

TEST_F(LabTest, FirstFrameOverASegmentIsNotLost) {
    up(star(8));
    for (const char* target : {"host2", "host3", "host8"}) {
        EXPECT_TRUE(pings("host1", target)) << target;
    }
}

TEST_F(LabTest, TrunkJoinsSegments) {
    LabPlan plan = star(4);
    plan.segments.push_back({"second", {plan.segments[0].ports[3]}, {"lan"}});
    plan.segments[0].ports.pop_back();
    up(plan);
    EXPECT_TRUE(pings("host1", "host4"));
}

TEST_F(LabTest, NodeHasItsNameHostsAndLoopback) {
    LabPlan plan = pair();
    plan.nodes[0].loopback = {prefix("192.0.2.7/32")};
    plan.hosts["vip"] = address("192.0.2.7");
    up(plan);
    EXPECT_EQ(sh("a", "hostname").out, "a\n");
    EXPECT_THAT(sh("b", "cat /etc/hosts").out, HasSubstr("10.0.0.1\ta\n"));
    EXPECT_THAT(sh("b", "cat /etc/hosts").out, HasSubstr("192.0.2.7\tvip\n"));
    EXPECT_TRUE(pings("a", "127.0.0.1"));
    EXPECT_THAT(sh("a", "ip -o addr show lo").out, HasSubstr("192.0.2.7/32"));
    EXPECT_THAT(sh("a", "ls /sys/class/net").out, HasSubstr("eth0"));
    EXPECT_EQ(sh("a", "ip -6 addr").out, ""); // quiet captures
}

TEST_F(LabTest, InterfaceIsAsPlanned) {
    LabPlan plan = pair();
    plan.nodes[0].interfaces[0].mac = Mac::parse("02:00:00:00:00:17");
    plan.nodes[0].interfaces[0].mtu_bytes = 9000;
    plan.nodes[0].interfaces[0].arp = false;
    plan.nodes[0].sysctls = {{"net/ipv4/ip_forward", "1"}, {"net/ipv4/conf/eth0/arp_ignore", "1"}};
    up(plan);
    const std::string link = sh("a", "ip link show eth0").out;
    EXPECT_THAT(link, HasSubstr("02:00:00:00:00:17"));
    EXPECT_THAT(link, HasSubstr("mtu 9000"));
    EXPECT_THAT(link, HasSubstr("NOARP"));
    EXPECT_EQ(sh("a", "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/eth0/arp_ignore").out,
              "1\n1\n");
    EXPECT_EQ(sh("b", "cat /proc/sys/net/ipv4/ip_forward").out, "0\n");
    EXPECT_EQ(
        sh("b", "for i in all default lo eth0; do cat /proc/sys/net/ipv6/conf/$i/disable_ipv6; done").out,
        "1\n1\n1\n1\n");
    EXPECT_FALSE(pings("b", "10.0.0.1")); // nobody answers ARP
}

TEST_F(LabTest, Ipv6WhenThePlanHasIt) {
    LabPlan plan = pair();
    plan.nodes[0].interfaces[0].addresses = {prefix("2001:db8::1/64")};
    plan.nodes[1].interfaces[0].addresses = {prefix("2001:db8::2/64")};
    up(plan);
    EXPECT_TRUE(pings("a", "2001:db8::2"));
}

// client – r1, r2 – server: two equal ways there, one way back, and a preferred source.
LabPlan two_ways() {
    LabPlan plan;
    plan.nodes = {node("client", {"10.1.0.10/24"}), node("r1", {"10.1.0.1/24", "10.2.0.1/24"}),
                  node("r2", {"10.1.0.2/24", "10.2.0.2/24"}), node("server", {"10.2.0.10/24"})};
    plan.nodes[0].routes = {
        {prefix("10.2.0.0/24"), {address("10.1.0.1"), address("10.1.0.2")}, "", std::nullopt}};
    plan.nodes[0].sysctls = {{"net/ipv4/fib_multipath_hash_policy", "1"}};
    plan.nodes[3].loopback = {prefix("10.9.9.9/32")};
    plan.nodes[3].routes = {{prefix("0.0.0.0/0"), {address("10.2.0.1")}, "eth0", address("10.9.9.9")}};
    for (const std::size_t router : {1U, 2U}) {
        plan.nodes[router].sysctls = {{"net/ipv4/ip_forward", "1"}};
        plan.nodes[router].routes = {{prefix("10.9.9.9/32"), {address("10.2.0.10")}, "", std::nullopt}};
    }
    plan.segments = {{"front", {{"client", "eth0"}, {"r1", "eth0"}, {"r2", "eth0"}}, {}},
                     {"back", {{"server", "eth0"}, {"r1", "eth1"}, {"r2", "eth1"}}, {}}};
    return plan;
}

TEST_F(LabTest, EqualCostRoutesAndPreferredSource) {
    LabClient client = up(two_ways());
    const std::string routes = sh("client", "ip route").out;
    EXPECT_THAT(routes, HasSubstr("nexthop via 10.1.0.1 dev eth0"));
    EXPECT_THAT(routes, HasSubstr("nexthop via 10.1.0.2 dev eth0"));
    EXPECT_THAT(sh("server", "ip route get 10.1.0.10").out, HasSubstr("src 10.9.9.9"));
    // Both routers carry some of 40 flows.
    sh("client",
       "for p in $(seq 1 40); do timeout 0.2 bash -c \"echo > /dev/udp/10.2.0.10/$((5000+p))\"; done");
    const auto interfaces = client.interfaces();
    ASSERT_TRUE(interfaces) << interfaces.error().message;
    for (const InterfaceStatus& status : *interfaces) {
        if (status.interface == "eth1") {
            EXPECT_GT(status.tx_packets, 3U) << status.node;
        }
    }
}

TEST_F(LabTest, PolicyRuleLooksIntoItsTable) {
    LabPlan plan = two_ways();
    const RoutePlan other_way{prefix("0.0.0.0/0"), {address("10.2.0.2")}, "", std::nullopt};
    plan.nodes[3].rules.push_back({prefix("10.9.9.9/32"), "", 100, {other_way}});
    up(plan);
    EXPECT_THAT(sh("server", "ip route get 10.1.0.10 from 10.9.9.9").out, HasSubstr("via 10.2.0.2"));
    EXPECT_THAT(sh("server", "ip route get 10.1.0.10 from 10.2.0.10").out, HasSubstr("via 10.2.0.1"));
}

TEST_F(LabTest, LinkDownTakesRoutesAndUpBringsThemBack) {
    LabClient client = up(two_ways());
    const std::string before = sh("server", "ip route").out;
    ASSERT_THAT(before, HasSubstr("default"));
    ASSERT_TRUE(client.set_link("server", "eth0", false));
    EXPECT_THAT(sh("server", "ip route").out, Not(HasSubstr("default")));
    ASSERT_TRUE(client.set_link("server", "eth0", true));
    EXPECT_EQ(sh("server", "ip route").out, before);
    EXPECT_TRUE(eventually([&] { return pings("server", "10.2.0.1"); }));
    EXPECT_FALSE(client.set_link("server", "eth7", true));
}

TEST_F(LabTest, StoppedNodeIsSwitchedOff) {
    LabClient client = up(two_ways());
    ASSERT_TRUE(client.stop_node("r1"));
    // A wire's neighbour would lose carrier; a segment's other members do not notice.
    const auto interfaces = client.interfaces();
    ASSERT_TRUE(interfaces);
    for (const InterfaceStatus& status : *interfaces) {
        EXPECT_EQ(status.up, status.node != "r1") << status.node << ":" << status.interface;
    }
    EXPECT_FALSE(pings("client", "10.1.0.1"));
    const Output refused = run(lab_, "r1", {"true"});
    EXPECT_EQ(refused.status, -1);
    EXPECT_THAT(refused.err, HasSubstr("node r1 is stopped; start it first"));
    ASSERT_TRUE(client.start_node("r1"));
    EXPECT_THAT(sh("r1", "ip route").out, HasSubstr("10.9.9.9 via 10.2.0.10"));
    EXPECT_TRUE(eventually([&] { return pings("client", "10.1.0.1"); }));
}

TEST_F(LabTest, NeighbourOnAWireLosesCarrier) {
    LabClient client = up(pair());
    ASSERT_TRUE(client.kill_node("b"));
    EXPECT_TRUE(eventually([&] { return sh("a", "cat /sys/class/net/eth0/carrier").out == "0\n"; }));
    ASSERT_TRUE(client.start_node("b"));
    EXPECT_TRUE(eventually([&] { return pings("a", "10.0.0.2"); }));
}

// The largest frame a packet socket in `b` sees while `a` sends it a megabyte over TCP.
std::size_t largest_frame(LabClient& client, const std::function<void()>& send) {
    auto tap = client.open_tap("b", "eth0");
    EXPECT_TRUE(tap) << tap.error().message;
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(ETH_P_ALL);
    where.sll_ifindex = tap->interface_index;
    EXPECT_EQ(::bind(tap->fd.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
    send();
    std::size_t largest = 0;
    char frame[1];
    for (ssize_t size = 0;
         (size = ::recv(tap->fd.get(), frame, sizeof frame, MSG_TRUNC | MSG_DONTWAIT)) >= 0;) {
        largest = std::max(largest, static_cast<std::size_t>(size));
    }
    return largest;
}

TEST_F(LabTest, TapSeesFramesAndOffloadDecidesTheirSize) {
    for (const bool offload : {true, false}) {
        LabPlan plan = pair();
        plan.offload = offload;
        LabClient client = up(plan);
        const auto send = [&] {
            ASSERT_EQ(sh("b",
                         "(timeout 20 python3 -c 'import socket; s=socket.create_server((\"10.0.0.2\",99))\n"
                         "c=s.accept()[0]\nwhile c.recv(65536): pass' > /dev/null 2>&1 &); true")
                          .status,
                      0);
            EXPECT_TRUE(eventually([&] {
                return run(lab_, "a", {"bash", "-c", "head -c 1000000 /dev/zero > /dev/tcp/10.0.0.2/99"})
                           .status == 0;
            }));
        };
        const std::size_t largest = largest_frame(client, send);
        if (offload) {
            EXPECT_GT(largest, 1514U);
        } else {
            EXPECT_EQ(largest, 1514U);
        }
    }
}

TEST_F(LabTest, MoreThanAThousandPortsGetASecondBridge) {
    up(star(1010));
    EXPECT_TRUE(pings("host1", "host1010"));
}

} // namespace
} // namespace fulcrum::netns
