// How many connections at once a drawing's full-proxy services can have (SPEC M12).
#pragma once

#include <span>
#include <vector>

#include "designer/plan/service_map.h"

namespace fulcrum::designer {

// Source addresses one service may have: each is a line in the engine's configuration, and 1,024 of them are
// good for 65 million connections to each server endpoint.
inline constexpr std::uint64_t most_snat_addresses = 1024;

// A route may lead to each address of a SNAT pool alone: so many of them are followed back one by one, and
// the others taken to be led back like them.
inline constexpr std::uint64_t followed_snat_addresses = 16;
std::vector<IpAddress> first_addresses(const AddressPool& pool, std::uint64_t most);

// Every pair of a source address (an SE's, or one of the SNAT pool) and a server endpoint (address and port)
// that a service may use; a pair used by two services counts once, since they share its ports. An SE's own
// address has the SE's source ports; of SEs that share a SNAT pool the narrowest range counts, since any of
// them may be the one that has the address.
struct Capacity {
    std::uint64_t endpoints = 0;
    std::uint64_t pairs = 0; // 0: no full-proxy service
    std::uint64_t connections = 0;
    std::optional<std::uint64_t>
        addresses; // source addresses towards each endpoint, where it is the same for all
    std::uint32_t fewest_ports = 0, most_ports = 0; // of a pair

    // "3 source addresses × 3 server endpoints × 64000 ports"
    std::string text() const;
};
Capacity capacity_of(const Network& network, std::span<const Carried> services);

} // namespace fulcrum::designer
