#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "designer/document/free_addresses.h"
#include "designer/document/segments.h"
#include "designer/edit/edit.h"
#include "designer/edit/fresh_names.h"
#include "designer/edit/link_address.h"
#include "designer/edit/membership.h"
#include "designer/edit/network_moves.h"
#include "designer/edit/references.h"

namespace fulcrum::designer {

namespace {

using IdSet = std::unordered_set<Id>;
using IdMap = std::unordered_map<Id, Id>;

template <class T>
void copy_if_in(const std::vector<T>& from, const IdSet& wanted, std::vector<T>& to) {
    std::copy_if(from.begin(), from.end(), std::back_inserter(to),
                 [&](const T& e) { return wanted.contains(e.id); });
}

// Frames stand for what is in them.
IdSet with_frame_contents(const Document& document, const std::vector<Id>& ids) {
    IdSet wanted(ids.begin(), ids.end());
    wanted.erase(Id{});
    for (const Group& group : document.groups) {
        if (wanted.contains(group.id)) {
            wanted.insert(group.members.begin(), group.members.end());
        }
    }
    for (const Node& node : document.nodes) {
        if (wanted.contains(node.vrf)) {
            wanted.insert(node.id);
        }
    }
    return wanted;
}

} // namespace

Document subset(const Document& document, const std::vector<Id>& ids) {
    IdSet wanted = with_frame_contents(document, ids);
    Document clip;
    clip.offload = document.offload;
    copy_if_in(document.nodes, wanted, clip.nodes);
    copy_if_in(document.services, wanted, clip.services);
    copy_if_in(document.notes, wanted, clip.notes);
    for (const Link& link : document.links) {
        if (wanted.contains(link.a.node) && wanted.contains(link.b.node)) {
            clip.links.push_back(link);
        }
    }
    IdSet vrfs, groups, pools, address_pools;
    for (const Node& node : clip.nodes) {
        vrfs.insert(node.vrf);
    }
    for (const Service& service : clip.services) {
        vrfs.insert(service.vrf);
        groups.insert(service.group);
        pools.insert(service.pool);
        address_pools.insert(service.snat_pool);
        for (const ContentRule& rule : service.rules) {
            pools.insert(rule.pool);
        }
    }
    copy_if_in(document.vrfs, vrfs, clip.vrfs);
    const auto outside = [&](const Id& id) { return !wanted.contains(id); };
    for (Group group : document.groups) {
        if (!wanted.contains(group.id) && !groups.contains(group.id)) {
            continue;
        }
        std::erase_if(group.members, outside);
        if (!group.members.empty()) {
            std::erase_if(group.floating, [&](const FloatingAddress& f) { return outside(f.segment); });
            clip.groups.push_back(std::move(group));
        }
    }
    for (Pool pool : document.pools) {
        if (!pools.contains(pool.id)) {
            continue;
        }
        std::erase_if(pool.members, [&](const PoolMember& member) { return outside(member.server); });
        if (!pool.members.empty()) {
            clip.pools.push_back(std::move(pool));
        }
    }
    for (const AddressPool& pool : document.address_pools) {
        if (pool.segment.empty() ? address_pools.contains(pool.id) : wanted.contains(pool.segment)) {
            clip.address_pools.push_back(pool);
        }
    }
    // What is referred to and not in the clip is nothing: a clip is a drawing of its own.
    IdSet present;
    visit_entities(clip, [&](const auto& entity) { present.insert(entity.id); });
    for (Service& service : clip.services) {
        std::erase_if(service.rules, [&](const ContentRule& rule) {
            return !rule.pool.empty() && !present.contains(rule.pool);
        });
    }
    visit_references(clip, [&](Id& reference) {
        if (!present.contains(reference)) {
            reference.clear();
        }
    });
    for (const auto& [id, placement] : document.layout) {
        if (present.contains(id)) {
            clip.layout.emplace(id, placement);
        }
    }
    return clip;
}

namespace {

class Pasting {
public:
    Pasting(const Document& document, const Document& clip)
        : document_(document), next_(document), clip_(clip), names_(document), networks_(document) {}

    Document run(double dx, double dy) {
        reuse_what_has_no_place();
        give_ids();
        move_networks();
        give_vips();
        clear_taken_macs();
        append(dx, dy);
        return std::move(next_);
    }
    const IdMap& ids() const { return ids_; } // from the clip's to the document's

private:
    // Zones, and SNAT ranges outside every segment, stand nowhere on the canvas: within a drawing, copies
    // share them.
    void reuse_what_has_no_place() {
        std::erase_if(clip_.vrfs, [&](const Vrf& vrf) {
            const bool same = document_.vrf(vrf.id) != nullptr;
            if (same) {
                ids_.emplace(vrf.id, vrf.id);
            }
            return same;
        });
        std::erase_if(clip_.address_pools, [&](const AddressPool& pool) {
            const bool same = pool.segment.empty() &&
                              std::find(document_.address_pools.begin(), document_.address_pools.end(),
                                        pool) != document_.address_pools.end();
            if (same) {
                ids_.emplace(pool.id, pool.id);
            }
            return same;
        });
    }

