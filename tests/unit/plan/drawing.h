// Small drawings for tests, built in a line or two each.
#pragma once

#include <initializer_list>
#include <string>

#include "designer/document/document.h"

namespace fulcrum::designer::testing {

// Ids are the names. Addresses are texts; "" leaves one to the planner.
class Drawing {
public:
    Document document;

    Drawing& node(const std::string& name, NodeKind kind) {
        Node node;
        node.id = node.name = name;
        node.kind = kind;
        document.nodes.push_back(node);
        return *this;
    }
    Drawing& segment(const std::string& name, const std::string& subnet, const std::string& vrf = "") {
        node(name, NodeKind::segment);
        if (!subnet.empty()) {
            document.nodes.back().subnet = *IpPrefix::parse(subnet);
        }
        document.nodes.back().vrf = vrf;
        return *this;
    }
    Drawing& link(const std::string& a, const std::string& b, const std::string& address_a = "",
                  const std::string& address_b = "") {
        Link link;
        link.id = "link" + std::to_string(document.links.size() + 1);
        link.a.node = a;
        link.b.node = b;
        if (!address_a.empty()) {
            link.a.address = *IpPrefix::parse(address_a);
        }
        if (!address_b.empty()) {
            link.b.address = *IpPrefix::parse(address_b);
        }
        document.links.push_back(link);
        return *this;
    }
    Drawing& group(const std::string& name, std::initializer_list<Id> members, HaMode ha) {
        Group group;
        group.id = group.name = name;
        group.members = members;
        group.ha = ha;
        document.groups.push_back(group);
        return *this;
    }
    Drawing& floating(const std::string& segment, const std::string& address) {
        document.groups.back().floating.push_back({segment, *IpAddress::parse(address)});
        return *this;
    }
    Drawing& pool(const std::string& name, std::initializer_list<Id> servers) {
        Pool pool;
        pool.id = pool.name = name;
        for (const Id& server : servers) {
            PoolMember member;
            member.server = server;
            pool.members.push_back(member);
        }
        document.pools.push_back(pool);
        return *this;
    }
    Drawing& service(const std::string& name, const std::string& vip, Mode mode, const std::string& group,
                     const std::string& pool, const std::string& vrf = "") {
        Service service;
        service.id = service.name = name;
        if (!vip.empty()) {
            service.vip = *IpAddress::parse(vip);
        }
        service.mode = mode;
        service.group = group;
        service.pool = pool;
        service.vrf = vrf;
        service.ports = {PortRule{}};
        document.services.push_back(service);
        return *this;
    }
    Drawing& vrf(const std::string& name) {
        document.vrfs.push_back({name, name, ""});
        return *this;
    }
};

// client1 — router1 — lan 10.1.1.0/24 with se1, se2 and two servers; in-line, active-standby, floating .1.
inline Drawing in_line() {
    Drawing d;
    d.document.name = "in-line-small";
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).segment("lan", "10.1.1.0/24");
    d.node("se1", NodeKind::se).node("se2", NodeKind::se);
    d.node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.link("client1", "router1", "172.16.1.10/24", "172.16.1.1/24").link("router1", "lan", "10.1.1.254/24");
    d.link("se1", "lan", "10.1.1.2/24").link("se2", "lan", "10.1.1.3/24");
    d.link("server1", "lan", "10.1.1.10/24").link("server2", "lan", "10.1.1.11/24");
    d.group("group1", {"se1", "se2"}, HaMode::active_standby).floating("lan", "10.1.1.1");
    d.pool("pool1", {"server1", "server2"});
    d.service("vip1", "10.1.1.100", Mode::in_line, "group1", "pool1");
    return d;
}

// The same with L2 DSR: active-active, no floating address, the router at .1.
inline Drawing l2_dsr() {
    Drawing d = in_line();
    d.document.name = "l2-dsr-small";
    d.document.links[1].a.address = *IpPrefix::parse("10.1.1.1/24");
    d.document.groups[0].ha = HaMode::active_active;
    d.document.groups[0].floating.clear();
    d.document.services[0].mode = Mode::l2_dsr;
    return d;
}

// client1 — router1 — front 192.168.2.0/24 — se1 — back 10.10.10.0/24 — server1, server2, with the mode
// given.
inline Drawing two_arm(Mode mode) {
    Drawing d;
    d.document.name = "two-arm-small";
    d.node("client1", NodeKind::client).node("router1", NodeKind::router);
    d.segment("front", "192.168.2.0/24").segment("back", "10.10.10.0/24");
    d.node("se1", NodeKind::se).node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24")
        .link("router1", "front", "192.168.2.1/24");
    d.link("se1", "front", "192.168.2.101/24").link("se1", "back", "10.10.10.101/24");
    d.link("server1", "back", "10.10.10.11/24").link("server2", "back", "10.10.10.12/24");
    d.group("group1", {"se1"}, mode == Mode::in_line ? HaMode::active_standby : HaMode::active_active);
    d.pool("pool1", {"server1", "server2"});
    d.service("vip1", "192.168.2.100", mode, "group1", "pool1");
    return d;
}

} // namespace fulcrum::designer::testing
