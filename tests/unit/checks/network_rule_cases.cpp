// Names, links, addresses, subnets and routes.
#include "tests/unit/checks/rule_edits.h"

namespace fulcrum::designer::testing {

std::vector<RuleCase> name_cases() {
    return {
        {"duplicate-name",
         "two nodes, one in capitals",
         in_line,
         [](Document& d) { d.node("server2")->name = "Server1"; },
         {"server2", "server1"},
         "two nodes are named Server1"},
        {"duplicate-name",
         "two segments",
         full_proxy,
         [](Document& d) { d.node("back")->name = "front"; },
         {"back", "front"},
         "two segments are named front"},
        {"duplicate-name",
         "two services",
         in_line,
         [](Document& d) {
             d.services.push_back(d.services[0]);
             d.services[1].id = "other";
             d.services[1].vip = ip("10.1.1.101");
         },
         {"other", "vip1"},
         "two services are named vip1"},
        {"duplicate-name",
         "a zone named global",
         in_line,
         [](Document& d) {
             d.vrfs.push_back({"v", "Global", ""});
         },
         {"v"},
         "always exists"},
        {"name-too-long",
         "a name of 64 bytes",
         in_line,
         [](Document& d) { d.node("client1")->name = std::string(64, 'c'); },
         {"client1"},
         "has 64 bytes"},
        {"bad-hostname-characters",
         "a space",
         in_line,
         [](Document& d) { d.node("client1")->name = "my client"; },
         {"client1"},
         "my client"},
        {"bad-hostname-characters",
         "nothing but a dash",
         in_line,
         [](Document& d) { d.node("client1")->name = "-"; },
         {"client1"},
         "cannot be a host name"},
        {"bad-program",
         "two programs of one name",
         in_line,
         [](Document& d) {
             d.node("client1")->programs = {{"a", {"true"}}, {"a", {"false"}}};
         },
         {"client1"},
         "two programs of client1",
         false},
        {"bad-program",
         "the built-in server's name",
         in_line,
         [](Document& d) {
             d.node("server1")->programs = {{"server", {"nginx"}}};
         },
         {"server1"},
         "named server",
         false},
    };
}

std::vector<RuleCase> link_cases() {
    return {
        {"dangling-link",
         "an end nowhere",
         in_line,
         [](Document& d) { add_link(d, "x", "server1", "gone"); },
         {"x"},
         "a link of server1 leads nowhere"},
        {"self-link",
         "both ends on one node",
         in_line,
         [](Document& d) { add_link(d, "x", "server1", "server1"); },
         {"x", "server1"},
         "joins server1 to itself"},
        {"unconnected-node",
         "a new node",
         in_line,
         [](Document& d) { add_node(d, "lonely", NodeKind::client); },
         {"lonely"},
         "lonely is connected to nothing",
         false,
         Severity::warning},
        {"segment-loop",
         "two segments joined twice",
         full_proxy,
         [](Document& d) {
             add_node(d, "annex", NodeKind::segment);
             add_link(d, "x", "back", "annex");
             add_link(d, "y", "annex", "back");
         },
         {"y", "annex", "back"},
         "closes a loop"},
        {"too-many-links",
         "1,024 links on a segment",
         in_line,
         [](Document& d) {
             d.node("lan")->subnet = prefix("10.0.0.0/8");
             for (int i = 0; i < 1024 - 5; ++i) {
                 add_node(d, "h" + std::to_string(i), NodeKind::client);
                 add_link(d, "x" + std::to_string(i), "h" + std::to_string(i), "lan");
             }
         },
         {"lan"},
         "has 1024 links",
         false},
        {"mtu-out-of-range",
         "67 bytes",
         in_line,
         [](Document& d) { d.links[0].mtu_bytes = 67; },
         {"link1"},
         "MTU of 67 bytes"},
        {"mtu-out-of-range",
         "65,536 bytes",
         in_line,
         [](Document& d) { d.links[0].mtu_bytes = 65536; },
         {"link1"},
         "MTU of 65536 bytes"},
        {"mtu-mismatch",
         "one jumbo host",
         in_line,
         [](Document& d) { d.links[4].mtu_bytes = 9000; },
         {"link5"},
         "server1:eth0 sends frames of up to 9000 bytes",
         true,
         Severity::warning},
        {"cut-link",
         "to a server",
         in_line,
         [](Document& d) { d.links[4].up = false; },
         {"link5", "vip1"},
         "is drawn cut: vip1 (10.1.1.100) loses servers (server1)",
         true,
         Severity::warning},
        {"cut-link",
         "to the clients",
         full_proxy,
         [](Document& d) { d.links[0].up = false; },
         {"link1", "vip1"},
         "vip1 (192.168.2.100) loses clients (client1)",
         true,
         Severity::warning},
        {"cut-link",
         "of the SE, which everybody crosses",
         in_line,
         [](Document& d) { d.links[2].up = false; },
         {"link3", "vip1"},
         "vip1 (10.1.1.100) loses clients (client1) and servers (server1, server2",
         true,
         Severity::warning},
        {"cut-link",
         "that only answers take: a server's second link",
         [] {
             Drawing d = l2_dsr();
             d.document.node("server1")->gateway = ip("10.3.0.1");
             return d.segment("aside", "10.3.0.0/24")
                 .link("server1", "aside")
                 .link("router1", "aside", "10.3.0.1/24");
         },
         [](Document& d) { d.links[d.links.size() - 2].up = false; },
         {},
         "vip1 (10.1.1.100) loses answers of server1 to client1",
         true,
         Severity::warning},
    };
}

std::vector<RuleCase> address_cases() {
    return {
        {"duplicate-address",
         "two servers",
         in_line,
         [](Document& d) { end(d, "server2").address = end(d, "server1").address; },
         {"server2", "link6", "server1"},
         "server1:eth0 and server2:eth0 both have 10.1.1.10"},
        {"duplicate-address",
         "an SE and a server, as in the article's picture of topology 4",
         in_line,
         [](Document& d) { end(d, "server1").address = prefix("10.1.1.2/24"); },
         {"server1", "link5", "se1"},
         "se1:eth0 and server1:eth0 both have 10.1.1.2"},
        {"duplicate-address",
         "a VIP and a host",
         in_line,
         [](Document& d) { d.services[0].vip = ip("10.1.1.10"); },
         {"vip1", "server1"},
         "server1:eth0 and the VIP vip1 both have 10.1.1.10"},
        {"duplicate-address",
         "a floating address and a host",
         in_line,
         [](Document& d) { d.groups[0].floating[0].address = ip("10.1.1.254"); },
         {"group1", "router1"},
         "router1:eth1 and the floating address of group1 both have 10.1.1.254"},
        {"duplicate-address",
         "one VIP in two groups",
         in_line,
         [](Document& d) {
             Group group = d.groups[0];
             group.id = group.name = "group2";
             group.floating.clear();
             d.groups.push_back(group);
             Service service = d.services[0];
             service.id = service.name = "vip2";
             service.group = "group2";
             service.ports[0].port = 81;
             d.services.push_back(service);
         },
         {"vip2", "vip1"},
         "both have 10.1.1.100"},
        {"needs-full-proxy",
         "layer 7 in DSR",
         l2_dsr,
         [](Document& d) { d.services[0].layer7 = true; },
         {"vip1"},
         "vip1 (10.1.1.100) has balancing at layer 7, but in l2-dsr"},
        {"needs-full-proxy",
         "a PROXY header in line",
         in_line,
         [](Document& d) { d.services[0].proxy_out = ProxyProtocol::v2; },
         {"vip1"},
         "has the PROXY protocol, but in in-line"},
        {"needs-full-proxy",
         "limits in line",
         in_line,
         [](Document& d) { d.services[0].limits.client_rate_per_s = 5; },
         {"vip1"},
         "has limits on connections or rate"},
        {"udp-is-not-read",
         "layer 7",
         [] {
             Drawing d = full_proxy();
             d.document.services[0].layer7 = true;
             return d;
         },
         [](Document& d) {
             d.services[0].ports.push_back({Protocol::udp, 53, 0});
         },
         {"vip1"},
         "vip1 (192.168.2.100) has layer 7 for TCP only: datagrams to its UDP port 53",
         false,
         Severity::note},
        {"udp-is-not-read",
         "PROXY headers",
         [] {
             Drawing d = full_proxy();
             d.document.services[0].ports.push_back({Protocol::udp, 53, 0});
             return d;
         },
         [](Document& d) { d.services[0].proxy_out = ProxyProtocol::v2; },
         {"vip1"},
         "has the PROXY protocol for TCP only",
         false,
         Severity::note},
        {"needs-layer-7",
         "content rules",
         full_proxy,
         [](Document& d) {
             d.services[0].rules = {{"a.example", "/", "pool1"}};
         },
         {"vip1"},
         "has rules by host and path"},
        {"needs-layer-7",
         "a cookie",
         full_proxy,
         [](Document& d) { d.pools[0].persistence = Persistence::cookie; },
         {"vip1", "pool1"},
         "the pool pool1 of vip1 (192.168.2.100) persists by cookie"},
        {"floating-address-off-segment",
         "only the standby is there",
         in_line_pair,
         [](Document& d) {
             add_node(d, "far", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.5.0.0/24");
             add_link(d, "link20", "se2", "far");
             d.groups[0].floating.push_back({"far", ip("10.5.0.1")});
         },
         {"group1", "far", "se1"},
         "the floating address 10.5.0.1 of group1 is on a segment that se1 is not on"},
        {"snat-address-taken",
         "a server in it",
         with_snat,
         [](Document& d) { end(d, "server2").address = prefix("10.10.10.202/24"); },
         {"snat1", "server2"},
         "server2:eth0 has 10.10.10.202, which is also in the SNAT pool snat1",
         false},
        {"snat-pool-too-large",
         "four times 256",
         [] {
             Drawing d = with_snat();
             d.document.node("back")->subnet = prefix("10.10.0.0/16");
             for (Link& link : d.document.links) {
                 if (link.b.node == "back") {
                     link.a.address->length = 16;
                 }
             }
             return d;
         },
         [](Document& d) { d.address_pools[0].last = ip("10.10.14.255"); },
         {"snat1", "vip1"},
         "has 1079 addresses, and an engine takes 1024"},
        {"duplicate-mac",
         "two servers",
         in_line,
         [](Document& d) {
             end(d, "server1").mac = *Mac::parse("02:00:00:00:00:01");
             end(d, "server2").mac = *Mac::parse("02:00:00:00:00:01");
         },
         {"server2", "link6", "server1"},
         "both have the MAC address 02:00:00:00:00:01"},
        {"duplicate-mac",
         "a virtual one",
         in_line,
         [](Document& d) {
             end(d, "server1").mac = *Mac::parse("02:00:00:00:00:01");
             d.groups[0].virtual_mac = *Mac::parse("02:00:00:00:00:01");
         },
         {"group1", "server1"},
         "virtual MAC 02:00:00:00:00:01"},
        {"bad-mac",
         "a group's",
         in_line,
         [](Document& d) { end(d, "server1").mac = *Mac::parse("01:00:5e:00:00:01"); },
         {"server1", "link5"},
         "01:00:5e:00:00:01, which is no station's"},
        {"network-or-broadcast-address",
         "the network",
         in_line,
         [](Document& d) { end(d, "server1").address = prefix("10.1.1.0/24"); },
         {"server1", "link5"},
         "the address of the network 10.1.1.0/24 itself"},
        {"network-or-broadcast-address",
         "the broadcast address",
         in_line,
         [](Document& d) { end(d, "server1").address = prefix("10.1.1.255/24"); },
         {"server1", "link5"},
         "the broadcast address of 10.1.1.0/24"},
        {"network-or-broadcast-address",
         "as a VIP",
         in_line,
         [](Document& d) { d.services[0].vip = ip("10.1.1.255"); },
         {"vip1"},
         "vip1 (10.1.1.255) is the broadcast address"},
        {"network-or-broadcast-address",
         "loopback",
         in_line,
         [](Document& d) { end(d, "server1").address = prefix("127.0.0.1/24"); },
         {"server1", "link5"},
         "loopback"},
        {"wrong-subnet",
         "outside the segment",
         in_line,
         [](Document& d) { end(d, "server1").address = prefix("10.2.1.10/24"); },
         {"server1", "link5"},
         "10.2.1.10/24, which is outside 10.1.1.0/24"},
        {"wrong-subnet",
         "another prefix length",
         in_line,
         [](Document& d) { end(d, "server1").address = prefix("10.1.1.10/16"); },
         {"server1", "link5"},
         "but the subnet there is 10.1.1.0/24"},
        {"wrong-subnet",
         "the ends of a wire",
         in_line,
         [](Document& d) { end(d, "router1").address = prefix("172.16.2.1/24"); },
         {"router1", "link1", "client1"},
         "they are not in one subnet"},
        {"wrong-subnet",
         "a floating address",
         in_line,
         [](Document& d) { d.groups[0].floating[0].address = ip("10.2.1.1"); },
         {"group1", "lan"},
         "floating address 10.2.1.1 of group1 is outside 10.1.1.0/24",
         false},
    };
}

std::vector<RuleCase> subnet_cases() {
    return {
        {"overlapping-subnets",
         "one inside another",
         full_proxy,
         [](Document& d) {
             d.node("back")->subnet = prefix("192.168.0.0/16");
             end(d, "se1", 1).address = prefix("192.168.9.1/16");
             end(d, "server1").address = prefix("192.168.9.2/16");
             end(d, "server2").address = prefix("192.168.9.3/16");
         },
         {"back"},
         "192.168.0.0/16 on back overlap",
         false},
        {"segment-without-subnet",
         "a bare segment",
         in_line,
         [](Document& d) {
             add_node(d, "bare", NodeKind::segment);
             add_link(d, "x", "router1", "bare");
         },
         {"bare"},
         "bare has no subnet"},
        {"subnet-full",
         "three hosts in a /30",
         in_line,
         [](Document& d) {
             add_node(d, "tiny", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.66.0.0/30");
             for (const char* host : {"h1", "h2", "h3"}) {
                 add_node(d, host, NodeKind::client);
                 add_link(d, std::string("x") + host, host, "tiny");
             }
         },
         {"h3", "xh3"},
         "10.66.0.0/30 has no free address left for h3:eth0",
         false},
        {"zones-joined",
         "two zones on one wire",
         full_proxy,
         [](Document& d) {
             d.vrfs = {{"inside", "inside", ""}, {"dmz", "dmz", ""}};
             add_node(d, "s1", NodeKind::segment);
             d.nodes.back().vrf = "inside";
             add_node(d, "s2", NodeKind::segment);
             d.nodes.back().vrf = "dmz";
             add_link(d, "x", "s1", "s2");
         },
         {"s2", "s1"},
         "s2 lies in zone dmz",
         false},
        {"address-pool-empty",
         "it ends before it begins",
         [] { return with_pool(in_line()); },
         [](Document& d) { std::swap(d.address_pools[0].first, d.address_pools[0].last); },
         {"range1"},
         "ends before it begins"},
        {"address-pool-too-small",
         "two SEs, one address",
         [] {
             Drawing d = with_pool(in_line());
             d.document.address_pools[0].purpose = PoolPurpose::se;
             d.document.address_pools[0].first = ip("10.1.1.2");
             d.document.address_pools[0].last = ip("10.1.1.3");
             return d;
         },
         [](Document& d) { d.address_pools[0].last = ip("10.1.1.2"); },
         {"range1", "lan"},
         "the SEs on lan need 2 addresses, and the pool range1 has 1",
         false,
         Severity::warning},
        {"address-pool-outside-segment",
         "it runs over the end",
         [] { return with_pool(in_line()); },
         [](Document& d) { d.address_pools[0].last = ip("10.1.2.5"); },
         {"range1", "lan"},
         "is not inside 10.1.1.0/24",
         false},
    };
}

std::vector<RuleCase> gateway_cases() {
    return {
        {"gateway-not-in-subnet",
         "a gateway elsewhere",
         in_line,
         [](Document& d) { d.node("client1")->gateway = ip("10.1.1.254"); },
         {"client1"},
         "gateway 10.1.1.254 of client1 is in none of its subnets"},
        {"edited-routes-break-service",
         "the router forgot the way to the SE",
         full_proxy,
         [](Document& d) {
             d.node("client1")->routes = {{prefix("192.168.2.0/24"), ip("192.168.1.101")}};
             d.node("client1")->derive_routes = false;
         },
         {"client1", "vip1"},
         "by the routes of client1 fixed by hand, requests of client1 for vip1 (192.168.2.100) stop at "
         "client1"},
        {"edited-routes-break-service",
         "no route at all",
         full_proxy,
         [](Document& d) { d.node("client1")->derive_routes = false; },
         {"client1", "vip1"},
         "requests of client1 for vip1 (192.168.2.100) stop at client1, which has no route to 192.168.2.100"},
        {"edited-routes-break-outbound",
         "the router does not know what is behind the SE",
         in_line_two_arm,
         [](Document& d) { d.node("router1")->derive_routes = false; },
         {"router1", "vip1"},
         "answers of client1 to connections that server1 itself opens stop at router1, which has no route to "
         "10.10.10.11",
         true,
         Severity::warning},
        {"nothing-to-prefer",
         "servers where no router is",
         full_proxy,
         [](Document& d) { d.node("se1")->prefer_static_routes = true; },
         {"se1", "server1"},
         "none leads to server1 on its own segment",
         false,
         Severity::note},
        {"snat-pool-off-segment",
         "on a segment behind a router",
         with_snat,
         [](Document& d) {
             add_node(d, "far", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.5.0.0/24");
             add_link(d, "link20", "router1", "far");
             d.address_pools[0].segment = "far";
             d.address_pools[0].first = ip("10.5.0.201");
             d.address_pools[0].last = ip("10.5.0.202");
         },
         {"vip1", "snat1", "se1"},
         "is on far, and se1 is not",
         false},
        {"answer-does-not-reach-se",
         "the servers' router leads nowhere",
         [] {
             Drawing d = full_proxy();
             d.document.pools[0].health.clear();
             return d;
         },
         [](Document& d) {
             add_node(d, "far", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.5.0.0/24");
             add_node(d, "router2", NodeKind::router);
             add_link(d, "link20", "router2", "back");
             add_link(d, "link21", "router2", "far");
             for (Link& link : d.links) {
                 if (link.a.node == "server1" || link.a.node == "server2") {
                     link.a.address.reset();
                     link.b.node = "far";
                 }
             }
             d.node("server1")->derive_routes = false;
         },
         {"server1", "vip1"},
         "answers of server1 to se1 (10.10.10.101) for vip1 (192.168.2.100) stop at server1",
         false},
        {"answer-does-not-reach-client",
         "neither auto gateway nor a route",
         full_proxy,
         [](Document& d) {
             d.node("se1")->auto_gateway = false;
             d.node("se1")->derive_routes = false;
         },
         {"se1", "vip1", "client1"},
         "answers of vip1 (192.168.2.100) by se1 to client1 stop at se1, which has no route to it"},
        {"gateway-without-owner",
         "nobody there",
         in_line,
         [](Document& d) { d.node("client1")->gateway = ip("172.16.1.77"); },
         {"client1"},
         "belongs to nobody",
         true,
         Severity::warning},
        {"gateway-not-in-subnet",
         "oneself",
         in_line,
         [](Document& d) { d.node("client1")->gateway = ip("172.16.1.10"); },
         {"client1"},
         "its own address"},
        {"route-gateway-unreachable",
         "through oneself",
         in_line,
         [](Document& d) {
             d.node("client1")->routes = {{prefix("10.9.0.0/24"), ip("172.16.1.10")}};
         },
         {"client1"},
         "which is its own address"},
        {"route-gateway-unreachable",
         "a route through nowhere",
         in_line,
         [](Document& d) {
             d.node("router1")->routes = {{prefix("10.8.0.0/16"), ip("10.200.0.1")}};
         },
         {"router1"},
         "through 10.200.0.1, which is in none of its subnets"},
        {"route-gateway-unreachable",
         "a route through nobody",
         in_line,
         [](Document& d) {
             d.node("router1")->routes = {{prefix("10.8.0.0/16"), ip("10.1.1.99")}};
         },
         {"router1"},
         "which belongs to nobody there"},
        {"route-to-own-subnet",
         "a server's own segment through a neighbour",
         in_line,
         [](Document& d) {
             d.node("server1")->routes = {{prefix("10.1.1.0/24"), ip("10.1.1.11")}};
         },
         {"server1"},
         "is on that subnet itself"},
        {"duplicate-route",
         "two to one place",
         in_line,
         [](Document& d) {
             d.node("router1")->routes = {{prefix("10.8.0.0/16"), ip("10.1.1.10")},
                                          {prefix("10.8.0.0/16"), ip("10.1.1.11")}};
         },
         {"router1"},
         "two routes to 10.8.0.0/16"},
        {"no-client",
         "only servers",
         in_line,
         [](Document& d) {
             d.nodes.erase(d.nodes.begin());
             d.links.erase(d.links.begin());
         },
         {"vip1"},
         "no client is drawn",
         false,
         Severity::note},
        {"vip-without-client",
         "on the servers' segment, where no router is",
         [] {
             Drawing d = full_proxy();
             return d.service("vip2", "192.168.2.102", Mode::full_proxy, "group1", "pool1");
         },
         [](Document& d) { d.services[1].vip = ip("10.10.10.102"); },
         {"vip2", "client1", "router1"},
         "requests of client1 end at router1, which has no route to it",
         false,
         Severity::warning},
        {"vip-without-client",
         "in a zone without one",
         [] {
             Drawing d = full_proxy();
             return d.service("vip2", "192.168.2.102", Mode::full_proxy, "group1", "pool1");
         },
         [](Document& d) {
             d.vrfs = {{"dmz", "dmz", ""}};
             add_node(d, "lan", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.9.0.0/24");
             d.nodes.back().vrf = "dmz";
             add_link(d, "x", "se1", "lan");
             d.services[1].vrf = "dmz";
             d.services[1].vip = ip("10.9.0.100");
         },
         {"vip2"},
         "no client is in zone dmz",
         false,
         Severity::warning},
        {"client-reaches-no-vip",
         "a client on an island",
         in_line,
         [](Document& d) {
             add_node(d, "island", NodeKind::segment);
             d.nodes.back().subnet = prefix("10.77.0.0/24");
             add_node(d, "client2", NodeKind::client);
             add_link(d, "x", "client2", "island");
         },
         {"client2"},
         "requests of client2 do not reach vip1 (10.1.1.100): client2 has no route to it",
         false,
         Severity::warning},
    };
}

} // namespace fulcrum::designer::testing
