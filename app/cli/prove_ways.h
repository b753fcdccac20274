// What the plan promises of a request: the legs of its way from client to server and back, hop by hop,
// derived from the drawing as the route table is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/prove_packets.h"
#include "designer/plan/routing.h"

namespace fulcrum::cli {

struct ProofHop {
    const designer::Interface* from = nullptr;
    const designer::Interface* to = nullptr;
    int ttl = 0;
};

// One packet's way between two ends of a connection, or from one to the SE.
struct ProofLeg {
    std::string name; // "request", "to the server", "answer", "answer to the client"
    const designer::Station* from = nullptr;
    const designer::Station* to = nullptr; // where the hops end when the routes are right
    std::vector<ProofHop> hops;
    std::vector<IpAddress> sources, destinations;        // any of them
    std::uint16_t source_port = 0, destination_port = 0; // 0: whatever the sender chose
    std::optional<TunnelHeader> tunnel;
    int inner_ttl = 0; // in the tunnel

    std::vector<std::string> nodes() const;
};

// One client asking one port of one service.
struct ProofTarget {
    const designer::Carried* carried = nullptr;
    const designer::PortRule* rule = nullptr;
    const designer::Station* client = nullptr;
    ProofLeg request; // from the client to the SE that owns the VIP
};

// Every client that the routes lead to the VIP of a service, for each of its ports.
std::vector<ProofTarget> proof_targets(const designer::Network& network, const designer::ServiceMap& services,
                                       const designer::Routing& routing);

// The request and the legs that follow it when that server is chosen.
std::vector<ProofLeg> legs_to(const ProofTarget& target, const designer::ServerUse& use,
                              const designer::Network& network, const designer::Routing& routing);

} // namespace fulcrum::cli
