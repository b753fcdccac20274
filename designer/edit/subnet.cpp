#include <algorithm>
#include <unordered_map>

#include "designer/document/free_addresses.h"
#include "designer/document/segments.h"
#include "designer/edit/edit.h"
#include "designer/edit/link_address.h"
#include "designer/edit/network_moves.h"

namespace fulcrum::designer {

Document set_subnet(const Document& document, const Id& segment, const IpPrefix& subnet) {
    Document next = document;
    Node* node = next.node(segment);
    if (node == nullptr || node->kind != NodeKind::segment) {
        return document;
    }
    const std::optional<IpPrefix> before = node->subnet;
    node->subnet = subnet.network();
    if (!subnet.address.is_v4() || (before && !before->address.is_v4())) {
        return next; // IPv6 addresses are given by hand
    }
    const std::vector<Id> joined = joined_segments(next, segment);
    const auto here = [&](const Id& id) {
        return std::find(joined.begin(), joined.end(), id) != joined.end();
    };

    NetworkMoves moves;
    if (before) {
        moves.add(*before, subnet);
    }
    struct Homeless {
        LinkEnd* end;
        NodeKind kind;
    };
    std::vector<Homeless> homeless; // ends whose number is no host's in the new subnet, or that had none
    std::unordered_map<std::string_view, Node*> nodes;
    for (Node& other : next.nodes) {
        nodes.emplace(other.id, &other);
    }
    for (Link& link : next.links) {
        for (const auto& [near, far] : {std::pair{&link.a, &link.b}, std::pair{&link.b, &link.a}}) {
            const auto owner = nodes.find(near->node);
            if (!here(far->node) || owner == nodes.end() || owner->second->kind == NodeKind::segment) {
                continue;
            }
            const bool inside = near->address && before && before->contains(near->address->address);
            if (near->address && !inside) {
                continue; // by hand, and not of this subnet: a check's business
            }
            const auto moved = near->address ? moves.moved(*near->address) : std::nullopt;
            near->address = moved;
            if (!moved) {
                homeless.push_back({near, owner->second->kind});
            }
            moves.move_routes(*owner->second);
        }
    }
    for (Service& service : next.services) {
        const Node* lies_on = vip_segment(document, service);
        if (lies_on != nullptr && here(lies_on->id)) {
            service.vip = moves.moved(*service.vip);
        }
    }
    for (Group& group : next.groups) {
        std::erase_if(group.floating, [&](FloatingAddress& floating) {
            if (!here(floating.segment) || !before || !before->contains(floating.address)) {
                return false;
            }
            const auto moved = moves.moved(floating.address);
            floating.address = moved.value_or(floating.address);
            return !moved;
        });
    }
    for (Pool& pool : next.pools) {
        moves.move_pool_members(pool);
    }
    for (AddressPool& pool : next.address_pools) {
        if (here(pool.segment)) {
            moves.move_range(pool);
        }
    }
    SegmentAddresses addresses(next, segment);
    for (const Homeless& end : homeless) {
        give_address(*end.end, end.kind, addresses);
    }
    for (std::size_t i = 0; i < next.services.size(); ++i) {
        if (document.services[i].vip && !next.services[i].vip) {
            next.services[i].vip = addresses.take(HostRole::vip);
        }
    }
    return next;
}

} // namespace fulcrum::designer
