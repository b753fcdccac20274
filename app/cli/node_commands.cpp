// start, stop, kill, link: what can happen to a part of a running lab.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>

#include "app/cli/command.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
namespace {

using NodeAction = Result<> (netns::LabClient::*)(const std::string&);

int act_on_node(const std::string& lab, const std::string& node, NodeAction action, const char* done_word) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    if (const auto done = ((*client).*action)(node); !done) {
        return report(done.error());
    }
    fmt::print("{} in {} {}\n", node, lab, done_word);
    return exit_good;
}

int set_link(const std::string& lab, const std::string& end, bool up) {
    const auto colon = end.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == end.size()) {
        return report_usage(fmt::format("link: {}: write NODE:INTERFACE, as in server1:eth0", end));
    }
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    if (const auto done = client->set_link(end.substr(0, colon), end.substr(colon + 1), up); !done) {
        return report(done.error());
    }
    fmt::print("link {} in {} is {}\n", end, lab, up ? "up" : "down");
    return exit_good;
}

} // namespace

void add_node_commands(CLI::App& app, int& exit) {
    struct Arguments {
        std::string lab, node, action;
    };
    const auto arguments = std::make_shared<Arguments>();
    const auto add = [&](const char* name, const char* description, NodeAction action,
                         const char* done_word) {
        auto* command = app.add_subcommand(name, description);
        command->add_option("LAB", arguments->lab, "a running lab")->required();
        command->add_option("NODE", arguments->node, "a node of it")->required();
        command->callback([arguments, action, done_word, &exit] {
            exit = act_on_node(arguments->lab, arguments->node, action, done_word);
        });
    };
    add("start", "start a stopped node, its links and its programs", &netns::LabClient::start_node, "runs");
    add("stop", "switch a node off: its programs end, its links go down", &netns::LabClient::stop_node,
        "is stopped");
    add("kill", "the same at once, without a word to its programs", &netns::LabClient::kill_node,
        "is killed");

    auto* link = app.add_subcommand("link", "cut a link or restore it");
    link->add_option("LAB", arguments->lab, "a running lab")->required();
    link->add_option("NODE:IF", arguments->node, "an end of the link, as in server1:eth0")->required();
    link->add_option("ACTION", arguments->action, "up, down, or set (not available yet)")
        ->required()
        ->check(CLI::IsMember({"up", "down", "set"}));
    link->allow_extras(); // the options of `set`
    link->callback([arguments, link, &exit] {
        if (arguments->action == "set") {
            exit =
                report_failed("link set: not available yet: links can be cut and restored with down and up");
        } else if (!link->remaining().empty()) {
            exit = report_usage(fmt::format("link: {}: not understood: see \"fulcrum link --help\"",
                                            link->remaining().front()));
        } else {
            exit = set_link(arguments->lab, arguments->node, arguments->action == "up");
        }
    });
}

} // namespace fulcrum::cli
