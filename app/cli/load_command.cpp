// load: fulcrum-load inside a node.
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli/command.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

void add_load_command(CLI::App& app, int& exit) {
    struct Arguments {
        std::string lab, node, url, connections, requests, seconds, timeout;
        bool new_connections = false, udp = false, json = false;
    };
    const auto arguments = std::make_shared<Arguments>();
    auto* command =
        app.add_subcommand("load", "send many requests from a node, and report rates, latencies and shares");
    command->add_option("LAB", arguments->lab, "a running lab")->required();
    command->add_option("NODE", arguments->node, "a node of it")->required();
    command->add_option("URL", arguments->url, "http://HOST[:PORT][/path] or udp://HOST:PORT")->required();
    command->add_option("-c,--connections", arguments->connections, "connections at once (10)");
    command->add_option("-n,--requests", arguments->requests, "requests in all (1000 without -d)");
    command->add_option("-d,--duration", arguments->seconds, "seconds");
    command->add_option("--timeout", arguments->timeout, "seconds until a request has failed (10; UDP 1)");
    command->add_flag("--no-keepalive", arguments->new_connections, "a new connection for every request");
    command->add_flag("--udp", arguments->udp, "datagrams to the built-in echo instead of HTTP");
    command->add_flag("--json", arguments->json, "one JSON document");
    command->callback([arguments, &exit] {
        auto client = netns::LabClient::connect(arguments->lab);
        if (!client) {
            exit = report(client.error());
            return;
        }
        netns::ExecRequest request;
        request.node = arguments->node;
        request.argv = {program_beside("fulcrum-load"), arguments->url};
        const auto pass = [&](const char* option, const std::string& value) {
            if (!value.empty()) {
                request.argv.insert(request.argv.end(), {option, value});
            }
        };
        pass("-c", arguments->connections);
        pass("-n", arguments->requests);
        pass("-d", arguments->seconds);
        pass("--timeout", arguments->timeout);
        for (const auto& [given, flag] :
             {std::pair{arguments->new_connections, "--no-keepalive"}, std::pair{arguments->udp, "--udp"},
              std::pair{arguments->json, "--json"}}) {
            if (given) {
                request.argv.emplace_back(flag);
            }
        }
        const auto status = client->exec(request, true);
        exit = status ? *status : report(status.error());
    });
}

} // namespace fulcrum::cli
