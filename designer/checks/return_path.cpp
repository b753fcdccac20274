#include "designer/checks/return_path.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace fulcrum::designer {

namespace {
constexpr std::size_t most_client_nets = 64;

bool shares_island(const Interface& interface, const Carried& carried) {
    return std::ranges::any_of(carried.members, [&](const Station* member) {
        return std::ranges::any_of(member->interfaces, [&](const Interface* own) {
            return own->domain->vrf == carried.service->vrf &&
                   own->domain->island == interface.domain->island;
        });
    });
}

} // namespace

std::vector<ClientSample> clients_of(const Inspection& look, const Carried& carried) {
    std::vector<ClientSample> samples;
    std::set<const Net*> seen;
    for (const Station& station : look.network.stations()) {
        if (station.kind() != NodeKind::client || samples.size() == most_client_nets) {
            continue;
        }
        // A client asks from the address of the interface that leads to the VIP.
        const Leg request{LegKind::request,      &carried, &station, carried.active(), {},
                          *carried.service->vip, nullptr};
        const Trace there = follow(look.routing, request);
        if (there.out == nullptr || there.out->net == nullptr || seen.contains(there.out->net)) {
            continue;
        }
        // A VIP outside every segment has no owner in the tables: its clients are those of the SEs' island.
        const bool reaches =
            carried.vip_net != nullptr ? is_carried(request, there) : shares_island(*there.out, carried);
        if (reaches) {
            seen.insert(there.out->net);
            samples.push_back({&station, there.out->net, there.out->address()->address});
        }
    }
    return samples;
}

std::vector<ServerBatch> batches_of(const Inspection& look, const Carried& carried) {
    using Key = std::tuple<std::size_t, std::string>;
    std::map<Key, std::size_t> number;
    std::vector<ServerBatch> batches;
    for (const ServerUse& use : carried.servers) {
        if (use.interface == nullptr || use.interface->net == nullptr) {
            continue;
        }
        std::string routes;
        for (const RouteEntry& entry : look.routing.table(*use.server).routes) {
            routes += entry.destination.text();
            for (const IpAddress& gateway : entry.gateways) {
                routes += ">" + gateway.text();
            }
        }
        // A server with several links is a case of its own.
        if (use.server->interfaces.size() > 1) {
            routes += "@" + use.server->node->id;
        }
        const auto [it, is_new] =
            number.emplace(Key{use.interface->net->order, std::move(routes)}, batches.size());
        if (is_new) {
            batches.emplace_back();
        }
        batches[it->second].uses.push_back(&use);
    }
    return batches;
}

std::string names_of(const ServerBatch& batch) {
    const std::size_t count = batch.uses.size();
    const auto name = [&](std::size_t i) { return batch.uses[i]->server->name(); };
    if (count == 1) {
        return name(0);
    }
    if (count == 2) {
        return fmt::format("{} and {}", name(0), name(1));
    }
    return count == 3 ? fmt::format("{}, {} and {}", name(0), name(1), name(2))
                      : fmt::format("{}, {} and {} more", name(0), name(1), count - 2);
}

std::vector<Id> items_of(const ServerBatch& batch) {
    std::vector<Id> items;
    for (const ServerUse* use : batch.uses) {
        items.push_back(use->server->node->id);
    }
    return items;
}

} // namespace fulcrum::designer
