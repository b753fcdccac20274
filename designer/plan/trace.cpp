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

bool Routing::stands_for(const Station& se, const Id& vrf, const IpAddress& address) const {
    if (se.kind() != NodeKind::se) {
        return false;
    }
    const auto is_its_vip = [&](const Carried* carried) {
        return carried->service->vip == address && carried->service->vrf == vrf && carried->active() == &se;
    };
    return std::ranges::any_of(services_.of(se), is_its_vip) ||
           std::ranges::any_of(host_nets_, [&](const HostNet& host) {
               return host.prefix.contains(address) &&
                      std::ranges::find(host.group->members, se.node->id) != host.group->members.end();
           });
}

namespace {

// What one node decides about a packet.
struct Decision {
    const Interface* out = nullptr; // null: it has no route
    IpAddress next;
    const RouteEntry* entry = nullptr; // null: connected
};

class Lookup {
public:
    Lookup(const IpAddress& destination, const Id* vrf, const RouteEntry* without)
        : destination_(destination), vrf_(vrf), without_(without) {}

    void consider(const RouteEntry& entry) {
        if (&entry != without_) {
            consider(entry.destination, entry.interface,
                     entry.gateways.empty() ? destination_ : entry.gateways.front(), &entry);
        }
    }
    void consider(const IpPrefix& prefix, const Interface* interface, const IpAddress& next,
                  const RouteEntry* entry) {
        if (interface != nullptr && prefix.contains(destination_) &&
            static_cast<int>(prefix.length) > best_ && (vrf_ == nullptr || interface->domain->vrf == *vrf_)) {
            best_ = prefix.length;
            found_ = {interface, next, entry};
        }
    }
    bool is_found() const { return found_.out != nullptr; }
    const Decision& found() const { return found_; }

private:
    const IpAddress& destination_;
    const Id* vrf_;
    const RouteEntry* without_;
    int best_ = -1;
    Decision found_;
};

// As the kernel does: policy first, then the longest prefix.
Decision decide(const Station& at, const RoutingTable& table, const Interface* in, const IpAddress& source,
                const IpAddress& destination, const Id* vrf, const RouteEntry* without) {
    Lookup lookup(destination, vrf, without);
    for (const PolicyEntry& policy : table.policy) {
        if (!lookup.is_found() && policy.interface == in && policy.from.contains(source)) {
            std::ranges::for_each(policy.routes, [&](const RouteEntry& entry) { lookup.consider(entry); });
        }
    }
    if (lookup.is_found()) {
        return lookup.found();
    }
    for (const Interface* interface : at.interfaces) {
        if (interface->net != nullptr) {
            lookup.consider(interface->net->prefix, interface, destination, nullptr);
        }
    }
    for (const std::vector<RouteEntry>* routes : {&table.routes, &table.learned}) {
        std::ranges::for_each(*routes, [&](const RouteEntry& entry) { lookup.consider(entry); });
    }
    return lookup.found();
}

} // namespace

Trace Routing::trace(const Station& from, const IpAddress& destination, const IpAddress& source,
                     const TraceStart& start) const {
    Trace trace;
    const Station* at = &from;
    const Interface* in = start.in; // the interface it came in by
    for (std::size_t hop = 0; hop < longest_path; ++hop) {
        trace.stations.push_back(at);
        const bool is_first = hop == 0;
        const bool forwards = at->kind() == NodeKind::router ||
                              (at->kind() == NodeKind::se && // one that stands by forwards nothing
                               std::ranges::any_of(services_.of(*at), [&](const Carried* c) {
                                   return c->is_in_line() && c->active() == at;
                               }));
        if (!is_first && !forwards) {
            trace.end = Trace::End::not_a_router;
            return trace;
        }
        const Id* vrf = nullptr;
        if (at->kind() == NodeKind::se) {
            vrf = in != nullptr ? &in->domain->vrf : start.vrf;
        }
        const Decision decision = decide(*at, table(*at), in, source, destination, vrf, start.without);
        trace.next_hop = decision.next;
        trace.out = is_first ? decision.out : trace.out;
        if (decision.out == nullptr) {
            trace.end = Trace::End::no_route;
            return trace;
        }
        if (decision.entry != nullptr) {
            trace.used.push_back(decision.entry);
        }
        const Station* next = owner(*decision.out->domain, decision.next);
        if (next == nullptr) {
            trace.end = Trace::End::no_owner;
            return trace;
        }
        at = next;
        in = decision.out->net == nullptr ? nullptr : interface_in(*at, *decision.out->net);
        for (const Interface* end : {decision.out, in}) { // a segment lies between two links
            if (end != nullptr) {
                trace.crossed.push_back(end->link);
                if (trace.narrowest == nullptr || end->link->mtu_bytes <= trace.narrowest->mtu_bytes) {
                    trace.narrowest = end->link;
                }
            }
        }
        if (decision.next == destination || stands_for(*at, decision.out->domain->vrf, destination)) {
            trace.stations.push_back(at);
            trace.end = Trace::End::delivered;
            trace.in = in;
            return trace;
        }
    }
    trace.end = Trace::End::loop;
    return trace;
}

} // namespace fulcrum::designer
