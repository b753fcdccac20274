#include "designer/plan/address_demand.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "designer/plan/address_range.h"

namespace fulcrum::designer {

namespace {

std::set<IpAddress> wanted_by(PoolPurpose purpose, const Domain& domain, const ServiceMap& services) {
    std::set<IpAddress> wanted;
    if (purpose == PoolPurpose::se) {
        for (const Interface* interface : domain.interfaces) {
            if (interface->station->kind() == NodeKind::se && interface->address()) {
                wanted.insert(interface->address()->address);
            }
        }
        return wanted;
    }
    for (const Carried& carried : services.services()) {
        if (carried.vip_net != nullptr && carried.vip_net->domain == &domain) {
            wanted.insert(*carried.service->vip);
        }
    }
    return wanted;
}

// Addresses that hosts may have: neither the network's own nor the broadcast address, where there are such.
std::uint64_t hosts_in(const IpPrefix& prefix) {
    if (!prefix.address.is_v4()) {
        return UINT64_MAX;
    }
    const std::uint64_t all = std::uint64_t{1} << (32U - prefix.length);
    return prefix.length >= 31 ? all : all - 2;
}

} // namespace

std::vector<AddressDemand> address_demands(const Network& network, const ServiceMap& services) {
    std::vector<AddressDemand> list;
    for (const Domain& domain : network.domains()) {
        if (domain.segments.empty()) {
            continue; // a wire: its two ends have what they have
        }
        for (const PoolPurpose purpose : {PoolPurpose::se, PoolPurpose::vip}) {
            AddressDemand demand;
            demand.domain = &domain;
            demand.purpose = purpose;
            demand.needed = wanted_by(purpose, domain, services).size();
            for (const AddressPool& pool : network.document().address_pools) {
                if (pool.purpose == purpose && network.domain_of(pool.segment) == &domain) {
                    demand.pools.push_back(&pool);
                    demand.available += AddressRange{pool.first, pool.last}.count();
                }
            }
            if (demand.pools.empty()) {
                for (const Net* net : domain.nets) {
                    demand.available += std::min(hosts_in(net->prefix), UINT64_MAX - demand.available);
                }
            }
            if (demand.needed > 0 || !demand.pools.empty()) {
                list.push_back(std::move(demand));
            }
        }
    }
    return list;
}

} // namespace fulcrum::designer
