// How many connections at once a drawing's full-proxy services can have (SPEC M12).
#pragma once

#include "designer/plan/service_map.h"

namespace fulcrum::designer {

// Ports one source address has towards one server endpoint; the rest of 65,536 is left to the system.
inline constexpr std::uint64_t ports_per_source = 64'000;

// Source addresses one service may have: each is a line in the engine's configuration, and 1,024 of them are
// good for 65 million connections to each server endpoint.
inline constexpr std::uint64_t most_snat_addresses = 1024;

// 64,000 for every pair of a source address (an SE's, or one of the SNAT pool) and a server endpoint (address
// and port) that a service may use; a pair used by two services counts once, since they share its ports. 0:
// no full-proxy service.
std::uint64_t max_connections(const Network& network, const ServiceMap& services);

} // namespace fulcrum::designer
