// exec: a command in a node, as if it had been typed there.

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/terminal.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
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

} // namespace fulcrum::cli
