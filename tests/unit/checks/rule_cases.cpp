#include "tests/unit/checks/rule_cases.h"

#include <algorithm>
#include <stdexcept>

namespace fulcrum::designer::testing {

namespace {

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}
IpPrefix prefix(const char* text) {
    return *IpPrefix::parse(text);
}

// The end of the node's n-th link.
LinkEnd& end(Document& d, const Id& node, std::size_t n = 0) {
    for (Link& link : d.links) {
        for (LinkEnd* one : {&link.a, &link.b}) {
            if (one->node == node && n-- == 0) {
                return *one;
            }
        }
    }
    throw std::runtime_error("no link of " + node);
}

void add_node(Document& d, const Id& id, NodeKind kind) {
    Node node;
    node.id = node.name = id;
    node.kind = kind;
    d.nodes.push_back(node);
}
void add_link(Document& d, const Id& id, const Id& a, const Id& b) {
    Link link;
    link.id = id;
    link.a.node = a;
    link.b.node = b;
    d.links.push_back(link);
}

Drawing full_proxy() {
    return two_arm(Mode::full_proxy);
}
Drawing wide_tunnel() {
    Drawing d = l2_dsr();
    d.document.services[0].mode = Mode::l3_dsr_gre;
    for (Link& link : d.document.links) {
        link.mtu_bytes = link.b.node == "lan" ? 1524 : 1500;
    }
    return d;
}
Drawing with_snat() {
    Drawing d = two_arm(Mode::full_proxy);
    d.document.address_pools.push_back(
        {"snat1", "snat1", "back", PoolPurpose::snat, ip("10.10.10.201"), ip("10.10.10.202")});
    d.document.services[0].snat_pool = "snat1";
    return d;
}
Drawing in_line_two_arm() {
    return two_arm(Mode::in_line);
}
Drawing in_line_pair() { // two SEs between front and back
    Drawing d = two_arm(Mode::in_line);
    d.node("se2", NodeKind::se).link("se2", "front").link("se2", "back");
    d.document.groups[0].members.push_back("se2");
    return d.floating("front", "192.168.2.5").floating("back", "10.10.10.1");
}
Drawing with_pool(Drawing d) {
    d.document.address_pools.push_back(
        {"range1", "range1", d.document.nodes[2].id, PoolPurpose::vip, ip("10.1.1.100"), ip("10.1.1.110")});
    return d;
}

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
        {"needs-layer-7",
         "content rules",
         full_proxy,
         [](Document& d) {
             d.services[0].rules = {{"a.example", "/", "pool1"}};
         },
         {"vip1"},
         "chooses pools by host and path"},
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
         Severity::warning},
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
            "L3 DSR", [](Document& d) { d.services[0].mode = Mode::l3_dsr_gre; }, {"vip1"},
            "mode l3-dsr-gre"),
        unavailable(
            "BGP", [](Document& d) { d.services[0].attachment = Attachment::bgp; }, {"vip1"}, "by bgp"),
        unavailable(
            "N+M", [](Document& d) { d.groups[0].ha = HaMode::n_plus_m; }, {"group1"}, "N+M"),
        unavailable(
            "static routes first", [](Document& d) { d.node("se1")->prefer_static_routes = true; }, {"se1"},
            "preferring static routes"),
        unavailable(
            "impairment", [](Document& d) { d.links[0].a_to_b.loss = 0.5; }, {"link1"}, "an impaired link"),
        unavailable(
            "a link down", [](Document& d) { d.links[0].up = false; }, {"link1"}, "a link that is down"),
        unavailable(
            "IPv6", [](Document& d) { end(d, "client1").address = prefix("2001:db8::1/64"); }, {"link1"},
            "IPv6"),
    };
}

} // namespace

const std::vector<RuleCase>& rule_cases() {
    static const std::vector<RuleCase> all = [] {
        std::vector<RuleCase> list;
        for (auto theme :
             {name_cases(), link_cases(), address_cases(), subnet_cases(), gateway_cases(), service_cases(),
              pool_cases(), in_line_cases(), dsr_cases(), availability_cases()}) {
            list.insert(list.end(), theme.begin(), theme.end());
        }
        return list;
    }();
    return all;
}

} // namespace fulcrum::designer::testing
