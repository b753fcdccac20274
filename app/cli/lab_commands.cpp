// up, ps, down: labs as wholes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/drawing_source.h"
#include "app/cli/ending.h"
#include "app/cli/launch_drawing.h"
#include "app/cli/terminal.h"
#include "designer/plan/host_name.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

Json nodes_as_json(const std::vector<netns::NodeStatus>& nodes) {
    auto list = Json::array();
    for (const auto& node : nodes) {
        list.push_back({{"name", node.name},
                        {"kind", node.kind},
                        {"state", netns::name_of(node.state)},
                        {"detail", node.detail}});
    }
    return list;
}

// What one would type next, with the names and addresses of this very lab.
std::string next_steps(const std::string& lab, const designer::Document& drawing) {
    std::string client;
    for (const auto& node : drawing.nodes) {
        if (node.kind == designer::NodeKind::client) {
            client = node.name;
            break;
        }
    }
    std::string out;
    const auto filled = designer::fill_addresses(drawing);
    if (!client.empty() && !filled.services.empty() && filled.services.front().vip) {
        out += fmt::format("  fulcrum exec {} {} -- curl -s http://{}/\n", lab, client,
                           filled.services.front().vip->text());
        out += fmt::format("  fulcrum stats {}\n", lab);
    }
    return out + fmt::format("  fulcrum down {}\n", lab);
}

// Why a lab is not called what its drawing is; empty when it is.
std::string why_named(const std::string& lab, const std::string& drawing) {
    if (lab == drawing || drawing.empty()) {
        return {};
    }
    return designer::lab_name(drawing) == drawing
               ? fmt::format("  a lab called {} runs already\n", drawing)
               : fmt::format(
                     "  its drawing is called \"{}\", but names of labs have letters, digits, '-', '_' "
                     "and '.' only, and are short\n",
                     drawing);
}

int down_one(const std::string& lab) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    if (const auto done = client->down(); !done) {
        return report(done.error());
    }
    fmt::print("lab {} is down\n", lab);
    return exit_good;
}

} // namespace

int up(const std::string& source, const std::string& name, bool json) {
    const auto drawing = load_drawing(source);
    if (!drawing) {
        return report(drawing.error());
    }
    const auto launched = launch_drawing(*drawing, name);
    if (!launched) {
        return report(launched.error());
    }
    if (json) {
        const Json document{
            {"lab", launched->lab}, {"up_ms", launched->up_ms}, {"nodes", nodes_as_json(launched->nodes)}};
        fmt::print("{}\n", document.dump(2));
        return exit_good;
    }
    const Style style(1);
    fmt::print("lab {} is up: {} nodes in {}\n", style.bold(launched->lab), launched->nodes.size(),
               readable_ms(launched->up_ms));
    fmt::print("{}", name.empty() ? why_named(launched->lab, drawing->name) : std::string());
    for (const auto& node : launched->nodes) {
        if (!node.detail.empty()) {
            fmt::print("  {}: {}\n", node.name, node.detail);
        }
    }
    fmt::print("{}", style.dim(next_steps(launched->lab, *drawing)));
    return exit_good;
}

int ps(bool json) {
    const auto labs = netns::running_labs();
    if (!labs) {
        return report(labs.error());
    }
    const Style style(1);
    Table table;
    auto list = Json::array();
    table.add({style.dim("LAB"), style.dim("NODE"), style.dim("KIND"), style.dim("STATE"), ""});
    for (const auto& lab : *labs) {
        auto client = netns::LabClient::connect(lab);
        const auto status = client ? client->status() : tl::unexpected(client.error());
        if (!status) {
            continue; // it went down between the two questions
        }
        list.push_back({{"lab", lab}, {"nodes", nodes_as_json(status->nodes)}});
        std::string first = style.bold(lab);
        for (const auto& node : status->nodes) {
            const std::string state(netns::name_of(node.state));
            table.add({first, node.name, node.kind,
                       node.state == netns::NodeState::running  ? style.green(state)
                       : node.state == netns::NodeState::failed ? style.red(state)
                                                                : style.yellow(state),
                       style.dim(node.detail)});
            first.clear();
        }
    }
    if (json) {
        fmt::print("{}\n", list.dump(2));
    } else if (list.empty()) {
        fmt::print("no lab runs: \"fulcrum up in-line\" launches one\n");
    } else {
        fmt::print("{}", table.text());
    }
    return exit_good;
}

int down(const std::vector<std::string>& labs, bool all) {
    if (all && !labs.empty()) {
        return report_usage("down: --all takes every lab down: name labs, or give --all, not both");
    }
    if (!all && labs.empty()) {
        return report_usage("down: name a lab, or give --all: \"fulcrum ps\" lists them");
    }
    if (!all) {
        int worst = exit_good;
        for (const auto& lab : labs) {
            worst = std::max(worst, down_one(lab));
        }
        return worst;
    }
    const auto running = netns::running_labs();
    if (!running) {
        return report(running.error());
    }
    if (running->empty()) {
        fmt::print("no lab runs\n");
    }
    int worst = exit_good;
    for (const auto& lab : *running) {
        worst = std::max(worst, down_one(lab));
    }
    return worst;
}

} // namespace fulcrum::cli
