// The way from a server back to the clients of a service, for the modes in which it matters.
#pragma once

#include "designer/checks/inspection.h"
#include "designer/plan/legs.h"

namespace fulcrum::designer {

// A client that reaches the VIP, one for each subnet with clients.
struct ClientSample {
    const Station* client = nullptr;
    const Net* net = nullptr;
    IpAddress address;
};

// At most 64: more subnets of clients than that tell nothing new about the servers' routes.
std::vector<ClientSample> clients_of(const Inspection& look, const Carried& carried);

// Servers of a service that send their answers alike: same subnet, same routes.
struct ServerBatch {
    std::vector<const ServerUse*> uses; // at least one; the first stands for all
};
std::vector<ServerBatch> batches_of(const Inspection& look, const Carried& carried);

// "server1", "server1 and server2", "server1, server2 and 8 more"
std::string names_of(const ServerBatch& batch);
std::vector<Id> items_of(const ServerBatch& batch);

} // namespace fulcrum::designer
