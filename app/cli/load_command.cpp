// load: fulcrum-load inside a node.
#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

int load(const LoadArguments& arguments) {
    auto client = netns::LabClient::connect(arguments.lab);
    if (!client) {
        return report(client.error());
    }
    netns::ExecRequest request;
    request.node = arguments.node;
    request.argv = {program_beside("fulcrum-load"), arguments.url};
    const auto pass = [&](const char* option, const std::string& value) {
        if (!value.empty()) {
            request.argv.insert(request.argv.end(), {option, value});
        }
    };
    pass("-c", arguments.connections);
    pass("-n", arguments.requests);
    pass("-d", arguments.seconds);
    pass("--timeout", arguments.timeout);
    for (const auto& [given, flag] :
         {std::pair{arguments.new_connections, "--no-keepalive"}, std::pair{arguments.udp, "--udp"},
          std::pair{arguments.proxy_header, "--proxy-header"}, std::pair{arguments.json, "--json"}}) {
        if (given) {
            request.argv.emplace_back(flag);
        }
    }
    const auto status = client->exec(request, true);
    return status ? *status : report(status.error());
}

} // namespace fulcrum::cli
