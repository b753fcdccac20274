#include "app/window/lab/askable_services.h"

#include <algorithm>

#include "app/cli/prove_ways.h"

namespace fulcrum::window {

using namespace designer;

AskableServices::AskableServices(const Document& drawing) {
    const Network network(drawing);
    const ServiceMap services(network);
    const Routing routing(network, services);
    for (const cli::ProofTarget& target : cli::proof_targets(network, services, routing)) {
        pairs_.emplace(target.client->node->id, target.carried->service->id);
    }
}

bool AskableServices::can_ask_any(const Id& client) const {
    return std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == client; });
}

Id AskableServices::first_client_of(const Document& drawing, const Id& service) const {
    for (const Node& node : drawing.nodes) {
        if (node.kind == NodeKind::client && can_ask(node.id, service)) {
            return node.id;
        }
    }
    return {};
}

} // namespace fulcrum::window
