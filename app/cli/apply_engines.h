// The engines of a lab that is brought to another drawing: which of them can be told live, how servers that
// go are left in peace, and when those that come are known to be well.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "engine/control/config.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

// By node name.
using EngineConfigs = std::map<std::string, engine::EngineConfig>;

// The configurations in a plan's engine processes. Fails when one makes no sense.
Result<EngineConfigs> engine_configs(const netns::LabPlan& plan);

// Nodes of both plans whose engine runs and gets another configuration.
std::vector<std::string> engines_to_tell(netns::LabClient& lab, const netns::LabPlan& from,
                                         const netns::LabPlan& to);

// Servers that the new configurations do not have any more get no new connection from now on; returns when
// those they had have ended, or after `longest`, with how many were left then. Fails when it is interrupted,
// too; the servers drain then, until the engines are told otherwise.
Result<std::uint64_t> drain_leaving_servers(netns::LabClient& lab, const EngineConfigs& from,
                                            const EngineConfigs& to, const std::vector<std::string>& engines,
                                            std::chrono::milliseconds longest);

// One engine, live, all or nothing.
Result<> tell_engine(netns::LabClient& lab, const std::string& node, const engine::EngineConfig& config);

// Until the engines know all their servers well, or for `longest`: a server that stays down is no failure of
// ours.
void wait_for_servers(netns::LabClient& lab, std::chrono::milliseconds longest);

} // namespace fulcrum::cli
