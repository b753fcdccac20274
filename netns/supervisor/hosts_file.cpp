#include "netns/supervisor/hosts_file.h"

#include <fmt/format.h>
#include <iterator>

namespace fulcrum::netns {

std::string hosts_of(const LabPlan& plan) {
    std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const auto add = [&](const IpAddress& address, const std::string& name) {
        fmt::format_to(std::back_inserter(text), "{}\t{}\n", address.text(), name);
    };
    for (const NodePlan& node : plan.nodes) {
        bool named = false;
        for (const InterfacePlan& interface : node.interfaces) {
            for (const IpPrefix& address : interface.addresses) {
                add(address.address, node.name);
                named = true;
            }
        }
        if (!named) {
            for (const IpPrefix& address : node.loopback) {
                add(address.address, node.name);
            }
        }
    }
    for (const auto& [name, address] : plan.hosts) {
        add(address, name);
    }
    return text;
}

} // namespace fulcrum::netns
