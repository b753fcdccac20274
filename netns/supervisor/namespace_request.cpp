#include "netns/supervisor/namespace_request.h"

#include <algorithm>

namespace fulcrum::netns {

namespace {

bool is_v6(const IpPrefix& prefix) {
    return !prefix.address.is_v4();
}

} // namespace

NamespaceRequest request_for(const NodePlan& node) {
    NamespaceRequest request;
    request.hostname = node.name;
    if (!wants_ipv6(node)) {
        request.if_present = no_ipv6();
    }
    for (const SysctlPlan& sysctl : node.sysctls) {
        if (!names_interface(node, sysctl.key)) {
            request.sysctls.push_back(sysctl);
        }
    }
    return request;
}

bool names_interface(const NodePlan& node, const std::string& key) {
    return std::any_of(node.interfaces.begin(), node.interfaces.end(), [&](const InterfacePlan& interface) {
        return key.find("/" + interface.name + "/") != std::string::npos;
    });
}

bool wants_ipv6(const NodePlan& node) {
    return std::any_of(node.loopback.begin(), node.loopback.end(), is_v6) ||
           std::any_of(node.interfaces.begin(), node.interfaces.end(), [](const InterfacePlan& interface) {
               return std::any_of(interface.addresses.begin(), interface.addresses.end(), is_v6);
           });
}

const std::vector<SysctlPlan>& no_ipv6() {
    // Sets the default for interfaces to come as well (addrconf_disable_ipv6() in net/ipv6/addrconf.c).
    static const std::vector<SysctlPlan> sysctls = {{"net/ipv6/conf/all/disable_ipv6", "1"}};
    return sysctls;
}

} // namespace fulcrum::netns
