#include <algorithm>

#include "designer/document/free_addresses.h"
#include "designer/document/segments.h"
#include "designer/edit/edit.h"

namespace fulcrum::designer {

namespace {

bool contains(const std::vector<Id>& list, const Id& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

std::vector<Id> servers_of(const Document& document, const Service& service) {
    std::vector<Id> servers;
    const auto add = [&](const Id& id) {
        if (const Pool* pool = document.pool(id)) {
            for (const PoolMember& member : pool->members) {
                servers.push_back(member.server);
            }
        }
    };
    add(service.pool);
    for (const ContentRule& rule : service.rules) {
        add(rule.pool);
    }
    return servers;
}

// The servers' way back leads through these: one floating address on every segment that has servers of the
// service and engines of the group.
void give_floating_addresses(Document& document, const Service& service, Group& group) {
    const std::vector<Id> servers = servers_of(document, service);
    const auto any_of_on = [&](const std::vector<Id>& nodes, const Id& segment, NodeKind kind) {
        const std::vector<Id> there = nodes_on(document, segment, kind);
        return std::any_of(nodes.begin(), nodes.end(), [&](const Id& id) { return contains(there, id); });
    };
    for (const Node& segment : document.nodes) {
        if (segment.kind != NodeKind::segment) {
            continue;
        }
        const std::vector<Id> joined = joined_segments(document, segment.id);
        const bool has = std::any_of(group.floating.begin(), group.floating.end(),
                                     [&](const FloatingAddress& f) { return contains(joined, f.segment); });
        if (has || !any_of_on(servers, segment.id, NodeKind::server) ||
            !any_of_on(group.members, segment.id, NodeKind::se)) {
            continue;
        }
        if (const auto address = SegmentAddresses(document, segment.id).take(HostRole::floating)) {
            group.floating.push_back({segment.id, *address});
        }
    }
}

bool is_in_line(const Document& document, const Id& group) {
    return std::any_of(document.services.begin(), document.services.end(), [&](const Service& service) {
        return service.group == group && service.mode == Mode::in_line;
    });
}

// Addresses under which a server would reach an engine of the group.
std::vector<IpAddress> engine_addresses(const Document& document, const Group& group) {
    std::vector<IpAddress> addresses;
    for (const FloatingAddress& floating : group.floating) {
        addresses.push_back(floating.address);
    }
    for (const Link& link : document.links) {
        for (const LinkEnd* end : {&link.a, &link.b}) {
            if (end->address && contains(group.members, end->node)) {
                addresses.push_back(end->address->address);
            }
        }
    }
    return addresses;
}

} // namespace

Document set_mode(const Document& document, const Id& id, Mode mode) {
    Document next = document;
    Service* service = next.service(id);
    if (service == nullptr) {
        return next;
    }
    service->mode = mode;
    if (mode != Mode::full_proxy) {
        // Nobody but a full proxy ends the connection: there is no other source address and no HTTP to read.
        service->snat_pool.clear();
        service->layer7 = false;
        service->proxy_out = ProxyProtocol::off;
        service->proxy_in = false;
        service->rules.clear();
        service->limits = {};
    }
    Group* group = next.group(service->group);
    const std::vector<Id> servers = servers_of(next, *service);
    if (mode == Mode::in_line) {
        if (group != nullptr) {
            group->ha = HaMode::active_standby;
            give_floating_addresses(next, *service, *group);
        }
        for (const Id& server : servers) {
            Node* node = next.node(server);
            const bool leads_back =
                node != nullptr && group != nullptr && node->gateway &&
                std::any_of(group->floating.begin(), group->floating.end(),
                            [&](const FloatingAddress& f) { return f.address == *node->gateway; });
            if (node != nullptr && !leads_back) {
                node->gateway.reset(); // derived: the floating address
            }
        }
        return next;
    }
    const std::vector<IpAddress> engines =
        group == nullptr ? std::vector<IpAddress>{} : engine_addresses(next, *group);
    for (const Id& server : servers) {
        Node* node = next.node(server);
        if (node == nullptr) {
            continue;
        }
        if (node->gateway && std::find(engines.begin(), engines.end(), *node->gateway) != engines.end()) {
            node->gateway.reset(); // derived: the router, past the engine
        }
        if (mode != Mode::full_proxy) {
            node->arp_for_loopback = false; // or the server would answer for the VIP in the engine's place
        }
    }
    if (group != nullptr && !is_in_line(next, group->id)) {
        group->floating.clear(); // they were the servers' gateway
    }
    return next;
}

} // namespace fulcrum::designer
