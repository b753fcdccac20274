#include "designer/plan/node_plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace fulcrum::designer {

namespace {

constexpr std::uint32_t first_policy_table = 100;
constexpr std::uint16_t default_port = 80;

netns::InterfacePlan interface_plan(const Interface& interface) {
    netns::InterfacePlan plan;
    plan.name = interface.name;
    plan.mtu_bytes = interface.link->mtu_bytes;
    if (interface.station->kind() == NodeKind::se) {
        // The engine owns addresses and MAC. The kernel's device keeps a MAC of its own, so that the kernel
        // takes the engine's frames for somebody else's.
        plan.arp = false;
        return plan;
    }
    plan.mac = interface.near->mac;
    if (interface.address()) {
        plan.addresses.push_back(*interface.address());
    }
    return plan;
}

netns::RoutePlan route_plan(const RouteEntry& entry) {
    netns::RoutePlan plan;
    plan.destination = entry.destination;
    plan.gateways = entry.gateways;
    // With several gateways the kernel finds each one's interface itself.
    if (entry.gateways.size() <= 1 && entry.interface != nullptr) {
        plan.interface = entry.interface->name;
    }
    return plan;
}

std::string standby_note(const Group& group, const Station& se, const ServiceMap& services) {
    const Station* active = nullptr;
    std::string owned;
    for (const Carried* carried : services.of(se)) {
        if (carried->group == &group) {
            active = carried->active();
            owned += (owned.empty() ? "" : ", ") + service_text(*carried->service);
        }
    }
    for (const FloatingAddress& floating : group.floating) {
        owned += fmt::format("{}{}", owned.empty() ? "" : ", ", floating.address.text());
    }
    if (owned.empty() || active == nullptr) {
        return {};
    }
    return fmt::format("stands by: takes over when failover is built; {} owns {}", active->name(), owned);
}

void add_tunnel_end(const ServiceMap& services, const Station& server, netns::NodePlan& plan) {
    netns::ProcessPlan process;
    process.name = "tunnel";
    process.argv = {"fulcrum-decap", std::string(tunnel_out), std::string(tunnel_in)};
    for (const IpAddress& vip : loopback_vips(services, server)) {
        process.argv.insert(process.argv.end(), {"--vip", vip.text()});
    }
    process.signals_ready = true;
    for (const std::string_view name : {tunnel_in, tunnel_out}) {
        netns::InterfacePlan& interface = plan.interfaces.emplace_back();
        interface.name = name;
        interface.mtu_bytes = 65535; // whatever came through the tunnel fits
    }
    // Linux takes no packet under a loose reverse-path check on an interface without any address.
    plan.interfaces[plan.interfaces.size() - 2].addresses.push_back(*IpPrefix::parse("169.254.4.1/32"));
    plan.processes.push_back(std::move(process));
}

} // namespace

std::vector<IpAddress> loopback_vips(const ServiceMap& services, const Station& server) {
    std::set<IpAddress> vips;
    for (const Carried* carried : services.of(server)) {
        if (carried->is_dsr() && carried->service->vip) {
            vips.insert(*carried->service->vip);
        }
    }
    return {vips.begin(), vips.end()};
}

bool ends_tunnels(const ServiceMap& services, const Station& station) {
    return station.kind() == NodeKind::server &&
           std::ranges::any_of(services.of(station),
                               [](const Carried* carried) { return carried->is_l3_dsr(); });
}

