#include "netns/supervisor/hosts_file.h"

#include <fmt/format.h>
#include <iterator>

namespace fulcrum::netns {

namespace {

// RFC 3927 section 2.1: good on one link only, and in a lab at most inside one node.
bool is_link_local(const IpAddress& address) {
    return address.is_v4() && address.v4_value() >> 16 == 0xa9fe;
}

} // namespace

std::string hosts_of(const LabPlan& plan) {
    std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const auto add = [&](const IpAddress& address, const std::string& name) {
        fmt::format_to(std::back_inserter(text), "{}\t{}\n", address.text(), name);
    };
    for (const NodePlan& node : plan.nodes) {
        bool named = false;
        for (const InterfacePlan& interface : node.interfaces) {
            for (const IpPrefix& address : interface.addresses) {
                if (!is_link_local(address.address)) {
                    add(address.address, node.name);
                    named = true;
                }
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
