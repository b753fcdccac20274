// Drawings made by hand for the golden plans, for what the templates do not show.
#pragma once

#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer::testing {

struct NamedDrawing {
    std::string name;
    Document document;
};
inline void PrintTo(const NamedDrawing& drawing, std::ostream* out) {
    *out << drawing.name;
}

// topology-3: two SEs between a front and two server segments, in-line, the servers' gateway is the floating
// address.
inline Drawing in_line_two_arm() {
    Drawing d;
    d.document.name = "in-line-two-arm";
    d.node("client1", NodeKind::client).node("router1", NodeKind::router);
    d.segment("front", "172.16.1.0/24")
        .segment("pool-a", "172.16.10.0/24")
        .segment("pool-b", "172.16.20.0/24");
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24")
        .link("router1", "front", "172.16.1.1/24");
    for (const std::string n : {"1", "2"}) {
        const std::string host = n == "1" ? ".10/24" : ".11/24";
        d.node("se" + n, NodeKind::se).link("se" + n, "front", "172.16.1" + host);
        d.link("se" + n, "pool-a", "172.16.10" + host).link("se" + n, "pool-b", "172.16.20" + host);
    }
    for (const std::string n : {"1", "2"}) {
        d.node("server" + n, NodeKind::server).link("server" + n, "pool-a", "172.16.10.10" + n + "/24");
    }
    for (const std::string n : {"3", "4"}) {
        d.node("server" + n, NodeKind::server).link("server" + n, "pool-b", "172.16.20.10" + n + "/24");
    }
    d.group("group1", {"se1", "se2"}, HaMode::active_standby);
    d.floating("front", "172.16.1.9").floating("pool-a", "172.16.10.1").floating("pool-b", "172.16.20.1");
    d.pool("pool1", {"server1", "server2"}).pool("pool2", {"server3", "server4"});
    d.service("vip1", "172.16.1.21", Mode::in_line, "group1", "pool1");
    d.service("vip2", "172.16.1.22", Mode::in_line, "group1", "pool2");
    return d;
}

// In-line L3: the servers are behind the clients' own router, which leads their answers back by policy.
inline Drawing in_line_far() {
    Drawing d;
    d.document.name = "in-line-far";
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).node("router2", NodeKind::router);
    d.node("se1", NodeKind::se).node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.segment("front", "172.16.1.0/24").segment("far", "172.16.10.0/24");
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24")
        .link("router1", "front")
        .link("se1", "front");
    d.link("router1", "router2").link("router2", "far").link("server1", "far").link("server2", "far");
    d.group("group1", {"se1"}, HaMode::active_standby).floating("front", "172.16.1.5");
    d.pool("pool1", {"server1", "server2"});
    d.service("vip1", "172.16.1.100", Mode::in_line, "group1", "pool1");
    return d;
}

// A ring of routers with clients, and L2 DSR on two joined segments; most addresses are given by the planner.
inline Drawing dsr_ring() {
    Drawing d;
    d.document.name = "dsr-ring";
    d.node("client1", NodeKind::client).node("client2", NodeKind::client);
    d.node("router1", NodeKind::router).node("router2", NodeKind::router).node("router3", NodeKind::router);
    d.segment("home1", "192.168.1.0/24").segment("home2", "192.168.2.0/24");
    d.segment("rack1", "10.1.1.0/24").segment("rack2", "");
    d.link("client1", "home1").link("client2", "home2").link("router1", "home1").link("router2", "home2");
    d.link("router1", "router2")
        .link("router2", "router3")
        .link("router3", "router1")
        .link("router3", "rack1");
    d.link("rack1", "rack2");
    d.node("se1", NodeKind::se).node("se2", NodeKind::se).link("se1", "rack1").link("se2", "rack2");
    d.node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.link("server1", "rack1").link("server2", "rack2");
    d.group("group1", {"se1", "se2"}, HaMode::active_active).pool("pool1", {"server1", "server2"});
    d.service("web", "", Mode::l2_dsr, "group1", "pool1");
    d.document.services[0].ports = {{Protocol::tcp, 80, 0}, {Protocol::udp, 53, 0}};
    return d;
}

// topology-2: full proxy, two arms, servers behind a back router; three SEs share the VIPs (576,000
// connections).
inline Drawing two_arm_l3() {
    Drawing d;
    d.document.name = "two-arm-l3";
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).node("router2", NodeKind::router);
    d.segment("front", "172.16.1.0/24").segment("back", "172.16.2.0/24").segment("pool-a", "172.16.10.0/24");
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24").link("router1", "front");
    d.link("router2", "back").link("router2", "pool-a");
    for (const std::string n : {"1", "2", "3"}) {
        d.node("se" + n, NodeKind::se).link("se" + n, "front", "172.16.1.1" + n + "/24");
        d.link("se" + n, "back", "172.16.2.1" + n + "/24");
        d.node("server" + n, NodeKind::server).link("server" + n, "pool-a");
    }
    d.group("group1", {"se1", "se2", "se3"}, HaMode::active_active);
    d.pool("pool1", {"server1", "server2", "server3"});
    d.service("vip1", "172.16.1.21", Mode::full_proxy, "group1", "pool1");
    return d;
}

inline std::vector<NamedDrawing> drawings() {
    std::vector<NamedDrawing> list;
    for (const Drawing& d : {in_line_two_arm(), in_line_far(), dsr_ring(), two_arm_l3()}) {
        list.push_back({d.document.name, d.document});
    }
    return list;
}

} // namespace fulcrum::designer::testing