    void give_ids() {
        visit_entities(clip_, [&](auto& entity) {
            const Id old = entity.id;
            if constexpr (requires { entity.name; }) {
                const bool follows = entity.name == entity.id;
                if (!names_.is_free(entity.name) || !names_.is_free(entity.id)) {
                    entity.name = names_.take_after(entity.name);
                    entity.id = follows ? entity.name : names_.take_after(entity.id);
                }
                names_.use(entity.name);
                names_.use(entity.id);
            } else {
                entity.id = names_.is_free(old) ? old : names_.take_after(old);
                names_.use(entity.id);
            }
            ids_.emplace(old, entity.id);
        });
        visit_references(clip_, [&](Id& reference) {
            if (const auto at = ids_.find(reference); at != ids_.end()) {
                reference = at->second;
            }
        });
    }

    // A copied segment, or direct link, is a network of its own, so it gets a subnet of its own when the
    // document has something in the old one.
    void move_networks() {
        std::unordered_set<std::string_view> segments;
        for (Node& node : clip_.nodes) {
            if (node.kind == NodeKind::segment) {
                segments.insert(node.id);
                if (node.subnet && node.subnet->address.is_v4() && networks_.overlaps(*node.subnet)) {
                    move(*node.subnet, networks_.take_for_segment(node.subnet->length));
                }
            }
        }
        for (const Link& link : clip_.links) {
            const bool direct = !segments.contains(link.a.node) && !segments.contains(link.b.node);
            if (direct && link.a.address && link.a.address->address.is_v4() &&
                networks_.overlaps(*link.a.address) && !moves_.moved_network(link.a.address->network())) {
                move(*link.a.address, networks_.take_for_link(link.a.address->length));
            }
        }
        for (Node& node : clip_.nodes) {
            if (node.subnet) {
                node.subnet = moves_.moved_network(*node.subnet).value_or(*node.subnet);
            }
            moves_.move_routes(node);
        }
        for (Link& link : clip_.links) {
            for (LinkEnd* end : {&link.a, &link.b}) {
                if (end->address) {
                    end->address = moves_.moved(*end->address).value_or(*end->address);
                }
            }
        }
        for (Group& group : clip_.groups) {
            for (FloatingAddress& floating : group.floating) {
                floating.address = moves_.moved(floating.address).value_or(floating.address);
            }
        }
        for (Pool& pool : clip_.pools) {
            moves_.move_pool_members(pool);
        }
        for (AddressPool& pool : clip_.address_pools) {
            moves_.move_range(pool);
        }
    }
    void move(const IpPrefix& from, const std::optional<IpPrefix>& to) {
        if (to) {
            moves_.add(from, *to);
        }
    }

    // A VIP that came without its segment stays on it, beside the one it was copied from.
    void give_vips() {
        for (Service& service : clip_.services) {
            if (!service.vip) {
                continue;
            }
            if (const auto moved = moves_.moved(*service.vip)) {
                service.vip = *moved;
                continue;
            }
            const Node* segment = vip_segment(next_, service);
            if (segment != nullptr) {
                service.vip = SegmentAddresses(with_services(), segment->id).take(HostRole::vip);
                if (service.group.empty()) {
                    service.group = group_on(document_, segment->id);
                }
            } else if (std::any_of(document_.services.begin(), document_.services.end(),
                                   [&](const Service& s) { return s.vip == service.vip; })) {
                service.vip.reset(); // outside every segment there is no next one
            }
            given_.push_back(service);
        }
    }
    // The document as far as addresses of VIPs go: its own, and those given so far.
    Document with_services() const {
        Document all = next_;
        all.services.insert(all.services.end(), given_.begin(), given_.end());
        return all;
    }

    void clear_taken_macs() {
        std::unordered_set<Mac> taken;
        for (const Link& link : document_.links) {
            for (const LinkEnd* end : {&link.a, &link.b}) {
                if (end->mac) {
                    taken.insert(*end->mac);
                }
            }
        }
        for (const Group& group : document_.groups) {
            if (group.virtual_mac) {
                taken.insert(*group.virtual_mac);
            }
        }
        const auto clear = [&](std::optional<Mac>& mac) {
            if (mac && taken.contains(*mac)) {
                mac.reset();
            }
        };
        for (Link& link : clip_.links) {
            clear(link.a.mac);
            clear(link.b.mac);
        }
        for (Group& group : clip_.groups) {
            clear(group.virtual_mac);
        }
    }