std::vector<netns::SysctlPlan> sysctls_of(const ServiceMap& services, const Station& station) {
    std::vector<netns::SysctlPlan> list;
    const auto set = [&](std::string_view key, std::string_view value) {
        list.push_back({std::string("net/ipv4/") + std::string(key), std::string(value)});
    };
    // What either "all" or the interface's own switches on is on, so both must be off. An interface takes
    // "default" when it arrives in the namespace, which is after these are written.
    const auto set_everywhere = [&](std::string_view name, std::string_view value) {
        set(fmt::format("conf/all/{}", name), value);
        set(fmt::format("conf/default/{}", name), value);
    };
    const bool is_router = station.kind() == NodeKind::router;
    // A new namespace takes the host's values, and a host that runs containers forwards.
    set("ip_forward", is_router ? "1" : "0");
    if (station.kind() == NodeKind::se) {
        return list; // no addresses: the kernel's IPv4 has nothing to say there
    }
    if (is_router) {
        set_everywhere("rp_filter", "0"); // routers ask for the way back only where somebody tells them to
    } else {
        set("conf/all/rp_filter", "2"); // loose: the way back may be another one
    }
    // One segment may hold router, SE and servers: a redirect would take the SE out of the path.
    set_everywhere("accept_redirects", "0");
    if (is_router) {
        set_everywhere("send_redirects", "0");
    }
    if (!loopback_vips(services, station).empty() && !station.node->arp_for_loopback) {
        set("conf/all/arp_ignore",
            "1"); // answer only for addresses of the interface asked: not for the VIP on lo
        set("conf/all/arp_announce", "2"); // never ask with the VIP as sender
    }
    return list;
}

netns::ProcessPlan server_process(const ServiceMap& services, const Station& server) {
    std::set<std::uint16_t> tcp, udp;
    for (const Carried* carried : services.of(server)) {
        for (const ServerUse& use : carried->servers) {
            if (use.server != &server) {
                continue;
            }
            for (const PortRule& rule : carried->service->ports) {
                const std::uint16_t asked = asked_port(use, rule);
                (rule.protocol == Protocol::tcp ? tcp : udp).insert(asked);
            }
            for (const HealthCheck& health : use.pool->health) {
                if (health.port != 0 && health.kind != HealthKind::ping) {
                    (health.kind == HealthKind::udp ? udp : tcp).insert(health.port);
                }
            }
        }
    }
    const bool asked_elsewhere =
        !(tcp.empty() && udp.empty()) && !tcp.contains(default_port) && !udp.contains(default_port);
    if (!asked_elsewhere) {
        tcp.insert(default_port);
        udp.insert(default_port);
    }
    netns::ProcessPlan process;
    process.name = "server";
    process.argv = {"fulcrum-server", "--name", server.name()};
    for (const std::uint16_t port : tcp) {
        process.argv.insert(process.argv.end(), {"--tcp", std::to_string(port)});
    }
    for (const std::uint16_t port : udp) {
        process.argv.insert(process.argv.end(), {"--udp", std::to_string(port)});
    }
    process.signals_ready = true;
    return process;
}

netns::NodePlan node_plan(const ServiceMap& services, const Routing& routing, const Station& station) {
    netns::NodePlan plan;
    plan.name = station.name();
    plan.kind = name_of(station.kind());
    for (const Interface* interface : station.interfaces) {
        plan.interfaces.push_back(interface_plan(*interface));
    }
    plan.sysctls = sysctls_of(services, station);
    if (station.kind() == NodeKind::se) {
        for (const Group* group : services.groups_of(station)) {
            if (group->members.front() == station.node->id) {
                continue;
            }
            if (std::string note = standby_note(*group, station, services); !note.empty()) {
                plan.notes.push_back(std::move(note));
            }
        }
    } else {
        const RoutingTable& table = routing.table(station);
        for (const RouteEntry& entry : table.routes) {
            plan.routes.push_back(route_plan(entry));
        }
        for (const PolicyEntry& policy : table.policy) {
            netns::RulePlan rule;
            rule.from = policy.from;
            rule.interface = policy.interface->name;
            rule.table = first_policy_table + static_cast<std::uint32_t>(plan.rules.size());
            for (const RouteEntry& entry : policy.routes) {
                rule.routes.push_back(route_plan(entry));
            }
            plan.rules.push_back(std::move(rule));
        }
    }
    if (station.kind() == NodeKind::server) {
        for (const IpAddress& vip : loopback_vips(services, station)) {
            plan.loopback.push_back({vip, static_cast<std::uint8_t>(vip.is_v4() ? 32 : 128)});
        }
        if (ends_tunnels(services, station)) {
            add_tunnel_end(services, station, plan);
        }
        if (station.node->built_in_server) {
            plan.processes.push_back(server_process(services, station));
        }
    }
    for (const Program& program : station.node->programs) {
        plan.processes.push_back({program.name, program.argv, {}, false});
    }
    return plan;
}

} // namespace fulcrum::designer
