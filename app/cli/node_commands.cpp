// start, stop, kill, link: what can happen to a part of a running lab.
#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

int act_on_node(const std::string& lab, const std::string& node, NodeAction action) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    Result<> done;
    const char* now = "";
    switch (action) {
    case NodeAction::start:
        done = client->start_node(node);
        now = "runs";
        break;
    case NodeAction::stop:
        done = client->stop_node(node);
        now = "is stopped";
        break;
    case NodeAction::kill:
        done = client->kill_node(node);
        now = "is killed";
        break;
    }
    if (!done) {
        return report(done.error());
    }
    fmt::print("{} in {} {}\n", node, lab, now);
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

} // namespace fulcrum::cli