    void append(double dx, double dy) {
        const auto add = [](auto& to, auto& from) {
            to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
        };
        add(next_.nodes, clip_.nodes);
        add(next_.links, clip_.links);
        add(next_.groups, clip_.groups);
        add(next_.vrfs, clip_.vrfs);
        add(next_.pools, clip_.pools);
        add(next_.services, clip_.services);
        add(next_.address_pools, clip_.address_pools);
        add(next_.notes, clip_.notes);
        for (const auto& [id, placement] : clip_.layout) {
            if (const auto at = ids_.find(id); at != ids_.end()) {
                Placement moved = placement;
                moved.x += dx;
                moved.y += dy;
                next_.layout[at->second] = moved;
            }
        }
    }

    const Document& document_;
    Document next_;
    Document clip_;
    FreshNames names_;
    FreeNetworks networks_;
    NetworkMoves moves_;
    IdMap ids_;
    std::vector<Service> given_;
};

// What a person can select, in the order of the clip.
std::vector<Id> selectable(const Document& clip, const IdMap& ids) {
    std::vector<Id> out;
    const auto add = [&](const auto& entities) {
        for (const auto& entity : entities) {
            out.push_back(ids.at(entity.id));
        }
    };
    add(clip.nodes);
    add(clip.services);
    add(clip.notes);
    return out;
}

} // namespace

Document paste(const Document& document, const Document& clip, double dx, double dy,
               std::vector<Id>* created) {
    Pasting pasting(document, clip);
    Document next = pasting.run(dx, dy);
    if (created != nullptr) {
        *created = selectable(clip, pasting.ids());
    }
    return next;
}

Document duplicate(const Document& document, const std::vector<Id>& ids, double dx, double dy,
                   std::vector<Id>* created) {
    const Document clip = subset(document, ids);
    Pasting pasting(document, clip);
    Document next = pasting.run(dx, dy);
    const IdMap& copies = pasting.ids();
    if (created != nullptr) {
        *created = selectable(clip, copies);
    }

    // Beyond what a clip can know: copies hang on the same segments as their originals, and belong where they
    // do.
    FreshNames names(next);
    std::unordered_map<Id, SegmentAddresses> addresses;
    for (const Link& link : document.links) {
        for (const bool from_a : {true, false}) {
            const Node* node = document.node((from_a ? link.a : link.b).node);
            const Node* segment = document.node((from_a ? link.b : link.a).node);
            if (node == nullptr || segment == nullptr || !copies.contains(node->id) ||
                copies.contains(segment->id) || node->kind == NodeKind::segment ||
                segment->kind != NodeKind::segment) {
                continue;
            }
            Link copy = link;
            copy.id = names.take("link");
            LinkEnd& near = from_a ? copy.a : copy.b;
            near.node = copies.at(node->id);
            near.mac.reset();
            near.address.reset();
            auto free = addresses.find(segment->id);
            if (free == addresses.end()) {
                free = addresses.emplace(segment->id, SegmentAddresses(next, segment->id)).first;
            }
            give_address(near, node->kind, free->second);
            next.links.push_back(std::move(copy));
        }
    }
    for (Pool& pool : next.pools) {
        if (document.pool(pool.id) == nullptr || copies.contains(pool.id)) {
            continue; // a copy itself, or copied with its members
        }
        const std::vector<PoolMember> members = pool.members;
        for (PoolMember member : members) {
            if (const auto copy = copies.find(member.server); copy != copies.end()) {
                member.server = copy->second;
                member.address.reset();
                pool.members.push_back(std::move(member));
            }
        }
    }
    for (Group& group : next.groups) {
        if (document.group(group.id) == nullptr || copies.contains(group.id) ||
            group.ha == HaMode::active_standby) {
            continue; // as above; an active-standby group is a pair
        }
        const std::vector<Id> members = group.members;
        for (const Id& member : members) {
            if (const auto copy = copies.find(member); copy != copies.end()) {
                group.members.push_back(copy->second);
            }
        }
    }
    for (const Service& original : document.services) {
        const auto copy = copies.find(original.id);
        Service* service = copy == copies.end() ? nullptr : next.service(copy->second);
        if (service == nullptr) {
            continue;
        }
        if (service->group.empty()) {
            service->group = original.group;
        }
        if (service->pool.empty()) {
            service->pool = original.pool;
        }
        if (service->snat_pool.empty()) {
            service->snat_pool = original.snat_pool;
        }
        if (service->rules.size() < original.rules.size()) {
            service->rules = original.rules;
        }
    }
    return next;
}

} // namespace fulcrum::designer
