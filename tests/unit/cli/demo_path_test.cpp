// Legs out of sightings: the networks here are the templates', drawn as lists of what each tap would have
// seen.
#include "app/cli/demo_path.h"

#include <gmock/gmock.h>

namespace fulcrum::cli {
namespace {

using testing::ElementsAre;

const std::vector<std::string> taps = {"client1:eth0", "router1:eth0", "router1:eth1",
                                       "se1:eth0",     "server1:eth0", "server2:eth0"};
enum Tap : std::uint32_t { client, router_front, router_back, se, server1, server2 };

Mac mac(std::uint8_t last) {
    return Mac{{2, 0, 0, 0, 0, last}};
}
Socket at(const char* text) {
    return *parse_socket(text);
}

// One frame from `from` to `to`, seen at both taps (and flooded to server2).
void pass(std::vector<Sighting>& seen, Tap from, Tap to, std::uint8_t from_mac, std::uint8_t to_mac,
          bool answer, const Socket& source, const Socket& destination, int ttl) {
    for (const auto& [tap, leaving] :
         {std::pair{from, true}, std::pair{to, false}, std::pair{server2, false}}) {
        seen.push_back({tap, leaving, answer, mac(from_mac), mac(to_mac), source, destination, {}, ttl});
    }
}

std::vector<std::string> told(const std::vector<Leg>& legs) {
    std::vector<std::string> lines;
    for (const auto& leg : legs) {
        std::string line = (leg.answer ? "answer " : "request ") + leg.from + ">" + leg.to;
        for (const auto& change : leg.rewritten) {
            line += "; " + change;
        }
        lines.push_back(line);
    }
    return lines;
}

TEST(DemoPath, InLineRewritesTheDestinationAndTheAnswersSource) {
    const auto c = at("172.16.1.10:40000"), vip = at("10.1.1.100:80"), s = at("10.1.1.10:80");
    std::vector<Sighting> seen;
    pass(seen, client, router_front, 1, 2, false, c, vip, 64);
    pass(seen, router_back, se, 3, 4, false, c, vip, 63);
    pass(seen, se, server1, 4, 5, false, c, s, 62);
    pass(seen, server1, se, 5, 4, true, s, c, 64);
    pass(seen, se, router_back, 4, 3, true, vip, c, 63);
    pass(seen, router_front, client, 2, 1, true, vip, c, 62);
    // Another client's handshake at the same time is not part of it.
    pass(seen, client, router_front, 1, 2, false, at("172.16.1.10:40001"), vip, 64);
    const auto legs = trace_legs(seen, taps, {c, vip, c, s});
    EXPECT_THAT(
        told(legs),
        ElementsAre(
            "request client1>router1", "request router1>se1; TTL 64 → 63; MAC addresses",
            "request se1>server1; destination 10.1.1.100:80 → 10.1.1.10:80; TTL 63 → 62; MAC addresses",
            "answer server1>se1",
            "answer se1>router1; source 10.1.1.10:80 → 10.1.1.100:80; TTL 64 → 63; MAC addresses",
            "answer router1>client1; TTL 63 → 62; MAC addresses"));
}

TEST(DemoPath, L2DsrChangesOnlyMacsAndTheAnswerGoesPastTheSe) {
    const auto c = at("172.16.1.10:40000"), vip = at("10.1.1.100:80");
    std::vector<Sighting> seen;
    pass(seen, client, router_front, 1, 2, false, c, vip, 64);
    pass(seen, router_back, se, 3, 4, false, c, vip, 63);
    pass(seen, se, server1, 4, 5, false, c, vip, 63);
    pass(seen, server1, router_back, 5, 3, true, vip, c, 64);
    pass(seen, router_front, client, 2, 1, true, vip, c, 63);
    const auto legs = trace_legs(seen, taps, {c, vip, c, vip});
    EXPECT_THAT(told(legs),
                ElementsAre("request client1>router1", "request router1>se1; TTL 64 → 63; MAC addresses",
                            "request se1>server1; only MAC addresses", "answer server1>router1",
                            "answer router1>client1; TTL 64 → 63; MAC addresses"));
}

TEST(DemoPath, FullProxyHasTwoConnections) {
    const auto c = at("172.16.1.10:40000"), vip = at("10.1.1.100:80"), own = at("10.1.1.2:1024"),
               s = at("10.1.1.10:80");
    std::vector<Sighting> seen;
    pass(seen, router_back, se, 3, 4, false, c, vip, 63);
    pass(seen, se, router_back, 4, 3, true, vip, c, 64);
    pass(seen, se, server1, 4, 5, false, own, s, 64);
    pass(seen, server1, se, 5, 4, true, s, own, 64);
    const auto legs = trace_legs(seen, taps, {c, vip, own, s});
    ASSERT_EQ(legs.size(), 4U);
    EXPECT_EQ(legs[1].from, "se1");
    EXPECT_THAT(legs[1].rewritten, testing::Contains("source 172.16.1.10:40000 → 10.1.1.2:1024"));
}

TEST(DemoPath, SocketsAsText) {
    EXPECT_EQ(parse_socket("10.1.1.1:80")->text(), "10.1.1.1:80");
    for (const auto* text : {"", "10.1.1.1", "10.1.1.1:", "10.1.1.1:65536", "10.1.1.1:8x", ":80", "x:80"}) {
        EXPECT_FALSE(parse_socket(text)) << text;
    }
}

} // namespace
} // namespace fulcrum::cli
