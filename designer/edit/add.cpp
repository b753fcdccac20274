#include <algorithm>
#include <cmath>

#include "designer/document/free_addresses.h"
#include "designer/document/segments.h"
#include "designer/edit/edit.h"
#include "designer/edit/fresh_names.h"
#include "designer/edit/link_address.h"
#include "designer/edit/membership.h"

namespace fulcrum::designer {

Document add_node(const Document& document, NodeKind kind, Placement where, Id* created) {
    Document next = document;
    Node node;
    node.kind = kind;
    node.id = node.name = FreshNames(document).take(name_of(kind));
    if (kind == NodeKind::segment) {
        node.subnet = FreeNetworks(document).take_for_segment();
    }
    if (created != nullptr) {
        *created = node.id;
    }
    next.layout[node.id] = where;
    next.nodes.push_back(std::move(node));
    return next;
}

Document add_link(const Document& document, const Id& a, const Id& b, Id* created) {
    const Node* node_a = document.node(a);
    const Node* node_b = document.node(b);
    if (node_a == nullptr || node_b == nullptr || node_a == node_b) {
        return document;
    }
    const bool segment_a = node_a->kind == NodeKind::segment;
    const bool segment_b = node_b->kind == NodeKind::segment;
    if (segment_a && segment_b) {
        // A second way between two segments is a loop, and frames would go round it for ever.
        const std::vector<Id> joined = joined_segments(document, a);
        if (std::find(joined.begin(), joined.end(), b) != joined.end()) {
            return document;
        }
    }
    Document next = document;
    Link link;
    link.id = FreshNames(document).take("link");
    link.a.node = a;
    link.b.node = b;
    if (!segment_a && !segment_b) {
        give_direct_addresses(link, node_a->kind, node_b->kind, FreeNetworks(document).take_for_link());
    } else if (segment_a != segment_b) {
        SegmentAddresses addresses(document, segment_a ? a : b);
        give_address(segment_a ? link.b : link.a, segment_a ? node_b->kind : node_a->kind, addresses);
    }
    if (created != nullptr) {
        *created = link.id;
    }
    next.links.push_back(std::move(link));
    if (segment_a != segment_b) {
        const Id& node = segment_a ? b : a;
        join_services(next, {&node, 1}, segment_a ? a : b);
    }
    return next;
}

namespace {

// The servers that the engines of a segment can reach: on it, else on the other segments of its engines.
std::vector<Id> servers_behind(const Document& document, const Id& segment) {
    std::vector<Id> servers = nodes_on(document, segment, NodeKind::server);
    if (!servers.empty()) {
        return servers;
    }
    const std::vector<Id> ses = nodes_on(document, segment, NodeKind::se);
    for (const Node& other : document.nodes) {
        if (other.kind != NodeKind::segment || other.id == segment) {
            continue;
        }
        const std::vector<Id> there = nodes_on(document, other.id, NodeKind::se);
        if (std::any_of(ses.begin(), ses.end(), [&](const Id& se) {
                return std::find(there.begin(), there.end(), se) != there.end();
            })) {
            for (const Id& server : nodes_on(document, other.id, NodeKind::server)) {
                if (std::find(servers.begin(), servers.end(), server) == servers.end()) {
                    servers.push_back(server);
                }
            }
        }
    }
    return servers;
}

} // namespace

Document add_service(const Document& document, const Id& segment, Placement where, Id* created) {
    const Node* bar = document.node(segment);
    if (bar == nullptr || bar->kind != NodeKind::segment) {
        return document;
    }
    Document next = document;
    FreshNames names(document);

    Pool pool;
    pool.id = pool.name = names.take("pool");
    pool.health = {HealthCheck{}};
    for (const Id& server : servers_behind(document, segment)) {
        pool.members.push_back({server});
    }
    next.pools.push_back(pool);

    Id group = group_on(document, segment);
    const std::vector<Id> ses = nodes_on(document, segment, NodeKind::se);
    if (group.empty() && !ses.empty()) {
        Group made;
        made.id = made.name = group = names.take("group");
        made.members = ses;
        next.groups.push_back(std::move(made));
    }

    Service service;
    service.id = service.name = names.take("service");
    service.vrf = bar->vrf;
    service.vip = SegmentAddresses(document, segment).take(HostRole::vip);
    service.ports = {{Protocol::tcp, 80}};
    service.group = group;
    service.pool = pool.id;
    if (const auto placed = document.layout.find(segment); placed != document.layout.end()) {
        (placed->second.vertical ? where.x : where.y) =
            placed->second.vertical ? placed->second.x : placed->second.y;
    }
    next.layout[service.id] = where;
    if (created != nullptr) {
        *created = service.id;
    }
    next.services.push_back(std::move(service));
    return next;
}

} // namespace fulcrum::designer
