#include "designer/plan/capacity.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "designer/plan/address_range.h"

namespace fulcrum::designer {

namespace {

// SEs of a group that have connections to servers at the same time.
std::size_t working_members(const Carried& carried) {
    const std::size_t all = carried.members.size();
    switch (carried.group->ha) {
    case HaMode::active_active:
        return all;
    case HaMode::active_standby:
        return std::min<std::size_t>(all, 1);
    case HaMode::n_plus_m:
        return all > carried.group->spares ? all - carried.group->spares : std::min<std::size_t>(all, 1);
    }
    return all;
}

} // namespace

Capacity capacity_of(const Network& network, const ServiceMap& services) {
    using Endpoint = std::tuple<Id, IpAddress, std::uint16_t>; // VRF, address, port
    // By endpoint: SEs whose own address is used, and SNAT ranges.
    struct Sources {
        std::set<const Station*> engines;
        std::set<const AddressPool*> snat;
    };
    std::map<Endpoint, Sources> pairs;
    for (const Carried& carried : services.services()) {
        const Service& service = *carried.service;
        if (service.mode != Mode::full_proxy || carried.group == nullptr) {
            continue;
        }
        const AddressPool* snat = network.address_pool(service.snat_pool);
        for (const ServerUse& use : carried.servers) {
            for (const PortRule& rule : service.ports) {
                if (rule.protocol != Protocol::tcp || !use.address) {
                    continue;
                }
                const std::uint16_t port = asked_port(use, rule);
                Sources& sources = pairs[{service.vrf, *use.address, port}];
                if (snat != nullptr) {
                    sources.snat.insert(snat);
                } else {
                    const std::size_t working = working_members(carried);
                    sources.engines.insert(carried.members.begin(),
                                           carried.members.begin() + static_cast<std::ptrdiff_t>(working));
                }
            }
        }
    }
    Capacity capacity;
    bool is_same = true;
    for (const auto& [endpoint, sources] : pairs) {
        std::uint64_t addresses = sources.engines.size();
        for (const AddressPool* pool : sources.snat) {
            addresses += AddressRange{pool->first, pool->last}.count();
        }
        is_same = is_same && capacity.addresses.value_or(addresses) == addresses;
        capacity.addresses = addresses;
        capacity.pairs += addresses;
        ++capacity.endpoints;
    }
    if (!is_same) {
        capacity.addresses.reset();
    }
    return capacity;
}

std::string Capacity::text() const {
    const auto counted = [](std::uint64_t count, std::string_view one, std::string_view many) {
        return fmt::format("{} {}", count, count == 1 ? one : many);
    };
    return addresses
               ? fmt::format("{} × {} × {} ports", counted(*addresses, "source address", "source addresses"),
                             counted(endpoints, "server endpoint", "server endpoints"), ports_per_source)
               : fmt::format("{} of source address and server endpoint × {} ports",
                             counted(pairs, "pair", "pairs"), ports_per_source);
}

std::uint64_t max_connections(const Network& network, const ServiceMap& services) {
    return capacity_of(network, services).connections();
}

} // namespace fulcrum::designer
