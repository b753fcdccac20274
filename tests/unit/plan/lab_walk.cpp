#include "tests/unit/plan/lab_walk.h"

#include <algorithm>
#include <set>

namespace fulcrum::designer::testing {

LabWalk::LabWalk(const Plan& plan) : plan_(plan) {
    join_domains();
    find_owners();
}

std::string LabWalk::Way::text() const {
    std::string all;
    for (const std::string& node : nodes) {
        all += (all.empty() ? "" : " > ") + node;
    }
    return all + (stopped.empty() ? "" : ": " + stopped);
}

const netns::NodePlan* LabWalk::node(const std::string& name) const {
    const auto it = std::ranges::find(plan_.lab.nodes, name, &netns::NodePlan::name);
    return it == plan_.lab.nodes.end() ? nullptr : &*it;
}

const engine::EngineConfig* LabWalk::engine(const std::string& name) const {
    for (const auto& [id, config] : plan_.engines) {
        if (config.name == name) {
            return &config;
        }
    }
    return nullptr;
}

void LabWalk::join_domains() {
    std::map<std::string, int> of_segment;
    for (const netns::SegmentPlan& segment : plan_.lab.segments) {
        of_segment.emplace(segment.name, static_cast<int>(of_segment.size()));
    }
    const auto merge = [&](int a, int b) {
        for (auto& [name, number] : of_segment) {
            number = number == a ? b : number;
        }
    };
    for (const netns::SegmentPlan& segment : plan_.lab.segments) {
        for (const std::string& trunk : segment.trunks) {
            merge(of_segment.at(segment.name), of_segment.at(trunk));
        }
    }
    for (const netns::SegmentPlan& segment : plan_.lab.segments) {
        for (const netns::EndPlan& end : segment.ports) {
            domain_[{end.node, end.interface}] = of_segment.at(segment.name);
        }
    }
    int next = static_cast<int>(of_segment.size());
    for (const netns::WirePlan& wire : plan_.lab.wires) {
        domain_[{wire.a.node, wire.a.interface}] = domain_[{wire.b.node, wire.b.interface}] = next++;
    }
}

void LabWalk::own(const Port& port, const IpAddress& address) {
    std::vector<Port>& owners = owners_[{domain_.at(port), address}];
    if (std::ranges::find(owners, port) == owners.end()) {
        owners.push_back(port);
    }
}

void LabWalk::find_owners() {
    for (const netns::NodePlan& node : plan_.lab.nodes) {
        for (const netns::InterfacePlan& interface : node.interfaces) {
            for (const IpPrefix& address : interface.addresses) {
                own({node.name, interface.name}, address.address);
            }
        }
    }
    for (const auto& [id, config] : plan_.engines) {
        const auto own_in_subnet = [&, &config = config](const std::string& vrf, const IpAddress& address) {
            for (const engine::InterfaceConfig& interface : config.interfaces) {
                for (const IpPrefix& subnet : interface.addresses) {
                    if (interface.vrf == vrf && subnet.contains(address)) {
                        own({config.name, interface.name}, address);
                        return;
                    }
                }
            }
        };
        for (const engine::InterfaceConfig& interface : config.interfaces) {
            for (const IpPrefix& address : interface.addresses) {
                own({config.name, interface.name}, address.address);
            }
            if (config.role == engine::Role::active) {
                for (const IpAddress& floating : interface.floating) {
                    own({config.name, interface.name}, floating);
                }
            }
        }
        if (config.role == engine::Role::active) {
            for (const engine::ServiceConfig& service : config.services) {
                own_in_subnet(service.vrf, service.vip);
                for (const IpAddress& snat : service.snat) {
                    own_in_subnet(service.vrf, snat);
                }
            }
        }
    }
}

bool LabWalk::forwards(const std::string& name) const {
    if (const engine::EngineConfig* config = engine(name)) {
        return std::ranges::any_of(config->services, [](const engine::ServiceConfig& service) {
            return service.mode == engine::Mode::in_line;
        });
    }
    return std::ranges::any_of(node(name)->sysctls, [](const netns::SysctlPlan& sysctl) {
        return sysctl.key == "net/ipv4/ip_forward" && sysctl.value == "1";
    });
}

bool LabWalk::lookup(const std::vector<netns::RoutePlan>& routes, const netns::NodePlan& at,
                     const IpAddress& destination, bool with_connected, Hop& hop) const {
    int best = -1;
    const auto connected_towards = [&](const IpAddress& address) {
        for (const netns::InterfacePlan& interface : at.interfaces) {
            for (const IpPrefix& own : interface.addresses) {
                if (own.contains(address)) {
                    return interface.name;
                }
            }
        }
        return std::string();
    };
    if (with_connected) {
        for (const netns::InterfacePlan& interface : at.interfaces) {
            for (const IpPrefix& own : interface.addresses) {
                if (own.contains(destination) && own.length > best) {
                    best = own.length;
                    hop = {interface.name, destination};
                }
            }
        }
    }
    for (const netns::RoutePlan& route : routes) {
        if (route.destination.contains(destination) && route.destination.length > best) {
            best = route.destination.length;
            const IpAddress next = route.gateways.empty() ? destination : route.gateways.front();
            hop = {route.interface.empty() ? connected_towards(next) : route.interface, next};
        }
    }
    return best >= 0;
}

bool LabWalk::lookup(const engine::EngineConfig& config, const std::string& vrf, const IpAddress& destination,
                     Hop& hop) const {
    int best = -1;
    const auto connected_towards = [&](const IpAddress& address) {
        for (const engine::InterfaceConfig& interface : config.interfaces) {
            for (const IpPrefix& own : interface.addresses) {
                if (interface.vrf == vrf && own.contains(address)) {
                    return interface.name;
                }
            }
        }
        return std::string();
    };
    if (const std::string connected = connected_towards(destination); !connected.empty()) {
        hop = {connected, destination};
        return true; // no plan of these tests has a route inside a connected subnet of an SE
    }
    for (const engine::RouteConfig& route : config.routes) {
        if (route.vrf == vrf && route.destination.contains(destination) && route.destination.length > best) {
            best = route.destination.length;
            const IpAddress next = route.gateway.value_or(destination);
            hop = {route.interface.empty() ? connected_towards(next) : route.interface, next};
        }
    }
    return best >= 0;
}

LabWalk::Way LabWalk::send(const std::string& from, const IpAddress& source, const IpAddress& destination,
                           const std::string& entered, const std::string& sender_vrf) const {
    Way way;
    Port at{from, entered};
    for (int hop = 0; hop < 64; ++hop) {
        way.nodes.push_back(at.node);
        if (hop > 0 && !forwards(at.node)) {
            way.stopped = at.node + " does not forward";
            return way;
        }
        Hop next;
        bool found = false;
        if (const engine::EngineConfig* config = engine(at.node)) {
            std::string vrf = sender_vrf;
            for (const engine::InterfaceConfig& interface : config->interfaces) {
                vrf = interface.name == at.interface ? interface.vrf : vrf;
            }
            found = lookup(*config, vrf, destination, next);
        } else {
            const netns::NodePlan& plan = *node(at.node);
            for (const netns::RulePlan& rule : plan.rules) {
                if (!found && rule.from.contains(source) &&
                    (rule.interface.empty() || rule.interface == at.interface)) {
                    found = lookup(rule.routes, plan, destination, false, next);
                }
            }
            found = found || lookup(plan.routes, plan, destination, true, next);
        }
        if (!found) {
            way.stopped = at.node + " has no route to " + destination.text();
            return way;
        }
        if (hop == 0) {
            way.out = next.interface;
        }
        const auto domain = domain_.find({at.node, next.interface});
        const auto owners =
            domain == domain_.end() ? owners_.end() : owners_.find({domain->second, next.next});
        if (owners == owners_.end()) {
            way.stopped = "nobody answers " + at.node + " for " + next.next.text();
            return way;
        }
        at = owners->second.front();
        if (next.next == destination) {
            way.nodes.push_back(at.node);
            return way;
        }
    }
    way.stopped = "goes round for ever";
    return way;
}

std::vector<std::string> LabWalk::contradictions() const {
    std::vector<std::string> found;
    for (const auto& [where, owners] : owners_) {
        std::set<std::string> nodes;
        for (const Port& port : owners) {
            nodes.insert(port.node);
        }
        if (nodes.size() > 1) {
            found.push_back(where.second.text() + " belongs to " + *nodes.begin() + " and " +
                            *nodes.rbegin());
        }
    }
    std::map<std::string, int> names;
    for (const netns::NodePlan& node : plan_.lab.nodes) {
        if (++names[node.name] > 1 || node.name.empty() || node.name.size() > 63) {
            found.push_back("the name '" + node.name + "' is used twice, empty or too long");
        }
        const auto check_gateways = [&](const std::vector<netns::RoutePlan>& routes) {
            for (const netns::RoutePlan& route : routes) {
                for (const IpAddress& gateway : route.gateways) {
                    const bool inside =
                        std::ranges::any_of(node.interfaces, [&](const netns::InterfacePlan& interface) {
                            return (route.interface.empty() || route.interface == interface.name) &&
                                   std::ranges::any_of(interface.addresses, [&](const IpPrefix& own) {
                                       return own.contains(gateway) && own.address != gateway;
                                   });
                        });
                    if (!inside) {
                        found.push_back(node.name + ": the gateway " + gateway.text() + " of " +
                                        route.destination.text() + " is no neighbour");
                    }
                }
            }
        };
        check_gateways(node.routes);
        for (const netns::RulePlan& rule : node.rules) {
            check_gateways(rule.routes);
        }
        for (const netns::InterfacePlan& interface : node.interfaces) {
            if (interface.name.empty() || interface.name.size() > 15) {
                found.push_back(node.name + ": interface name '" + interface.name + "'");
            }
        }
    }
    for (const auto& [id, config] : plan_.engines) {
        for (const engine::RouteConfig& route : config.routes) {
            const bool inside = std::ranges::any_of(
                config.interfaces, [&, &config = config](const engine::InterfaceConfig& interface) {
                    return interface.vrf == route.vrf &&
                           (route.interface.empty() || route.interface == interface.name) &&
                           std::ranges::any_of(interface.addresses, [&](const IpPrefix& own) {
                               return route.gateway && own.contains(*route.gateway);
                           });
                });
            if (!inside) {
                found.push_back(config.name + ": the gateway of " + route.destination.text() +
                                " is no neighbour");
            }
        }
    }
    return found;
}

std::string LabWalk::interface_beside(const std::string& name, const std::string& other,
                                      const std::string& vrf) const {
    const engine::EngineConfig* config = engine(other);
    for (const auto& [port, domain] : domain_) {
        if (port.node != name) {
            continue;
        }
        for (const auto& [theirs, their_domain] : domain_) {
            const bool in_vrf =
                config == nullptr ||
                std::ranges::any_of(config->interfaces, [&, &theirs = theirs](const auto& interface) {
                    return interface.name == theirs.interface && interface.vrf == vrf;
                });
            if (theirs.node == other && their_domain == domain && in_vrf) {
                return port.interface;
            }
        }
    }
    return {};
}

} // namespace fulcrum::designer::testing
