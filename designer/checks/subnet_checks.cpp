// Subnets, zones and address pools.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "designer/checks/rules.h"
#include "designer/plan/address_demand.h"
#include "designer/plan/address_range.h"

namespace fulcrum::designer {

namespace {

// What the canvas points at for a net: its segments, or the wire.
std::vector<Id> items_of(const Net& net) {
    std::vector<Id> items;
    for (const Node* segment : net.domain->segments) {
        if (segment->subnet && segment->subnet->network() == net.prefix) {
            items.push_back(segment->id);
        }
    }
    if (items.empty() && !net.domain->segments.empty()) {
        items.push_back(net.domain->segments.front()->id);
    }
    if (items.empty()) {
        items.push_back(net.domain->interfaces.front()->link->id);
    }
    return items;
}

void check_overlapping_subnets(const Inspection& look, Findings& findings) {
    std::vector<const Net*> nets;
    for (const Net& net : look.network.nets()) {
        // Two subnets of one wire: wrong-subnet says it better.
        if (net.domain->segments.empty() && net.domain->nets.size() > 1) {
            continue;
        }
        nets.push_back(&net);
    }
    // Sorted by island and first address, the wider first: a net overlaps the one before it, or none before
    // it that ends later.
    std::ranges::stable_sort(nets, {}, [](const Net* net) {
        return std::tuple(net->domain->island, net->prefix.address, net->prefix.length);
    });
    const Net* widest = nullptr; // of the island so far, the one that reaches farthest
    for (const Net* net : nets) {
        if (widest != nullptr && widest->domain->island == net->domain->island &&
            widest->prefix.overlaps(net->prefix)) {
            const Net* later = net->order > widest->order ? net : widest;
            const Net* earlier = later == net ? widest : net;
            std::vector<Id> items = items_of(*later);
            const std::vector<Id> others = items_of(*earlier);
            items.insert(items.end(), others.begin(), others.end());
            findings.add(
                std::move(items),
                fmt::format("{} on {} and {} on {} overlap: a router cannot tell where to send a packet for "
                            "both",
                            earlier->prefix.text(), look.network.describe(*earlier->domain),
                            later->prefix.text(), look.network.describe(*later->domain)),
                "give one of them another subnet, or keep them apart in zones of their own");
        }
        if (widest == nullptr || widest->domain->island != net->domain->island ||
            widest->prefix.broadcast() < net->prefix.broadcast()) {
            widest = net;
        }
    }
}

void check_segment_without_subnet(const Inspection& look, Findings& findings) {
    for (const Domain& domain : look.network.domains()) {
        if (!domain.segments.empty() && domain.nets.empty() && !domain.interfaces.empty()) {
            findings.add({domain.segments.front()->id},
                         fmt::format("{} has no subnet: nobody on it can be given an address",
                                     look.network.describe(domain)),
                         "give it a subnet");
        }
    }
}

void fix_segment_without_subnet(Document& document, const Problem& problem) {
    Node* segment = document.node(problem.items.front());
    if (segment == nullptr) {
        return;
    }
    const Network network(document);
    std::set<IpPrefix> used; // as /24s of 10.0.0.0/8, wider ones as they are
    for (const Net& net : network.nets()) {
        used.insert(net.prefix);
    }
    const IpPrefix block{IpAddress::v4(0x0a000000), 8};
    for (std::uint32_t n = 1; n < 65536; ++n) { // 10.0.1.0/24, 10.0.2.0/24, …
        const IpPrefix candidate{*block.nth(n * 256), 24};
        if (std::ranges::none_of(used, [&](const IpPrefix& prefix) { return prefix.overlaps(candidate); })) {
            segment->subnet = candidate;
            return;
        }
    }
}

void check_subnet_full(const Inspection& look, Findings& findings) {
    for (const Domain& domain : look.network.domains()) {
        for (const Interface* interface : domain.interfaces) {
            if (interface->address()) {
                continue;
            }
            if (domain.segments.empty()) {
                findings.add({interface->station->node->id, interface->link->id},
                             fmt::format("there is no subnet left for {}", look.network.describe(domain)),
                             "give its two ends addresses by hand");
            } else if (!domain.nets.empty()) {
                findings.add({interface->station->node->id, interface->link->id},
                             fmt::format("{} has no free address left for {}",
                                         domain.nets.front()->prefix.text(), interface_text(*interface)),
                             "give the segment a wider subnet");
            }
        }
    }
}

void check_zones_joined(const Inspection& look, Findings& findings) {
    for (const Domain& domain : look.network.domains()) {
        const Node* first = nullptr;
        for (const Node* segment : domain.segments) {
            first = first == nullptr && !segment->vrf.empty() ? segment : first;
            if (first != nullptr && !segment->vrf.empty() && segment->vrf != first->vrf) {
                findings.add(
                    {segment->id, first->id},
                    fmt::format(
                        "{} lies in zone {} and {}, which a link joins to it, in zone {}: one broadcast "
                        "domain cannot be in two",
                        segment->name, look.network.vrf_name(segment->vrf), first->name,
                        look.network.vrf_name(first->vrf)),
                    "remove the link between them, or put both into one zone");
            }
        }
    }
}

void check_address_pool(const Inspection& look, Findings& findings) {
    for (const AddressPool& pool : look.filled.address_pools) {
        if (AddressRange{pool.first, pool.last}.count() == 0) {
            findings.add(
                {pool.id},
                fmt::format("the address pool {} holds no address: it ends before it begins", pool.name),
                "let it end with an address that comes after its first");
        }
    }
}

void fix_address_pool(Document& document, const Problem& problem) {
    const auto pool = std::ranges::find(document.address_pools, problem.items.front(), &AddressPool::id);
    if (pool != document.address_pools.end()) {
        std::swap(pool->first, pool->last);
    }
}

void check_pool_outside_segment(const Inspection& look, Findings& findings) {
    for (const AddressPool& pool : look.filled.address_pools) {
        const Domain* domain = look.network.domain_of(pool.segment);
        if (domain == nullptr || domain->nets.empty()) {
            continue;
        }
        const Net* first = look.network.net_at(domain, pool.first);
        if (first == nullptr || first != look.network.net_at(domain, pool.last)) {
            findings.add({pool.id, pool.segment},
                         fmt::format("the address pool {} ({} to {}) is not inside {}", pool.name,
                                     pool.first.text(), pool.last.text(),
                                     domain->nets.front()->prefix.text()),
                         "choose a range inside the segment's subnet");
        }
    }
}

// Beyond its pools the planner goes on with whatever is free (SPEC N12).
void check_pool_too_small(const Inspection& look, Findings& findings) {
    for (const AddressDemand& demand : address_demands(look.network, look.services)) {
        if (demand.pools.empty() || !demand.is_short()) {
            continue;
        }
        findings.add({demand.pools.back()->id, demand.domain->segments.front()->id},
                     fmt::format("the {} on {} need {} addresses, and the pool {} has {}: the others come "
                                 "from outside it",
                                 demand.purpose == PoolPurpose::se ? "SEs" : "VIPs",
                                 look.network.describe(*demand.domain), demand.needed,
                                 demand.pools.back()->name, demand.available),
                     "make the pool longer");
    }
}

constexpr std::array table{
    Rule{"overlapping-subnets", Severity::error, check_overlapping_subnets},
    Rule{"segment-without-subnet", Severity::error, check_segment_without_subnet, fix_segment_without_subnet},
    Rule{"subnet-full", Severity::error, check_subnet_full},
    Rule{"zones-joined", Severity::error, check_zones_joined},
    Rule{"address-pool-empty", Severity::error, check_address_pool, fix_address_pool},
    Rule{"address-pool-too-small", Severity::warning, check_pool_too_small},
    Rule{"address-pool-outside-segment", Severity::error, check_pool_outside_segment},
};

} // namespace

std::span<const Rule> subnet_rules() {
    return table;
}

} // namespace fulcrum::designer
