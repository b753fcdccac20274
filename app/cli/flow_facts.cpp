#include "app/cli/flow_facts.h"

namespace fulcrum::cli {

std::vector<capture::FlowFact> flow_facts(const std::vector<SeFlow>& flows) {
    std::vector<capture::FlowFact> facts;
    facts.reserve(flows.size());
    for (const auto& [se, flow] : flows) {
        facts.push_back({{flow.client, flow.client_port},
                         {flow.vip, flow.vip_port},
                         {flow.source, flow.source_port},
                         {flow.server_address, flow.server_port},
                         flow.service,
                         flow.server,
                         se,
                         flow.why,
                         static_cast<std::int64_t>(flow.started_ns),
                         static_cast<std::int64_t>(flow.last_ns),
                         flow.protocol == engine::Protocol::udp,
                         flow.vrf});
    }
    return facts;
}

} // namespace fulcrum::cli
