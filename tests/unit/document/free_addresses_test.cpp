// Addresses given by habit, and never twice.
#include <set>

#include <gtest/gtest.h>

#include "designer/document/free_addresses.h"
#include "designer/templates/templates.h"

using namespace fulcrum;
using namespace fulcrum::designer;

namespace {

Document one_segment(const char* subnet) {
    Document d;
    Node segment;
    segment.id = segment.name = "segment1";
    segment.kind = NodeKind::segment;
    segment.subnet = IpPrefix::parse(subnet);
    d.nodes = {segment};
    return d;
}

TEST(FreeAddresses, FollowTheHabit) {
    SegmentAddresses free(one_segment("10.1.1.0/24"), "segment1");
    EXPECT_EQ(free.take(HostRole::router)->text(), "10.1.1.1");
    EXPECT_EQ(free.take(HostRole::router)->text(), "10.1.1.254");
    EXPECT_EQ(free.take(HostRole::server)->text(), "10.1.1.11");
    EXPECT_EQ(free.take(HostRole::server)->text(), "10.1.1.12");
    EXPECT_EQ(free.take(HostRole::se)->text(), "10.1.1.101");
    EXPECT_EQ(free.take(HostRole::vip)->text(), "10.1.1.100");
    EXPECT_EQ(free.take(HostRole::client)->text(), "10.1.1.201");
    EXPECT_EQ(free.take(HostRole::floating)->text(), "10.1.1.253");
}

TEST(FreeAddresses, SkipWhatTheDrawingHas) {
    const Document d = *make_template("in-line");
    SegmentAddresses free(d, "segment1");
    EXPECT_EQ(free.take(HostRole::router)->text(), "10.1.1.253"); // .1 floats, .254 is the router's
    EXPECT_EQ(free.take(HostRole::server)->text(), "10.1.1.13");  // .11 and .12 are servers'
    EXPECT_NE(free.take(HostRole::vip)->text(), "10.1.1.100");
}

TEST(FreeAddresses, EveryHostOnceAndNoneBeyond) {
    for (const char* subnet : {"10.1.1.0/24", "10.1.0.0/22", "10.1.1.16/28", "10.1.1.4/30"}) {
        for (const HostRole role : {HostRole::router, HostRole::server, HostRole::se, HostRole::vip}) {
            SegmentAddresses free(one_segment(subnet), "segment1");
            const IpPrefix prefix = *IpPrefix::parse(subnet);
            std::set<IpAddress> given;
            while (const auto address = free.take(role)) {
                EXPECT_TRUE(prefix.contains(*address));
                EXPECT_NE(*address, prefix.address);
                EXPECT_NE(*address, prefix.broadcast());
                EXPECT_TRUE(given.insert(*address).second) << address->text() << " was given twice";
            }
            EXPECT_EQ(given.size(), (1U << (32 - prefix.length)) - 2) << subnet;
        }
    }
}

TEST(FreeAddresses, PoolsAreForTheirPurpose) {
    Document d = one_segment("10.1.1.0/24");
    d.address_pools = {{"p1", "p1", "segment1", PoolPurpose::vip, *IpAddress::parse("10.1.1.11"),
                        *IpAddress::parse("10.1.1.13")},
                       {"p2", "p2", "segment1", PoolPurpose::snat, *IpAddress::parse("10.1.1.101"),
                        *IpAddress::parse("10.1.1.254")}};
    SegmentAddresses free(d, "segment1");
    EXPECT_EQ(free.take(HostRole::vip)->text(), "10.1.1.11");
    EXPECT_EQ(free.take(HostRole::server)->text(), "10.1.1.14");
    EXPECT_EQ(free.take(HostRole::se)->text(), "10.1.1.2");
    EXPECT_EQ(free.take(HostRole::router)->text(), "10.1.1.1");
    const auto second = free.take(HostRole::router);
    ASSERT_TRUE(second);
    EXPECT_LT(*second, *IpAddress::parse("10.1.1.101"));
}

TEST(FreeAddresses, NoneWhereThereIsNoIpv4Subnet) {
    for (const char* subnet : {"2001:db8::/64", "10.0.0.0/31", "10.0.0.0/32", "0.0.0.0/0"}) {
        SegmentAddresses free(one_segment(subnet), "segment1");
        EXPECT_FALSE(free.take(HostRole::server)) << subnet;
    }
    Document d = one_segment("10.0.0.0/24");
    d.nodes[0].subnet.reset();
    EXPECT_FALSE(SegmentAddresses(d, "segment1").take(HostRole::server));
    EXPECT_FALSE(SegmentAddresses(d, "nothing").take(HostRole::server));
}

TEST(FreeAddresses, JoinedSegmentsAreOne) {
    Document d = one_segment("10.1.1.0/24");
    Node second = d.nodes[0];
    second.id = second.name = "segment2";
    second.subnet.reset();
    Node router;
    router.id = router.name = "router1";
    router.kind = NodeKind::router;
    d.nodes.push_back(second);
    d.nodes.push_back(router);
    Link trunk, up;
    trunk.id = "trunk";
    trunk.a.node = "segment1";
    trunk.b.node = "segment2";
    up.id = "up";
    up.a = {"router1", IpPrefix::parse("10.1.1.1/24")};
    up.b.node = "segment1";
    d.links = {trunk, up};
    SegmentAddresses free(d, "segment2");
    EXPECT_EQ(free.take(HostRole::router)->text(), "10.1.1.254");
}

TEST(FreeNetworks, OverlapNothing) {
    Document d = one_segment("10.1.0.0/17");
    FreeNetworks free(d);
    EXPECT_EQ(free.take_for_segment()->text(), "10.1.128.0/24");
    EXPECT_EQ(free.take_for_segment()->text(), "10.1.129.0/24");
    EXPECT_EQ(free.take_for_segment(16)->text(), "10.2.0.0/16");
    EXPECT_EQ(free.take_for_segment(28)->text(), "10.1.130.0/28");
    EXPECT_EQ(free.take_for_link()->text(), "192.168.1.0/24");
    EXPECT_EQ(free.take_for_link()->text(), "192.168.2.0/24");
    EXPECT_TRUE(free.overlaps(*IpPrefix::parse("10.0.0.0/8")));
    EXPECT_TRUE(free.overlaps(*IpPrefix::parse("192.168.2.77/32")));
    EXPECT_FALSE(free.overlaps(*IpPrefix::parse("192.168.3.0/24")));
}

TEST(FreeNetworks, RunOutCleanly) {
    FreeNetworks free(one_segment("10.0.0.0/8"));
    EXPECT_FALSE(free.take_for_segment());
    std::size_t given = 0;
    while (free.take_for_link()) {
        ++given;
    }
    EXPECT_EQ(given, 255U + 4095U); // 192.168.1 to 255, 172.16.1 to 172.31.255
}

} // namespace
