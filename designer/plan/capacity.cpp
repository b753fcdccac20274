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

std::vector<IpAddress> first_addresses(const AddressPool& pool, std::uint64_t most) {
    const std::uint64_t count = std::min(AddressRange{pool.first, pool.last}.count(), most);
    std::vector<IpAddress> addresses;
    for (std::uint32_t i = 0; i < count; ++i) {
        addresses.push_back(IpAddress::v4(pool.first.v4_value() + i));
    }
    return addresses;
}

Capacity capacity_of(const Network& network, std::span<const Carried> services) {
    using Endpoint = std::tuple<Id, IpAddress, std::uint16_t>; // VRF, address, port
    // By endpoint: SEs whose own address is used, and SNAT ranges with the ports of each address.
    struct Sources {
        std::set<const Station*> engines;
        std::map<const AddressPool*, std::uint32_t> snat;
    };
    std::map<Endpoint, Sources> by_endpoint;
    for (const Carried& carried : services) {
        const Service& service = *carried.service;
        if (service.mode != Mode::full_proxy || carried.group == nullptr) {
            continue;
        }
        const std::span working(carried.members.data(), working_members(carried));
        const AddressPool* snat = network.address_pool(service.snat_pool);
        for (const ServerUse& use : carried.servers) {
            for (const PortRule& rule : service.ports) {
                if (rule.protocol != Protocol::tcp || !use.address) {
                    continue;
                }
                Sources& sources = by_endpoint[{service.vrf, *use.address, asked_port(use, rule)}];
                if (snat == nullptr) {
                    sources.engines.insert(working.begin(), working.end());
                    continue;
                }
                std::uint32_t& ports = sources.snat.try_emplace(snat, PortRange{}.count()).first->second;
                for (const Station* member : working) {
                    ports = std::min(ports, member->node->source_ports.count());
                }
            }
        }
    }
    Capacity capacity;
    const auto add = [&capacity](std::uint64_t addresses, std::uint32_t ports) {
        capacity.fewest_ports = capacity.pairs == 0 ? ports : std::min(capacity.fewest_ports, ports);
        capacity.most_ports = std::max(capacity.most_ports, ports);
        capacity.pairs += addresses;
        capacity.connections += addresses * ports;
    };
    bool is_same = true;
    for (const auto& [endpoint, sources] : by_endpoint) {
        const std::uint64_t before = capacity.pairs;
        for (const Station* engine : sources.engines) {
            add(1, engine->node->source_ports.count());
        }
        for (const auto& [pool, ports] : sources.snat) {
            add(AddressRange{pool->first, pool->last}.count(), ports);
        }
        const std::uint64_t addresses = capacity.pairs - before;
        is_same = is_same && capacity.addresses.value_or(addresses) == addresses;
        capacity.addresses = addresses;
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
    const std::string ports = fewest_ports == most_ports ? counted(most_ports, "port", "ports")
                                                         : fmt::format("{} to {}", fewest_ports,
                                                                       counted(most_ports, "port", "ports"));
    return addresses ? fmt::format("{} × {} × {}", counted(*addresses, "source address", "source addresses"),
                                   counted(endpoints, "server endpoint", "server endpoints"), ports)
                     : fmt::format("{} of source address and server endpoint × {}",
                                   counted(pairs, "pair", "pairs"), ports);
}

} // namespace fulcrum::designer
