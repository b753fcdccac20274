// Drawings that break no rule, and the small edits that make them break one.
#pragma once

#include <stdexcept>

#include "tests/unit/checks/rule_cases.h"

namespace fulcrum::designer::testing {

inline IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}
inline IpPrefix prefix(const char* text) {
    return *IpPrefix::parse(text);
}

// The end of the node's n-th link.
inline LinkEnd& end(Document& d, const Id& node, std::size_t n = 0) {
    for (Link& link : d.links) {
        for (LinkEnd* one : {&link.a, &link.b}) {
            if (one->node == node && n-- == 0) {
                return *one;
            }
        }
    }
    throw std::runtime_error("no link of " + node);
}

inline void add_node(Document& d, const Id& id, NodeKind kind) {
    Node node;
    node.id = node.name = id;
    node.kind = kind;
    d.nodes.push_back(node);
}
inline void add_link(Document& d, const Id& id, const Id& a, const Id& b) {
    Link link;
    link.id = id;
    link.a.node = a;
    link.b.node = b;
    d.links.push_back(link);
}

inline Drawing full_proxy() {
    return two_arm(Mode::full_proxy);
}
inline Drawing wide_tunnel() {
    Drawing d = l2_dsr();
    d.document.services[0].mode = Mode::l3_dsr_gre;
    for (Link& link : d.document.links) {
        link.mtu_bytes = link.b.node == "lan" ? 1524 : 1500;
    }
    return d;
}
inline Drawing with_snat() {
    Drawing d = two_arm(Mode::full_proxy);
    d.document.address_pools.push_back(
        {"snat1", "snat1", "back", PoolPurpose::snat, ip("10.10.10.201"), ip("10.10.10.202")});
    d.document.services[0].snat_pool = "snat1";
    return d;
}
inline Drawing in_line_two_arm() {
    return two_arm(Mode::in_line);
}
inline Drawing in_line_pair() { // two SEs between front and back
    Drawing d = two_arm(Mode::in_line);
    d.node("se2", NodeKind::se).link("se2", "front").link("se2", "back");
    d.document.groups[0].members.push_back("se2");
    return d.floating("front", "192.168.2.5").floating("back", "10.10.10.1");
}
inline Drawing with_pool(Drawing d) {
    d.document.address_pools.push_back(
        {"range1", "range1", d.document.nodes[2].id, PoolPurpose::vip, ip("10.1.1.100"), ip("10.1.1.110")});
    return d;
}

} // namespace fulcrum::designer::testing
