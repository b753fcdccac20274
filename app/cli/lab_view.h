// A running lab's engines, asked one by one, and what they tell together.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/client.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

// One SE: its report, or why there is none (its engine is dead, the node is stopped).
struct EngineView {
    std::string node;
    std::optional<engine::EngineReport> report;
    std::string error;
};

Result<engine::EngineClient> dial_engine(netns::LabClient& lab, const std::string& node);

Result<std::vector<EngineView>> read_engines(netns::LabClient& lab);

// A service over all its SEs. Counters are sums. Whether a server is up is what the SEs that own the VIP say;
// when none owns it, what any says.
struct ServiceTotals {
    engine::ServiceReport sum;
    std::vector<std::string> placed_on; // SEs that own the VIP now
};

// Says on standard error which SEs have no engine to ask, and why. Exit code: exit_failed when there is none
// at all, so that nothing seen means nothing.
int tell_silent_engines(netns::LabClient& lab, std::string_view command);

std::vector<ServiceTotals> add_up(const std::vector<EngineView>& engines); // in the order they are first told

struct SeFlow {
    std::string se;
    engine::FlowReport flow;
};

// The newest `limit` flows of all SEs, live and closed, oldest first. SEs without an engine are passed over.
Result<std::vector<SeFlow>> read_flows(netns::LabClient& lab, std::size_t limit);

struct SeRequest {
    std::string se;
    engine::RequestReport request;
};

// The newest `limit` requests of layer-7 services of all SEs, oldest first.
Result<std::vector<SeRequest>> read_requests(netns::LabClient& lab, std::size_t limit);

} // namespace fulcrum::cli
