// exec: a command in a node, as if it had been typed there.
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
namespace {

int exec(const std::string& lab, const std::string& node, const std::vector<std::string>& argv) {
    if (argv.empty()) {
        return report_usage("exec: no command: fulcrum exec LAB NODE -- COMMAND [ARGUMENT]...");
    }
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    netns::ExecRequest request;
    request.node = node;
    request.argv = argv;
    request.terminal = is_terminal(0) && is_terminal(1);
    const auto status = client->exec(request, true);
    return status ? *status : report(status.error());
}

} // namespace

void add_exec_command(CLI::App& app, int& exit, const std::vector<std::string>& behind_dashes) {
    struct Arguments {
        std::string lab, node;
    };
    const auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand(
        "exec", "run a command in a node; its exit status and streams are the command's own");
    command->add_option("LAB", arguments->lab, "a running lab")->required();
    command->add_option("NODE", arguments->node, "a node of it")->required();
    command->footer("fulcrum exec LAB NODE -- COMMAND [ARGUMENT]...");
    command->prefix_command(); // without dashes, the command begins behind the node
    command->callback([arguments, command, &exit, &behind_dashes] {
        auto argv = command->remaining();
        argv.insert(argv.end(), behind_dashes.begin(), behind_dashes.end());
        exit = exec(arguments->lab, arguments->node, argv);
    });
}

} // namespace fulcrum::cli
