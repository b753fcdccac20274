// A packet followed from node to node, each deciding by its own table.
#include <algorithm>

#include "designer/plan/routing.h"

namespace fulcrum::designer {

namespace {
constexpr std::size_t longest_path = 64; // hops: a packet's TTL in a lab
}

const Station* Routing::owner(const Domain& domain, const IpAddress& address) const {
    const auto it = owners_.find({domain.order, address});
    return it == owners_.end() ? nullptr : it->second;
}

bool Trace::crosses(const Group& group) const {
    for (std::size_t i = 1; i + 1 < stations.size(); ++i) {
        if (std::ranges::find(group.members, stations[i]->node->id) != group.members.end()) {
            return true;
        }
    }
    return false;
}

Trace Routing::trace(const Station& from, const IpAddress& destination, const IpAddress& source) const {
    Trace trace;
    const Station* at = &from;
    const Interface* in = nullptr; // the interface it came in by
    for (std::size_t hop = 0; hop < longest_path; ++hop) {
        trace.stations.push_back(at);
        const bool is_first = hop == 0;
        const bool forwards =
            at->kind() == NodeKind::router ||
            (at->kind() == NodeKind::se &&
             std::ranges::any_of(services_.of(*at), [](const Carried* c) { return c->is_in_line(); }));
        if (!is_first && !forwards) {
            trace.end = Trace::End::not_a_router;
            return trace;
        }
        const RoutingTable& own = table(*at);
        const Id* own_vrf = at->kind() == NodeKind::se && in != nullptr ? &in->domain->vrf : nullptr;

        const Interface* out = nullptr;
        IpAddress next;
        int best = -1;
        const auto consider = [&](const IpPrefix& prefix, const Interface* interface,
                                  const IpAddress& hop_address) {
            if (interface != nullptr && prefix.contains(destination) &&
                static_cast<int>(prefix.length) > best &&
                (own_vrf == nullptr || interface->domain->vrf == *own_vrf)) {
                best = prefix.length;
                out = interface;
                next = hop_address;
            }
        };
        for (const PolicyEntry& policy : own.policy) {
            if (best < 0 && policy.interface == in && policy.from.contains(source)) {
                for (const RouteEntry& entry : policy.routes) {
                    consider(entry.destination, entry.interface,
                             entry.gateways.empty() ? destination : entry.gateways.front());
                }
            }
        }
        if (best < 0) {
            for (const Interface* interface : at->interfaces) {
                if (interface->net != nullptr) {
                    consider(interface->net->prefix, interface, destination);
                }
            }
            for (const RouteEntry& entry : own.routes) {
                consider(entry.destination, entry.interface,
                         entry.gateways.empty() ? destination : entry.gateways.front());
            }
        }
        trace.next_hop = next;
        trace.out = is_first ? out : trace.out;
        if (out == nullptr) {
            trace.end = Trace::End::no_route;
            return trace;
        }
        const Station* owner_of_next = owner(*out->domain, next);
        if (owner_of_next == nullptr) {
            trace.end = Trace::End::no_owner;
            return trace;
        }
        at = owner_of_next;
        in = out->net == nullptr ? nullptr : interface_in(*at, *out->net);
        if (next == destination) {
            trace.stations.push_back(at);
            trace.end = Trace::End::delivered;
            return trace;
        }
    }
    trace.end = Trace::End::loop;
    return trace;
}

} // namespace fulcrum::designer
