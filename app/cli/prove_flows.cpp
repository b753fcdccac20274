#include "app/cli/prove_flows.h"

#include <algorithm>

namespace fulcrum::cli {

constexpr std::size_t most_live_flows = 1'000'000; // an engine's default table

Result<OwnFlows> OwnFlows::watch(netns::LabClient& lab) {
    const auto engines = read_engines(lab);
    if (!engines) {
        return tl::unexpected(engines.error());
    }
    OwnFlows flows;
    for (const auto& engine : *engines) {
        if (auto client = dial_engine(lab, engine.node)) {
            flows.logs_.push_back({engine.node, std::move(*client)});
        }
    }
    flows.take({});
    return flows;
}

void OwnFlows::take(std::span<const Socket> clients) {
    clients_.insert(clients.begin(), clients.end());
    for (auto& log : logs_) {
        for (auto part = log.client.flow_log(log.cursor); part && !part->empty();
             part = log.client.flow_log(log.cursor)) {
            keep(log.se, std::move(*part));
        }
    }
}

void OwnFlows::take_live() {
    take({});
    for (auto& log : logs_) {
        if (auto live = log.client.flows(most_live_flows)) {
            keep(log.se, std::move(*live));
        }
    }
}

void OwnFlows::keep(const std::string& se, std::vector<engine::FlowReport> flows) {
    for (auto& flow : flows) {
        if (clients_.contains({flow.client, flow.client_port})) {
            flows_.insert_or_assign({se, flow.id}, std::move(flow));
        }
    }
}

std::vector<SeFlow> OwnFlows::list() const {
    std::vector<SeFlow> list;
    for (const auto& [key, flow] : flows_) {
        list.push_back({key.first, flow});
    }
    std::ranges::stable_sort(list, {}, [](const SeFlow& one) { return one.flow.started_ns; });
    return list;
}

} // namespace fulcrum::cli
