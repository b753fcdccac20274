#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>

#include "netns/lab_plan.h"

namespace fulcrum::netns {

namespace {

constexpr std::size_t longest_lab_name = 64;  // a part of a socket name, which has 107 bytes
constexpr std::size_t longest_node_name = 63; // a DNS label (RFC 1035 section 2.3.4); hostnames have 64 bytes
constexpr std::size_t longest_interface_name = 15; // IFNAMSIZ - 1
constexpr std::size_t most_gateways = 64;          // fit into one netlink message with room to spare

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           c == '-' || c == '_' || c == '.';
}

// Letters, digits, '-', '_' and '.', not first '-' or '.'. Names in a drawing may be in any language, so all
// bytes above ASCII are good where `any_language`.
bool is_name(const std::string& name, std::size_t longest, bool any_language) {
    return !name.empty() && name.size() <= longest && name.front() != '-' && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_plain(c) || (any_language && static_cast<unsigned char>(c) >= 0x80);
           });
}

bool same_family(const IpAddress& a, const IpAddress& b) {
    return a.is_v4() == b.is_v4();
}

class PlanInspection {
public:
    explicit PlanInspection(const LabPlan& plan) : plan_(plan) {
        for (const NodePlan& node : plan.nodes) {
            nodes_.emplace(node.name, &node);
        }
    }

