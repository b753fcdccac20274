#include <algorithm>
#include <unordered_set>

#include "designer/document/segments.h"
#include "designer/edit/edit.h"
#include "designer/edit/references.h"

namespace fulcrum::designer {

Document remove_items(const Document& document, const std::vector<Id>& ids) {
    std::unordered_set<Id> gone(ids.begin(), ids.end());
    gone.erase(Id{}); // no entity has it, and it stands for "none" in references
    const auto is_gone = [&](const Id& id) { return gone.contains(id); };
    Document next = document;

    // What hangs on the removed: links of a node, VIPs and address ranges of a segment.
    for (const Link& link : document.links) {
        if (is_gone(link.a.node) || is_gone(link.b.node)) {
            gone.insert(link.id);
        }
    }
    for (const Service& service : document.services) {
        const Node* segment = vip_segment(document, service);
        if (service.attachment == Attachment::arp && segment != nullptr && is_gone(segment->id)) {
            gone.insert(service.id);
        }
    }
    for (const AddressPool& pool : document.address_pools) {
        if (is_gone(pool.segment)) {
            gone.insert(pool.id);
        }
    }
    // Pools that served only what goes now: nothing shows them any more.
    std::unordered_set<Id> served, still_served;
    for (const Service& service : document.services) {
        auto& list = is_gone(service.id) ? served : still_served;
        list.insert(service.pool);
        for (const ContentRule& rule : service.rules) {
            list.insert(rule.pool);
        }
    }
    for (const Pool& pool : document.pools) {
        if (served.contains(pool.id) && !still_served.contains(pool.id)) {
            gone.insert(pool.id);
        }
    }
    // Frames vanish with what they hold, unless they held nothing before.
    for (Group& group : next.groups) {
        if (std::erase_if(group.members, is_gone) > 0 && group.members.empty()) {
            gone.insert(group.id);
        }
        std::erase_if(group.floating,
                      [&](const FloatingAddress& floating) { return is_gone(floating.segment); });
    }
    for (const Vrf& vrf : document.vrfs) {
        bool had = false, has = false;
        for (const Node& node : document.nodes) {
            if (node.vrf == vrf.id) {
                (is_gone(node.id) ? had : has) = true;
            }
        }
        if (had && !has) {
            gone.insert(vrf.id);
        }
    }
    for (Pool& pool : next.pools) {
        std::erase_if(pool.members, [&](const PoolMember& member) { return is_gone(member.server); });
    }

    const auto erase = [&](auto& entities) {
        std::erase_if(entities, [&](const auto& e) { return is_gone(e.id); });
    };
    erase(next.nodes);
    erase(next.links);
    erase(next.groups);
    erase(next.vrfs);
    erase(next.pools);
    erase(next.services);
    erase(next.address_pools);
    erase(next.notes);
    for (Service& service : next.services) {
        std::erase_if(service.rules, [&](const ContentRule& rule) { return is_gone(rule.pool); });
    }
    visit_references(next, [&](Id& reference) {
        if (is_gone(reference)) {
            reference.clear();
        }
    });
    std::erase_if(next.layout, [&](const auto& placement) { return is_gone(placement.first); });
    return next;
}

} // namespace fulcrum::designer
