// How many addresses the VIPs and the SEs of a drawing take on every segment, and how many the pools there
// have (SPEC N12): SEs take one for each of their interfaces, so SEs × segments in all.
#pragma once

#include <cstdint>
#include <vector>

#include "designer/plan/service_map.h"

namespace fulcrum::designer {

struct AddressDemand {
    const Domain* domain = nullptr;
    PoolPurpose purpose = PoolPurpose::se; // se or vip
    std::uint64_t needed = 0;              // addresses that are different
    std::vector<const AddressPool*> pools; // for that purpose, there; empty: any free address of the subnet
    std::uint64_t available = 0;           // in the pools, else host addresses of the subnets

    bool is_short() const { return needed > available; }
};

// In the order of the domains, SEs before VIPs; those that need nothing and have no pool are left out.
std::vector<AddressDemand> address_demands(const Network& network, const ServiceMap& services);

} // namespace fulcrum::designer
