#include <map>
#include <random>

#include <gtest/gtest.h>

#include "engine/stack/route_table.h"

namespace fulcrum::stack {
namespace {

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}
IpPrefix prefix(const char* text) {
    return *IpPrefix::parse(text);
}

TEST(RouteTable, LongestPrefixWins) {
    RouteTable table;
    table.add({prefix("0.0.0.0/0"), RouteSource::configured, {{InterfaceId{0}, ip("10.1.1.1")}}});
    table.add({prefix("10.0.0.0/8"), RouteSource::configured, {{InterfaceId{1}, ip("10.1.2.1")}}});
    table.add({prefix("10.1.3.0/24"), RouteSource::connected, {{InterfaceId{2}, std::nullopt}}});
    table.add({prefix("10.1.3.7/32"), RouteSource::configured, {{InterfaceId{3}, ip("10.1.4.1")}}});
    EXPECT_EQ(table.lookup(ip("8.8.8.8")), (Hop{InterfaceId{0}, ip("10.1.1.1")}));
    EXPECT_EQ(table.lookup(ip("10.9.9.9")), (Hop{InterfaceId{1}, ip("10.1.2.1")}));
    EXPECT_EQ(table.lookup(ip("10.1.3.8")), (Hop{InterfaceId{2}, ip("10.1.3.8")})) << "connected: itself";
    EXPECT_EQ(table.lookup(ip("10.1.3.7")), (Hop{InterfaceId{3}, ip("10.1.4.1")}));
}

TEST(RouteTable, NoRouteIsNone) {
    RouteTable table;
    EXPECT_FALSE(table.lookup(ip("1.2.3.4")));
    table.add({prefix("10.0.0.0/8"), RouteSource::configured, {{InterfaceId{1}, ip("10.1.2.1")}}});
    EXPECT_FALSE(table.lookup(ip("11.0.0.1")));
}

TEST(RouteTable, ConnectedBeatsConfiguredOnTheSamePrefix) {
    RouteTable table;
    table.add({prefix("10.1.3.0/24"), RouteSource::configured, {{InterfaceId{1}, ip("10.1.2.1")}}});
    table.add({prefix("10.1.3.0/24"), RouteSource::connected, {{InterfaceId{2}, std::nullopt}}});
    EXPECT_EQ(table.lookup(ip("10.1.3.8"))->egress, InterfaceId{2});
}

TEST(RouteTable, EqualRoutesShareByFlow) {
    RouteTable table;
    const auto destination = prefix("0.0.0.0/0");
    for (std::uint16_t i = 0; i < 3; ++i) {
        table.add({destination, RouteSource::configured, {{InterfaceId{i}, ip("10.1.2.1")}}});
        table.add(
            {destination, RouteSource::configured, {{InterfaceId{i}, ip("10.1.2.1")}}}); // once is enough
    }
    ASSERT_EQ(table.routes().size(), 1U);
    EXPECT_EQ(table.routes()[0].hops.size(), 3U);
    std::mt19937 random(1);
    std::map<std::uint16_t, int> shares;
    for (int i = 0; i < 30000; ++i) {
        const auto hash = static_cast<std::uint32_t>(random());
        const auto hop = table.lookup(ip("8.8.8.8"), hash);
        EXPECT_EQ(hop, table.lookup(ip("8.8.8.8"), hash));
        ++shares[hop->egress.value];
    }
    for (const auto& [interface, share] : shares) {
        EXPECT_NEAR(share, 10000, 500) << interface;
    }
    EXPECT_TRUE(table.lookup(ip("8.8.8.8"), 0xffffffff));
}

TEST(RouteTable, FamiliesDoNotMix) {
    RouteTable table;
    table.add({prefix("::/0"), RouteSource::configured, {{InterfaceId{6}, ip("fe80::1")}}});
    EXPECT_FALSE(table.lookup(ip("10.0.0.1")));
    table.add({prefix("0.0.0.0/0"), RouteSource::configured, {{InterfaceId{4}, ip("10.1.1.1")}}});
    EXPECT_EQ(table.lookup(ip("2001:db8::1"))->egress, InterfaceId{6});
    EXPECT_EQ(table.lookup(ip("10.0.0.1"))->egress, InterfaceId{4});
    table.add({prefix("2001:db8::/65"), RouteSource::configured, {{InterfaceId{7}, ip("fe80::2")}}});
    EXPECT_EQ(table.lookup(ip("2001:db8::1"))->egress, InterfaceId{7});
    EXPECT_EQ(table.lookup(ip("2001:db8:0:0:8000::1"))->egress, InterfaceId{6});
}

// Against the obvious implementation, with random prefixes.
TEST(RouteTable, AgreesWithALinearScan) {
    std::mt19937 random(7);
    RouteTable table;
    std::vector<Route> routes;
    for (std::uint16_t i = 0; i < 500; ++i) {
        IpPrefix destination{IpAddress::v4(0x0a000000 | static_cast<std::uint32_t>(random() & 0xffffff)),
                             static_cast<std::uint8_t>(8 + random() % 25)};
        destination = destination.network();
        const bool known = std::any_of(routes.begin(), routes.end(),
                                       [&](const Route& r) { return r.destination == destination; });
        if (!known) {
            routes.push_back({destination, RouteSource::configured, {{InterfaceId{i}, std::nullopt}}});
            table.add(routes.back());
        }
    }
    for (int i = 0; i < 20000; ++i) {
        const IpAddress address = IpAddress::v4(0x0a000000 | static_cast<std::uint32_t>(random() & 0xffffff));
        const Route* best = nullptr;
        for (const Route& route : routes) {
            if (route.destination.contains(address) &&
                (best == nullptr || best->destination.length < route.destination.length)) {
                best = &route;
            }
        }
        const auto hop = table.lookup(address);
        ASSERT_EQ(hop.has_value(), best != nullptr);
        if (best != nullptr) {
            ASSERT_EQ(hop->egress, best->hops[0].egress);
        }
    }
}

} // namespace
} // namespace fulcrum::stack
