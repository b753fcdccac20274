// Every place of a document where an id is written.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

// Calls f(Id&) for each reference to a node, group, VRF, pool, service or address pool; empty ones included.
template <class F>
void visit_references(Document& document, F f) {
    for (Node& node : document.nodes) {
        f(node.vrf);
    }
    for (Link& link : document.links) {
        f(link.a.node);
        f(link.b.node);
    }
    for (Group& group : document.groups) {
        for (Id& member : group.members) {
            f(member);
        }
        for (FloatingAddress& floating : group.floating) {
            f(floating.segment);
        }
    }
    for (Pool& pool : document.pools) {
        for (PoolMember& member : pool.members) {
            f(member.server);
        }
    }
    for (Service& service : document.services) {
        f(service.vrf);
        f(service.group);
        f(service.pool);
        f(service.snat_pool);
        for (ContentRule& rule : service.rules) {
            f(rule.pool);
        }
    }
    for (AddressPool& pool : document.address_pools) {
        f(pool.segment);
    }
}

// Calls f(entity) for every entity of every collection.
template <class D, class F>
void visit_entities(D& document, F f) {
    const auto each = [&](auto& entities) {
        for (auto& entity : entities) {
            f(entity);
        }
    };
    each(document.nodes);
    each(document.links);
    each(document.groups);
    each(document.vrfs);
    each(document.pools);
    each(document.services);
    each(document.address_pools);
    each(document.notes);
}

} // namespace fulcrum::designer
