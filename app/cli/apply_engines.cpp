#include "app/cli/apply_engines.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <thread>
#include <tuple>

#include "app/cli/ending.h"
#include "app/cli/lab_view.h"

namespace fulcrum::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds look_interval{50};
constexpr std::string_view engine_process = "engine";

// A server of a pool, as flows are counted for it.
using ServerKey = std::tuple<std::string, std::string, IpAddress>; // pool, name, address

std::set<ServerKey> servers_of(const engine::EngineConfig& config) {
    std::set<ServerKey> servers;
    for (const auto& pool : config.pools) {
        for (const auto& server : pool.servers) {
            servers.emplace(pool.name, server.name, server.address);
        }
    }
    return servers;
}

std::uint64_t active_draining(const std::vector<EngineView>& engines) {
    std::uint64_t active = 0;
    for (const auto& view : engines) {
        for (const auto& service :
             view.report ? view.report->services : std::vector<engine::ServiceReport>()) {
            for (const auto& server : service.servers) {
                active += server.draining ? server.active : 0;
            }
        }
    }
    return active;
}

const netns::ProcessPlan* engine_of(const netns::NodePlan& node) {
    const auto found = std::find_if(node.processes.begin(), node.processes.end(),
                                    [](const auto& process) { return process.name == engine_process; });
    return node.kind == "se" && found != node.processes.end() ? &*found : nullptr;
}

} // namespace

Result<EngineConfigs> engine_configs(const netns::LabPlan& plan) {
    EngineConfigs configs;
    for (const auto& node : plan.nodes) {
        if (const auto* process = engine_of(node)) {
            auto config = engine::parse_config(process->input);
            if (!config) {
                return fail(config.error(), fmt::format("node {}", node.name));
            }
            configs.emplace(node.name, std::move(*config));
        }
    }
    return configs;
}

std::vector<std::string> engines_to_tell(netns::LabClient& lab, const netns::LabPlan& from,
                                         const netns::LabPlan& to) {
    std::set<std::string> running;
    if (const auto status = lab.status()) {
        for (const auto& node : status->nodes) {
            if (std::find(node.processes.begin(), node.processes.end(), engine_process) !=
                node.processes.end()) {
                running.insert(node.name);
            }
        }
    }
    std::vector<std::string> nodes;
    for (const auto& node : from.nodes) {
        const auto next = std::find_if(to.nodes.begin(), to.nodes.end(),
                                       [&](const auto& each) { return each.name == node.name; });
        const auto* const was = engine_of(node);
        const auto* const will = next == to.nodes.end() ? nullptr : engine_of(*next);
        if (was != nullptr && will != nullptr && was->input != will->input && running.contains(node.name)) {
            nodes.push_back(node.name);
        }
    }
    return nodes;
}

Result<> tell_engine(netns::LabClient& lab, const std::string& node, const engine::EngineConfig& config) {
    auto engine = dial_engine(lab, node);
    if (!engine) {
        return tl::unexpected(engine.error());
    }
    return engine->configure(config);
}

Result<std::uint64_t> drain_leaving_servers(netns::LabClient& lab, const EngineConfigs& from,
                                            const EngineConfigs& to, const std::vector<std::string>& engines,
                                            milliseconds longest) {
    bool draining = false;
    for (const std::string& node : engines) {
        const auto staying = servers_of(to.at(node));
        engine::EngineConfig config = from.at(node);
        bool changed = false;
        for (auto& pool : config.pools) {
            for (auto& server : pool.servers) {
                if (!staying.contains({pool.name, server.name, server.address}) && !server.drain) {
                    server.drain = changed = true;
                }
            }
        }
        if (changed) {
            if (auto told = tell_engine(lab, node, config); !told) {
                return fail(told.error(), fmt::format("node {}", node));
            }
            draining = true;
        }
    }
    const Interruption interruption;
    const auto deadline = Clock::now() + longest;
    for (std::uint64_t active = 0; draining;) {
        auto views = read_engines(lab);
        if (!views) {
            return tl::unexpected(views.error());
        }
        std::erase_if(*views, [&](const EngineView& view) {
            return std::find(engines.begin(), engines.end(), view.node) == engines.end();
        });
        active = active_draining(*views);
        if (active == 0 || Clock::now() >= deadline) {
            return active;
        }
        if (Interruption::requested()) {
            return fail("interrupted");
        }
        std::this_thread::sleep_for(look_interval);
    }
    return 0;
}

void wait_for_servers(netns::LabClient& lab, milliseconds longest) {
    const Interruption interruption;
    const auto deadline = Clock::now() + longest;
    while (Clock::now() < deadline && !Interruption::requested()) {
        const auto views = read_engines(lab);
        const bool all_up =
            views && std::ranges::all_of(*views, [](const EngineView& view) {
                return !view.report || std::ranges::all_of(view.report->services, [](const auto& service) {
                    return std::ranges::all_of(service.servers, [](const auto& server) { return server.up; });
                });
            });
        if (all_up || !views) {
            return;
        }
        std::this_thread::sleep_for(look_interval);
    }
}

} // namespace fulcrum::cli
