// templates, new, check, plan: what can be done with a drawing without launching it.
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/drawing_source.h"
#include "app/cli/ending.h"
#include "app/cli/terminal.h"
#include "designer/checks/checks.h"
#include "designer/document/file.h"
#include "designer/templates/templates.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string plan_in_words(const designer::Plan& plan) {
    const Style style(1);
    Table nodes;
    nodes.add({style.dim("NODE"), style.dim("KIND"), style.dim("INTERFACES"), style.dim("RUNS")});
    for (const auto& node : plan.lab.nodes) {
        std::vector<std::string> interfaces, programs;
        for (const auto& interface : node.interfaces) {
            std::vector<std::string> addresses;
            for (const auto& address : interface.addresses) {
                addresses.push_back(address.text());
            }
            for (const auto& [id, engine] : plan.engines) { // an SE's addresses are its engine's
                for (const auto& own : engine.interfaces) {
                    if (engine.name == node.name && own.name == interface.name) {
                        for (const auto& address : own.addresses) {
                            addresses.push_back(address.text());
                        }
                    }
                }
            }
            interfaces.push_back(fmt::format("{} {}", interface.name, fmt::join(addresses, " ")));
        }
        for (const auto& process : node.processes) {
            programs.push_back(process.name);
        }
        nodes.add({style.bold(node.name), node.kind, fmt::format("{}", fmt::join(interfaces, ", ")),
                   fmt::format("{}", fmt::join(programs, ", "))});
    }
    Table addresses;
    addresses.add({style.dim("ADDRESSES ON"), style.dim("FOR"), style.dim("NEEDED"), style.dim("AVAILABLE"),
                   style.dim("FROM")});
    for (const auto& need : plan.addresses) {
        addresses.add(
            {need.vrf.empty() ? need.segment : fmt::format("{} in {}", need.segment, need.vrf),
             need.purpose == designer::PoolPurpose::se ? "SEs" : "VIPs", std::to_string(need.needed),
             std::to_string(need.available),
             need.pools.empty() ? "the subnet" : fmt::format("pool {}", fmt::join(need.pools, ", "))});
    }
    std::string text = nodes.text() + addresses.text();
    for (const auto& note : plan.notes) {
        text += fmt::format("{} {}\n", style.blue("note"), note);
    }
    return text + style.dim("--routes: who needs which route; --script: as ip commands; --json: all of it\n");
}

} // namespace

int templates(bool json) {
    if (json) {
        auto list = Json::array();
        for (const auto& info : designer::templates()) {
            list.push_back({{"id", info.id},
                            {"title", info.title},
                            {"description", info.description},
                            {"runs", info.runs}});
        }
        fmt::print("{}\n", list.dump(2));
        return exit_good;
    }
    const Style style(1);
    Table table;
    for (const auto& info : designer::templates()) {
        table.add({style.bold(info.id), info.title, info.runs ? "" : style.yellow("cannot be launched yet")});
    }
    fmt::print("{}", table.text());
    fmt::print("{}", style.dim("fulcrum up ID launches one, fulcrum new ID -o FILE makes a drawing of it\n"));
    return exit_good;
}

int new_drawing(const std::string& id, const std::string& file, bool force) {
    const auto drawing = load_drawing(id);
    if (!drawing) {
        return report(drawing.error());
    }
    if (file == "-") {
        fmt::print("{}", designer::emit_document(*drawing));
        return exit_good;
    }
    std::error_code ignored;
    if (!force && std::filesystem::exists(file, ignored)) {
        return report_usage(fmt::format("{}: is there already; --force writes over it", file));
    }
    if (const auto saved = designer::save_document(*drawing, file); !saved) {
        return report(saved.error());
    }
    fmt::print("{}: {} nodes, {} services\n", file, drawing->nodes.size(), drawing->services.size());
    return exit_good;
}

int check_drawing(const std::string& source, bool json) {
    const auto drawing = load_drawing(source);
    if (!drawing) {
        return report(drawing.error());
    }
    const auto problems = designer::check(*drawing);
    bool found = false; // a note tells, it is no problem
    auto list = Json::array();
    const Style style(1);
    std::string text;
    for (const auto& problem : problems) {
        found = found || problem.severity != designer::Severity::note;
        list.push_back({{"id", problem.id},
                        {"severity", designer::name_of(problem.severity)},
                        {"items", problem.items},
                        {"why", problem.why},
                        {"fix", problem.fix}});
        const auto severity = std::string(designer::name_of(problem.severity));
        const auto word = problem.severity == designer::Severity::error     ? style.red(severity)
                          : problem.severity == designer::Severity::warning ? style.yellow(severity)
                                                                            : style.blue(severity);
        text += fmt::format("{} {}\n  {}\n", word, style.bold(problem.id), problem.why);
        if (!problem.items.empty()) {
            text += fmt::format("  {} {}\n", style.dim("at "), fmt::join(problem.items, ", "));
        }
        if (!problem.fix.empty()) {
            text += fmt::format("  {} {}\n", style.dim("fix"), problem.fix);
        }
    }
    if (json) {
        fmt::print("{}\n", list.dump(2));
    } else if (problems.empty()) {
        fmt::print("{}: no problems\n", source);
    } else {
        fmt::print("{}", text);
    }
    return found ? exit_failed : exit_good;
}

int plan(const std::string& source, PlanForm form) {
    const auto drawing = load_drawing(source);
    if (!drawing) {
        return report(drawing.error());
    }
    const auto made = designer::make_plan(*drawing);
    if (!made) {
        return report(made.error());
    }
    std::string text;
    switch (form) {
    case PlanForm::words:
        text = plan_in_words(*made);
        break;
    case PlanForm::json:
        text = designer::plan_as_json(*made);
        break;
    case PlanForm::script:
        text = designer::plan_as_script(*made);
        break;
    case PlanForm::routes:
        text = designer::plan_as_routes(*made);
        break;
    }
    fmt::print("{}{}", text, text.ends_with('\n') ? "" : "\n");
    return exit_good;
}

} // namespace fulcrum::cli
