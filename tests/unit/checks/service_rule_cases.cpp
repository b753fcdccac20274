// Services, pools, the modes, and what is not built yet.
#include "tests/unit/checks/rule_edits.h"

namespace fulcrum::designer::testing {

std::vector<RuleCase> service_cases() {
    return {
        {"service-without-group",
         "none",
         in_line,
         [](Document& d) { d.services[0].group.clear(); },
         {"vip1"},
         "no group carries vip1"},
        {"service-without-pool",
         "none",
         in_line,
         [](Document& d) { d.services[0].pool.clear(); },
         {"vip1"},
         "vip1 (10.1.1.100) has no pool"},
        {"service-without-port",
         "none",
         in_line,
         [](Document& d) { d.services[0].ports.clear(); },
         {"vip1"},
         "has no port"},
        {"service-without-vip",
         "its SE is in no subnet",
         in_line,
         [](Document& d) {
             d.services[0].vip.reset();
             d.vrfs = {{"dmz", "dmz", ""}};
             d.services[0].vrf = "dmz";
         },
         {"vip1"},
         "vip1 has no VIP",
         false},
        {"duplicate-service-port",
         "two services of one VIP",
         in_line,
         [](Document& d) {
             d.services.push_back(d.services[0]);
             d.services[1].id = d.services[1].name = "vip2";
             d.services[1].ports.push_back({Protocol::tcp, 443, 0});
         },
         {"vip2", "vip1"},
         "vip1 and vip2 both want tcp port 80 of 10.1.1.100"},
        {"duplicate-service-port",
         "twice in one service",
         in_line,
         [](Document& d) { d.services[0].ports.push_back(d.services[0].ports[0]); },
         {"vip1", "vip1"},
         "has tcp port 80 twice"},
        {"vip-unreachable",
         "outside every segment of the SEs",
         in_line,
         [](Document& d) { d.services[0].vip = ip("10.50.0.11"); },
         {"vip1", "se1"},
         "vip1 (10.50.0.11) is outside every segment of its SEs (10.1.1.0/24)"},
        {"vip-unreachable",
         "in another zone",
         in_line,
         [](Document& d) {
             d.vrfs = {{"dmz", "dmz", ""}};
             d.services[0].vrf = "dmz";
         },
         {"vip1"},
         "has no SE in zone dmz",
         false},
        {"vip-unreachable",
         "not on the segment of the first SE",
         [] {
             Drawing d = full_proxy();
             d.node("se2", NodeKind::se).link("se2", "front").link("se2", "back");
             d.document.groups[0].members.push_back("se2");
             return d;
         },
         [](Document& d) {
             add_node(d, "other", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.5.0.0/24");
             end(d, "se1").address.reset();
             d.links[2].b.node = "other";
         },
         {"vip1", "se1"},
         "vip1 (192.168.2.100) is on no segment of se1, which owns it"},
        {"member-off-vip-segment",
         "an SE elsewhere",
         in_line,
         [](Document& d) {
             add_node(d, "other", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.5.0.0/24");
             end(d, "se2").address.reset();
             for (Link& link : d.links) {
                 if (link.a.node == "se2") {
                     link.b.node = "other";
                 }
             }
         },
         {"se2", "vip1"},
         "se2 is not on the segment of vip1",
         false,
         Severity::warning},
        {"group-without-members",
         "an empty group",
         in_line,
         [](Document& d) { d.groups[0].members.clear(); },
         {"group1"},
         "its services are carried by nobody",
         false},
        {"group-member-not-se",
         "a server",
         in_line,
         [](Document& d) { d.groups[0].members.push_back("server1"); },
         {"group1", "server1"},
         "server1 in the group group1 is no SE"},
        {"se-without-service",
         "in no group",
         in_line,
         [](Document& d) { d.groups[0].members.pop_back(); },
         {"se2"},
         "se2 carries no service",
         false,
         Severity::note},
    };
}

std::vector<RuleCase> pool_cases() {
    return {
        {"empty-pool",
         "no server",
         in_line,
         [](Document& d) { d.pools[0].members.clear(); },
         {"pool1"},
         "pool1 has no server",
         false},
        {"empty-pool",
         "only servers without a link",
         in_line,
         [](Document& d) {
             std::erase_if(d.links, [&](const Link& link) {
                 return link.a.node.starts_with("server") || link.b.node.starts_with("server");
             });
         },
         {"pool1", "server1"},
         "no server of the pool pool1 is connected to anything",
         false},
        {"pool-member-not-server",
         "a client",
         in_line,
         [](Document& d) {
             d.pools[0].members.push_back({});
             d.pools[0].members.back().server = "client1";
         },
         {"pool1", "client1"},
         "client1 in the pool pool1 is no server"},
        {"duplicate-pool-member",
         "twice",
         in_line,
         [](Document& d) { d.pools[0].members.push_back(d.pools[0].members[0]); },
         {"pool1", "server1"},
         "server1 is in the pool pool1 twice"},
        {"member-address-not-servers",
         "somebody else's",
         in_line,
         [](Document& d) { d.pools[0].members[0].address = ip("10.1.1.99"); },
         {"pool1", "server1"},
         "asks server1 on 10.1.1.99"},
        {"weight-zero",
         "no weight",
         in_line,
         [](Document& d) { d.pools[0].members[0].weight = 0; },
         {"pool1", "server1"},
         "server1 has weight 0"},
        {"health-interval-too-short",
         "which no engine takes",
         in_line,
         [](Document& d) {
             HealthCheck health;
             health.interval = health.timeout = milliseconds(9);
             d.pools[0].health.push_back(health);
         },
         {"pool1"},
         "asks every 9 ms: engines ask at most every 10 ms"},
        {"health-timeout-longer-than-interval",
         "probes overlap",
         in_line,
         [](Document& d) {
             HealthCheck health;
             health.interval = milliseconds(100);
             d.pools[0].health.push_back(health);
         },
         {"pool1"},
         "waits 1000 ms for an answer but asks every 100 ms"},
        {"server-unreachable",
         "another one answers there for its address",
         full_proxy,
         [](Document& d) {
             d.node("se1")->derive_routes = false;
             add_node(d, "far", NodeKind::segment);
             d.nodes.back().subnet = d.node("back")->subnet;
             for (Link& link : d.links) {
                 if (link.a.node == "server2") {
                     link.a.address = prefix("10.10.10.11/24");
                     link.b.node = "far";
                 }
             }
         },
         {"server2", "se1", "vip1"},
         "se1 has no way to server2 (10.10.10.11)",
         false},
        {"server-unreachable",
         "a server on an island",
         full_proxy,
         [](Document& d) {
             add_node(d, "island", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.77.0.0/24");
             end(d, "server2").address.reset();
             for (Link& link : d.links) {
                 if (link.a.node == "server2") {
                     link.b.node = "island";
                 }
             }
         },
         {"server2", "se1", "vip1"},
         "se1 has no way to server2 (10.77.0.11)",
         false},
    };
}

std::vector<RuleCase> in_line_cases() {
    return {
        {"in-line-without-standby",
         "active-active",
         in_line,
         [](Document& d) { d.groups[0].ha = HaMode::active_active; },
         {"group1", "vip1"},
         "is active-active"},
        {"in-line-with-snat",
         "a SNAT pool",
         in_line,
         [](Document& d) {
             d.address_pools.push_back(
                 {"snat", "snat", "lan", PoolPurpose::snat, ip("10.1.1.50"), ip("10.1.1.51")});
             d.services[0].snat_pool = "snat";
         },
         {"vip1", "snat"},
         "in-line keeps the client's address"},
        {"in-line-without-floating-address",
         "one segment",
         in_line,
         [](Document& d) { d.groups[0].floating.clear(); },
         {"group1", "lan"},
         "no floating address in 10.1.1.0/24",
         true,
         Severity::warning},
        {"in-line-without-floating-address",
         "behind",
         in_line_pair,
         [](Document& d) { d.groups[0].floating.pop_back(); },
         {"group1", "back"},
         "no floating address in 10.10.10.0/24",
         true,
         Severity::warning},
        {"in-line-return-bypasses-se",
         "the router as gateway",
         in_line,
         [](Document& d) { d.node("server1")->gateway = ip("10.1.1.254"); },
         {"server1", "vip1"},
         "answers of server1 for vip1 (10.1.1.100) bypass the SE (server1 → router1 → client1)"},
        {"in-line-return-bypasses-se",
         "a route to the clients",
         in_line,
         [](Document& d) {
             d.node("server1")->routes = {{prefix("172.16.0.0/16"), ip("10.1.1.254")}};
         },
         {"server1", "vip1"},
         "bypass the SE"},
        {"in-line-return-bypasses-se",
         "the SE that stands by as gateway",
         in_line,
         [](Document& d) { d.node("server1")->gateway = ip("10.1.1.3"); },
         {"server1", "vip1"},
         "answers of server1 for vip1 (10.1.1.100) get no farther than se2, which stands by"},
        {"in-line-return-bypasses-se",
         "no gateway at all",
         in_line_two_arm,
         [](Document& d) { d.node("server1")->derive_routes = false; },
         {"server1", "vip1"},
         "get no farther than server1"},
        {"in-line-return-bypasses-se",
         "a back door to the clients",
         in_line_two_arm,
         [](Document& d) {
             add_link(d, "x", "server2", "client1");
             d.node("server2")->routes = {{prefix("192.168.1.0/24"), ip("10.254.0.2")}};
             d.links.back().a.address = prefix("10.254.0.1/30");
             d.links.back().b.address = prefix("10.254.0.2/30");
         },
         {"server2", "vip1"},
         "answers of server2"},
        {"client-in-server-segment",
         "a client beside the servers",
         in_line,
         [](Document& d) {
             add_node(d, "client2", NodeKind::client);
             add_link(d, "x", "client2", "lan");
         },
         {"client2", "vip1"},
         "they answer it directly, past the SE",
         false,
         Severity::warning},
        {"server-in-two-modes",
         "in-line and DSR",
         in_line,
         [](Document& d) {
             d.services.push_back(d.services[0]);
             d.services[1].id = d.services[1].name = "vip2";
             d.services[1].vip = ip("10.1.1.101");
             d.services[1].mode = Mode::l2_dsr;
         },
         {"server1", "vip1", "vip2"},
         "it has one default gateway",
         false},
    };
}

std::vector<RuleCase> dsr_cases() {
    return {
        {"dsr-server-off-segment",
         "behind a router",
         l2_dsr,
         [](Document& d) {
             add_node(d, "far", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.9.0.0/24");
             end(d, "server2").address.reset();
             for (Link& link : d.links) {
                 if (link.a.node == "server2") {
                     link.b.node = "far";
                 }
             }
             add_link(d, "x", "router1", "far");
         },
         {"server2", "vip1", "se1"},
         "server2 is on no segment of se1",
         false},
        {"dsr-gateway-is-se",
         "its own address",
         l2_dsr,
         [](Document& d) { d.node("server1")->gateway = ip("10.1.1.2"); },
         {"server1", "vip1", "se1"},
         "server1 sends its answers for vip1 (10.1.1.100) to se1 (10.1.1.2)"},
        {"dsr-gateway-is-se",
         "a route through the VIP",
         l2_dsr,
         [](Document& d) {
             d.node("server1")->routes = {{prefix("172.16.0.0/16"), ip("10.1.1.100")}};
         },
         {"server1", "vip1", "se1"},
         "to se1 (10.1.1.100)"},
        {"dsr-server-answers-arp",
         "switched on",
         l2_dsr,
         [](Document& d) { d.node("server1")->arp_for_loopback = true; },
         {"server1", "vip1"},
         "server1 answers ARP for vip1",
         true,
         Severity::warning},
        {"dsr-port-translation",
         "in the service",
         l2_dsr,
         [](Document& d) { d.services[0].ports[0].server_port = 8080; },
         {"vip1"},
         "translates port 80 to 8080"},
        {"dsr-port-translation",
         "in the pool",
         l2_dsr,
         [](Document& d) { d.pools[0].members[0].port = 8080; },
         {"vip1", "pool1", "server1"},
         "server1 is asked on port 8080"},
        {"dsr-with-snat",
         "a SNAT pool",
         l2_dsr,
         [](Document& d) {
             d.address_pools.push_back(
                 {"snat", "snat", "lan", PoolPurpose::snat, ip("10.1.1.50"), ip("10.1.1.51")});
             d.services[0].snat_pool = "snat";
         },
         {"vip1", "snat"},
         "in DSR the client's address stays"},
        {"mtu-too-small-for-tunnel",
         "a little",
         wide_tunnel,
         [](Document& d) {
             for (Link& link : d.links) {
                 link.mtu_bytes = 1500;
             }
         },
         {"vip1", "link5"},
         "has room for packets of 1476 bytes, and clients send up to 1500",
         false,
         Severity::note},
        {"mtu-too-small-for-tunnel",
         "only the client's own link carries more",
         wide_tunnel,
         [](Document& d) {
             for (Link& link : d.links) {
                 const bool of_client = link.a.node == "client1" || link.b.node == "client1";
                 link.mtu_bytes = of_client ? 9000 : 1500;
             }
         },
         {"vip1", "link5"},
         "has room for packets of 1476 bytes, and clients send up to 1500",
         false,
         Severity::note},
        {"mtu-too-small-for-tunnel",
         "below what a client takes",
         wide_tunnel,
         [](Document& d) {
             for (Link& link : d.links) {
                 link.mtu_bytes = link.b.node == "lan" ? 560 : 1500;
             }
         },
         {"vip1", "link5"},
         "has room for packets of 536 bytes, fewer than a client agrees to (552)",
         false,
         Severity::note},
        {"dsr-server-cannot-answer",
         "no gateway",
         l2_dsr,
         [](Document& d) { d.node("server1")->derive_routes = false; },
         {"server1", "vip1"},
         "server1 cannot answer client1 for vip1 (10.1.1.100): server1 has no way there",
         false},
    };
}

std::vector<RuleCase> availability_cases() {
    const auto unavailable = [](const char* name, std::function<void(Document&)> breaks,
                                std::vector<Id> items, std::string says) {
        return RuleCase{"not-available-yet", name,  l2_dsr,           std::move(breaks), std::move(items),
                        std::move(says),     false, Severity::warning};
    };
    return {
        unavailable(
            "BGP", [](Document& d) { d.services[0].attachment = Attachment::bgp; }, {"vip1"}, "by bgp"),
        unavailable(
            "static routes to two SEs",
            [](Document& d) {
                d.services[0].attachment = Attachment::static_route;
                d.services[0].vip = ip("10.50.0.11");
            },
            {"vip1"}, "by static-route to several SEs"),
        unavailable(
            "N+M", [](Document& d) { d.groups[0].ha = HaMode::n_plus_m; }, {"group1"}, "N+M"),
        unavailable(
            "IPv6", [](Document& d) { end(d, "client1").address = prefix("2001:db8::1/64"); }, {"link1"},
            "IPv6"),
    };
}

} // namespace fulcrum::designer::testing
