#include "app/cli/lab_view.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "app/cli/commands.h"
#include "app/cli/ending.h"

namespace fulcrum::cli {
namespace {

Result<std::vector<netns::NodeStatus>> nodes_with_engines(netns::LabClient& lab) {
    auto status = lab.status();
    if (!status) {
        return tl::unexpected(status.error());
    }
    std::erase_if(status->nodes, [](const netns::NodeStatus& node) { return node.kind != "se"; });
    return std::move(status->nodes);
}

// Better than what a socket that nobody listens on has to say; empty when the node is well.
std::string why_no_engine(const netns::NodeStatus& node) {
    switch (node.state) {
    case netns::NodeState::stopped:
        return fmt::format("{} is stopped", node.name);
    case netns::NodeState::starting:
        return fmt::format("{} is starting", node.name);
    case netns::NodeState::failed:
        return fmt::format("{} has failed: {}", node.name, node.detail);
    case netns::NodeState::running:
        break;
    }
    return {};
}

void add_server(engine::ServiceReport& sum, const engine::ServerReport& server, bool trusted) {
    const auto same = [&](const auto& other) {
        return other.name == server.name && other.address == server.address && other.port == server.port;
    };
    const auto found = std::find_if(sum.servers.begin(), sum.servers.end(), same);
    if (found == sum.servers.end()) {
        sum.servers.push_back(server);
        return;
    }
    found->connections += server.connections;
    found->active += server.active;
    found->bytes_in += server.bytes_in;
    found->bytes_out += server.bytes_out;
    if (trusted) {
        found->up = server.up;
        found->draining = server.draining;
        found->why = server.why;
    }
}

} // namespace

Result<engine::EngineClient> dial_engine(netns::LabClient& lab, const std::string& node) {
    auto socket = lab.dial(node, std::string(engine::control_socket_name));
    if (!socket) {
        return tl::unexpected(socket.error());
    }
    return engine::EngineClient(std::move(*socket));
}

Result<std::vector<EngineView>> read_engines(netns::LabClient& lab) {
    const auto nodes = nodes_with_engines(lab);
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    std::vector<EngineView> views;
    for (const auto& node : *nodes) {
        EngineView view{node.name, std::nullopt, {}};
        auto client = dial_engine(lab, node.name);
        auto report = client ? client->stats() : tl::unexpected(client.error());
        if (report) {
            view.report = std::move(*report);
        } else {
            const std::string why = why_no_engine(node);
            view.error = why.empty() ? report.error().message : why;
        }
        views.push_back(std::move(view));
    }
    return views;
}

int tell_silent_engines(netns::LabClient& lab, std::string_view command) {
    const auto nodes = nodes_with_engines(lab);
    if (!nodes) {
        return report(nodes.error());
    }
    std::size_t silent = 0;
    for (const auto& node : *nodes) {
        if (const auto client = dial_engine(lab, node.name); !client) {
            ++silent;
            const std::string why = why_no_engine(node);
            note(fmt::format("fulcrum: {}: {}\n", command, why.empty() ? client.error().message : why));
        }
    }
    return silent == nodes->size() && silent > 0 ? exit_failed : exit_good;
}

std::vector<ServiceTotals> add_up(const std::vector<EngineView>& engines) {
    std::vector<ServiceTotals> totals;
    for (const auto& view : engines) {
        if (!view.report) {
            continue;
        }
        for (const auto& service : view.report->services) {
            auto found = std::find_if(totals.begin(), totals.end(), [&](const auto& known) {
                return known.sum.name == service.name && known.sum.vrf == service.vrf &&
                       known.sum.vip == service.vip;
            });
            if (found == totals.end()) {
                totals.push_back({service, {}});
                found = totals.end() - 1;
            } else {
                found->sum.connections += service.connections;
                found->sum.active += service.active;
                found->sum.bytes_in += service.bytes_in;
                found->sum.bytes_out += service.bytes_out;
                found->sum.placed = found->sum.placed || service.placed;
                for (const auto& server : service.servers) {
                    add_server(found->sum, server, service.placed);
                }
            }
            if (service.placed) {
                found->placed_on.push_back(view.node);
            }
        }
    }
    return totals;
}

Result<std::vector<SeFlow>> read_flows(netns::LabClient& lab, std::size_t limit) {
    const auto nodes = nodes_with_engines(lab);
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    std::vector<SeFlow> flows;
    for (const auto& node : *nodes) {
        auto client = dial_engine(lab, node.name);
        if (!client) {
            continue;
        }
        std::map<std::uint64_t, engine::FlowReport>
            by_id; // the log first, then what lives has the newer counters
        std::uint64_t cursor = 0;
        for (auto part = client->flow_log(cursor); part && !part->empty(); part = client->flow_log(cursor)) {
            for (auto& flow : *part) {
                by_id[flow.id] = std::move(flow);
            }
            while (by_id.size() > limit) {
                by_id.erase(by_id.begin());
            }
        }
        if (auto live = client->flows(limit)) {
            for (auto& flow : *live) {
                by_id[flow.id] = std::move(flow);
            }
        }
        for (auto& [id, flow] : by_id) {
            flows.push_back({node.name, std::move(flow)});
        }
    }
    std::stable_sort(flows.begin(), flows.end(),
                     [](const auto& a, const auto& b) { return a.flow.started_ns < b.flow.started_ns; });
    if (flows.size() > limit) {
        flows.erase(flows.begin(), flows.end() - static_cast<std::ptrdiff_t>(limit));
    }
    return flows;
}

Result<std::vector<SeRequest>> read_requests(netns::LabClient& lab, std::size_t limit) {
    const auto nodes = nodes_with_engines(lab);
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    std::vector<SeRequest> requests;
    for (const auto& node : *nodes) {
        auto client = dial_engine(lab, node.name);
        if (!client) {
            continue;
        }
        std::uint64_t cursor = 0;
        for (auto part = client->requests(cursor); part && !part->empty(); part = client->requests(cursor)) {
            for (auto& request : *part) {
                requests.push_back({node.name, std::move(request)});
            }
        }
    }
    std::stable_sort(requests.begin(), requests.end(),
                     [](const auto& a, const auto& b) { return a.request.began_ns < b.request.began_ns; });
    if (requests.size() > limit) {
        requests.erase(requests.begin(), requests.end() - static_cast<std::ptrdiff_t>(limit));
    }
    return requests;
}

} // namespace fulcrum::cli
