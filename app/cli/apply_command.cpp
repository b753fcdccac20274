// apply: bring a running lab to a changed drawing, without stopping what does not change.
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/apply_engines.h"
#include "app/cli/commands.h"
#include "app/cli/drawing_source.h"
#include "app/cli/ending.h"
#include "app/cli/terminal.h"
#include "designer/document/file.h"
#include "designer/plan/plan.h"
#include "netns/lab_change.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

// Two probes of the default interval, and a little: what `up` waits for, too.
constexpr milliseconds longest_wait_for_servers{2'500};

std::string_view name_of(netns::NodeChange::Kind kind) {
    switch (kind) {
    case netns::NodeChange::Kind::added:
        return "added";
    case netns::NodeChange::Kind::removed:
        return "removed";
    case netns::NodeChange::Kind::changed:
        break;
    }
    return "changed";
}

struct Outcome {
    netns::LabChange change;
    std::vector<std::string> failures;
    std::uint64_t cut_connections = 0; // of servers that went before they had ended
    double took_ms = 0;
};

// Everything that can be known to fail is looked at before anything is touched.
Result<Outcome> bring(netns::LabClient& lab, const netns::LabPlan& from, const netns::LabPlan& to,
                      milliseconds longest_drain) {
    const auto old_configs = engine_configs(from);
    const auto new_configs = engine_configs(to);
    if (const auto possible = netns::check_change(from, to); !possible) {
        return tl::unexpected(possible.error());
    }
    if (!old_configs || !new_configs) {
        return tl::unexpected(old_configs ? new_configs.error() : old_configs.error());
    }
    const auto told = engines_to_tell(lab, from, to);
    Outcome outcome;
    outcome.change = netns::change_between(from, to, told);
    if (outcome.change.empty() && from.document == to.document) {
        return outcome;
    }
    const auto left = drain_leaving_servers(lab, *old_configs, *new_configs, told, longest_drain);
    const auto applied = left ? lab.apply(to, told) : tl::unexpected(left.error());
    if (!applied) {
        // Servers that were to go serve on.
        for (const std::string& node : told) {
            (void)tell_engine(lab, node, old_configs->at(node));
        }
        return tl::unexpected(applied.error());
    }
    outcome.cut_connections = *left;
    outcome.failures = *applied;
    for (const std::string& node : told) {
        const auto changed = std::find_if(outcome.change.nodes.begin(), outcome.change.nodes.end(),
                                          [&](const auto& each) { return each.node == node; });
        if (changed != outcome.change.nodes.end() && !changed->restart.empty()) {
            continue; // began with the new one
        }
        const auto configured = tell_engine(lab, node, new_configs->at(node));
        if (configured) {
            continue;
        }
        // It keeps its old one then, so it has to begin anew.
        auto again = lab.stop_node(node);
        if (again) {
            again = lab.start_node(node);
        }
        if (!again) {
            outcome.failures.push_back(again.error().message);
        } else if (changed != outcome.change.nodes.end()) {
            changed->restart =
                fmt::format("its engine does not take the change live: {}", configured.error().message);
        }
    }
    wait_for_servers(lab, longest_wait_for_servers);
    return outcome;
}

Json as_json(const std::string& lab, const Outcome& outcome) {
    Json nodes = Json::array();
    for (const auto& node : outcome.change.nodes) {
        Json entry{{"name", node.node},
                   {"change", name_of(node.kind)},
                   {"what", node.what},
                   {"restarted", !node.restart.empty()}};
        if (!node.restart.empty()) {
            entry["why"] = node.restart;
        }
        nodes.push_back(std::move(entry));
    }
    return {{"lab", lab},
            {"took_ms", outcome.took_ms},
            {"nodes", nodes},
            {"others", outcome.change.others},
            {"cut_connections", outcome.cut_connections},
            {"failures", outcome.failures}};
}

std::string in_words(const std::string& lab, const Outcome& outcome) {
    const Style style(1);
    std::string text;
    for (const auto& node : outcome.change.nodes) {
        text += fmt::format(
            "{}  {}{}\n", style.bold(node.node), name_of(node.kind),
            node.restart.empty() ? "" : style.yellow(fmt::format(", started again: {}", node.restart)));
        for (const std::string& what : node.what) {
            text += fmt::format("  {}\n", what);
        }
    }
    for (const std::string& other : outcome.change.others) {
        text += other + "\n";
    }
    if (outcome.cut_connections > 0) {
        text += style.yellow(
            fmt::format("{} connections of servers that went were still open\n", outcome.cut_connections));
    }
    return text + (outcome.change.empty() ? fmt::format("{}: nothing to change\n", lab)
                                          : fmt::format("{}: {:.0f} ms\n", lab, outcome.took_ms));
}

} // namespace

int apply(const ApplyArguments& arguments) {
    const auto began = std::chrono::steady_clock::now();
    const auto drawing = load_drawing(arguments.source);
    if (!drawing) {
        return report(drawing.error());
    }
    auto lab = netns::LabClient::connect(arguments.lab);
    auto running = lab ? lab->plan() : tl::unexpected(lab.error());
    if (!running) {
        return report(running.error());
    }
    // Another's leaving renumbers nobody whose address the drawing leaves open.
    const auto before = designer::parse_document(running->document);
    auto plan = plan_launch(before ? designer::keep_addresses(*drawing, *before) : *drawing);
    if (!plan) {
        return report(plan.error());
    }
    plan->lab.name = running->name;
    const auto longest_drain = milliseconds(static_cast<std::int64_t>(arguments.drain_seconds * 1000));
    auto outcome = bring(*lab, *running, plan->lab, longest_drain);
    if (!outcome) {
        return report(outcome.error().within(fmt::format("lab {}: nothing was changed", arguments.lab)));
    }
    outcome->took_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    if (arguments.json) {
        fmt::print("{}\n", as_json(arguments.lab, *outcome).dump(2));
    } else {
        fmt::print("{}", in_words(arguments.lab, *outcome));
    }
    if (!outcome->failures.empty()) {
        return report_failed(fmt::format("lab {}: all but this was applied: {}", arguments.lab,
                                         fmt::join(outcome->failures, "; ")));
    }
    return exit_good;
}

} // namespace fulcrum::cli