    std::vector<std::string> run() {
        if (!is_lab_name(plan_.name)) {
            found("lab name \"{}\": 1 to {} letters, digits, '-', '_' or '.' are needed", plan_.name,
                  longest_lab_name);
        }
        std::set<std::string> names;
        for (const NodePlan& node : plan_.nodes) {
            if (!names.insert(node.name).second) {
                found("node {}: the name is used twice", node.name);
            }
            check_node(node);
        }
        check_segments();
        check_trunks();
        for (const WirePlan& wire : plan_.wires) {
            const std::string where = fmt::format("wire {} – {}", text_of(wire.a), text_of(wire.b));
            check_end(wire.a, where);
            check_end(wire.b, where);
        }
        check_unused_interfaces();
        check_links();
        for (const auto& [name, address] : plan_.hosts) {
            if (!is_name(name, 253, true)) {
                found("hosts: \"{}\" is no host name", name);
            }
        }
        return std::move(problems_);
    }

private:
    template <class... Args>
    void found(fmt::format_string<Args...> format, Args&&... args) {
        problems_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    static std::string text_of(const EndPlan& end) { return end.node + ":" + end.interface; }

    void check_node(const NodePlan& node) {
        if (!is_name(node.name, longest_node_name, true)) {
            found("node \"{}\": 1 to {} bytes of letters, digits, '-', '_' or '.' are needed", node.name,
                  longest_node_name);
        }
        std::set<std::string> interfaces;
        for (const InterfacePlan& interface : node.interfaces) {
            if (!interfaces.insert(interface.name).second) {
                found("{}:{}: the interface name is used twice in the node", node.name, interface.name);
            }
            check_interface(node, interface);
        }
        for (const IpPrefix& address : node.loopback) {
            if (address.address.is_multicast() || address.address.is_unspecified()) {
                found("{}: loopback address {} is no host's", node.name, address.text());
            }
        }
        check_routes(node, node.routes, "");
        for (const RulePlan& rule : node.rules) {
            const std::string where = fmt::format("rule from {}", rule.from.text());
            if (rule.from != rule.from.network()) {
                found("{}: {}: host bits are set", node.name, where);
            }
            if (rule.table == 0 || (rule.table >= 253 && rule.table <= 255)) {
                found("{}: {}: table {} is the kernel's own", node.name, where, rule.table);
            }
            if (!rule.interface.empty() && !has_interface(node, rule.interface)) {
                found("{}: {}: no interface {} in the node", node.name, where, rule.interface);
            }
            check_routes(node, rule.routes, where + ": ");
        }
        for (const SysctlPlan& sysctl : node.sysctls) {
            if (!sysctl.key.starts_with("net/") || sysctl.key.find("..") != std::string::npos ||
                sysctl.key.find('\0') != std::string::npos) {
                found("{}: sysctl \"{}\": only keys that begin with \"net/\" belong to a node", node.name,
                      sysctl.key);
            }
        }
        check_processes(node);
    }

    void check_interface(const NodePlan& node, const InterfacePlan& interface) {
        const std::string where = node.name + ":" + interface.name;
        if (!is_name(interface.name, longest_interface_name, false)) {
            found("{}: an interface name has 1 to {} letters, digits, '-', '_' or '.'", where,
                  longest_interface_name);
        }
        if (interface.name == "lo" || interface.name == "all" || interface.name == "default") {
            found("{}: the name has a meaning of its own in the kernel", where);
        }
        if (interface.mtu_bytes < 68 || interface.mtu_bytes > 65535) {
            found("{}: MTU {} is not from 68 to 65535", where, interface.mtu_bytes);
        }
        if (interface.mac && (interface.mac->is_multicast() || interface.mac->is_zero())) {
            found("{}: MAC address {} is no station's", where, interface.mac->text());
        }
        std::set<IpAddress> seen;
        for (const IpPrefix& address : interface.addresses) {
            if (!seen.insert(address.address).second) {
                found("{}: address {} is given twice", where, address.address.text());
            }
            if (address.address.is_multicast() || address.address.is_unspecified() || address.length == 0) {
                found("{}: address {} is no host's", where, address.text());
            }
        }
    }

    static bool has_interface(const NodePlan& node, const std::string& name) {
        return std::any_of(node.interfaces.begin(), node.interfaces.end(),
                           [&](const InterfacePlan& interface) { return interface.name == name; });
    }

    // The kernel takes a gateway only when it is a neighbour: inside a connected subnet, or behind a route on
    // link.
    static bool is_neighbour(const NodePlan& node, const std::vector<RoutePlan>& routes,
                             const IpAddress& gateway, const std::string& interface) {
        for (const InterfacePlan& candidate : node.interfaces) {
            if (!interface.empty() && candidate.name != interface) {
                continue;
            }
            for (const IpPrefix& address : candidate.addresses) {
                if (address.contains(gateway)) {
                    return true;
                }
            }
        }
        const auto leads_there = [&](const RoutePlan& route) {
            return route.gateways.empty() && route.destination.contains(gateway) &&
                   (interface.empty() || route.interface == interface);
        };
        return std::any_of(routes.begin(), routes.end(), leads_there) ||
               std::any_of(node.routes.begin(), node.routes.end(), leads_there);
    }

    static bool owns(const NodePlan& node, const IpAddress& address) {
        const auto is_it = [&](const IpPrefix& own) { return own.address == address; };
        return std::any_of(node.loopback.begin(), node.loopback.end(), is_it) ||
               std::any_of(
                   node.interfaces.begin(), node.interfaces.end(), [&](const InterfacePlan& interface) {
                       return std::any_of(interface.addresses.begin(), interface.addresses.end(), is_it);
                   });
    }

    void check_routes(const NodePlan& node, const std::vector<RoutePlan>& routes,
                      const std::string& context) {
        std::set<IpPrefix> destinations;
        for (const RoutePlan& route : routes) {
            const std::string where =
                fmt::format("{}: {}route {}", node.name, context, route.destination.text());
            if (!destinations.insert(route.destination).second) {
                found("{}: the destination is given twice", where);
            }
            if (route.destination != route.destination.network()) {
                found("{}: host bits are set", where);
            }
            if (route.gateways.empty() && route.interface.empty()) {
                found("{}: neither a gateway nor an interface", where);
            }
            if (!route.interface.empty() && route.interface != "lo" &&
                !has_interface(node, route.interface)) {
                found("{}: no interface {} in the node", where, route.interface);
            }
            if (route.gateways.size() > most_gateways) {
                found("{}: more than {} gateways", where, most_gateways);
            }
            for (const IpAddress& gateway : route.gateways) {
                if (!same_family(gateway, route.destination.address)) {
                    found("{}: gateway {} is of another address family", where, gateway.text());
                } else if (!is_neighbour(node, routes, gateway, route.interface)) {
                    found("{}: gateway {} is in no subnet of {}", where, gateway.text(),
                          route.interface.empty() ? node.name : node.name + ":" + route.interface);
                }
            }
            if (route.source && !owns(node, *route.source)) {
                found("{}: source {} is no address of the node", where, route.source->text());
            }
        }
    }

    void check_processes(const NodePlan& node) {
        std::set<std::string> names;
        for (const ProcessPlan& process : node.processes) {
            if (process.name.empty() || !names.insert(process.name).second) {
                found("{}: process \"{}\": each needs a name of its own", node.name, process.name);
            }
            if (process.argv.empty() || process.argv.front().empty()) {
                found("{}: process {}: no program", node.name, process.name);
            }
            for (const std::string& word : process.argv) {
                if (word.find('\0') != std::string::npos) {
                    found("{}: process {}: an argument with a NUL byte", node.name, process.name);
                }
            }
        }
    }

    void check_end(const EndPlan& end, const std::string& where) {
        const auto node = nodes_.find(end.node);
        if (node == nodes_.end()) {
            found("{}: no node {}", where, end.node);
        } else if (!has_interface(*node->second, end.interface)) {
            found("{}: node {} has no interface {}", where, end.node, end.interface);
        }
        if (!used_.insert({end.node, end.interface}).second) {
            found("{}: {} is connected twice", where, text_of(end));
        }
    }

    void check_segments() {
        std::set<std::string> names;
        for (const SegmentPlan& segment : plan_.segments) {
            if (segment.name.empty() || !names.insert(segment.name).second) {
                found("segment \"{}\": each needs a name of its own", segment.name);
            }
            for (const EndPlan& port : segment.ports) {
                check_end(port, fmt::format("segment {}", segment.name));
            }
        }
    }

    // Bridges forward at once and run no spanning tree, so a ring of them would carry one broadcast for ever.
    void check_trunks() {
        std::vector<std::size_t> group(plan_.segments.size());
        std::iota(group.begin(), group.end(), std::size_t{0});
        const auto root = [&](std::size_t i) {
            while (group[i] != i) {
                i = group[i];
            }
            return i;
        };
        for (std::size_t i = 0; i < plan_.segments.size(); ++i) {
            for (const std::string& trunk : plan_.segments[i].trunks) {
                const auto other =
                    std::find_if(plan_.segments.begin(), plan_.segments.end(),
                                 [&](const SegmentPlan& segment) { return segment.name == trunk; });
                if (other == plan_.segments.end()) {
                    found("segment {}: trunk to {}: no such segment", plan_.segments[i].name, trunk);
                    continue;
                }
                const std::size_t a = root(i);
                const std::size_t b = root(static_cast<std::size_t>(other - plan_.segments.begin()));
                if (a == b) {
                    found("segment {}: trunk to {}: closes a loop", plan_.segments[i].name, trunk);
                }
                group[a] = b;
            }
        }
    }

    void check_unused_interfaces() {
        for (const NodePlan& node : plan_.nodes) {
            for (const InterfacePlan& interface : node.interfaces) {
                if (!used_.contains({node.name, interface.name})) {
                    found("{}:{}: connected to nothing", node.name, interface.name);
                }
            }
        }
    }

    // After the links themselves: a wire has two ends, and only one of them may be named.
    void check_links() {
        std::map<std::pair<std::string, std::string>, const WirePlan*> wires;
        for (const WirePlan& wire : plan_.wires) {
            wires.emplace(std::pair(wire.a.node, wire.a.interface), &wire);
            wires.emplace(std::pair(wire.b.node, wire.b.interface), &wire);
        }
        std::set<std::pair<std::string, std::string>> named;
        for (const LinkPlan& link : plan_.links) {
            const std::string where = fmt::format("link {}", text_of(link.end));
            const std::pair end(link.end.node, link.end.interface);
            if (!used_.contains(end)) {
                found("{}: no link ends there", where);
                continue;
            }
            bool again = !named.insert(end).second;
            if (const auto wire = wires.find(end); wire != wires.end()) {
                const EndPlan& other =
                    wire->second->a.node == end.first && wire->second->a.interface == end.second
                        ? wire->second->b
                        : wire->second->a;
                again = !named.insert({other.node, other.interface}).second || again;
            }
            if (again) {
                found("{}: the link is given twice", where);
            }
            for (const LinkFaults* faults : {&link.out, &link.in}) {
                if (const std::string problem = problem_of(*faults); !problem.empty()) {
                    found("{}: {}", where, problem);
                }
            }
        }
    }

    const LabPlan& plan_;
    std::unordered_map<std::string, const NodePlan*> nodes_;
    std::vector<std::string> problems_;
    std::set<std::pair<std::string, std::string>> used_; // node, interface
};

} // namespace

bool LinkFaults::perfect() const {
    LinkFaults unseeded = *this;
    unseeded.seed = unseeded.queue_bytes = 0;
    return unseeded == LinkFaults{};
}

std::string problem_of(const LinkFaults& faults) {
    // Written so that a number that is none is refused too.
    const auto is_share = [](double share) { return share >= 0 && share <= 1; };
    if (!is_share(faults.loss) || !is_share(faults.duplicate) || !is_share(faults.reorder)) {
        return "loss, duplication and reordering are shares from 0 to 1";
    }
    const auto is_time = [](std::chrono::microseconds time) {
        return time >= std::chrono::microseconds(0) && time <= longest_link_delay;
    };
    if (!is_time(faults.delay) || !is_time(faults.jitter)) {
        return "delay and jitter are from 0 to an hour";
    }
    if (faults.rate_bps != 0 && faults.rate_bps < least_link_rate_bps) {
        return fmt::format("a rate is at least {} bit/s", least_link_rate_bps);
    }
    return {};
}

bool is_lab_name(const std::string& name) {
    return is_name(name, longest_lab_name, false);
}

std::vector<std::string> problems_of(const LabPlan& plan) {
    return PlanInspection(plan).run();
}

} // namespace fulcrum::netns
