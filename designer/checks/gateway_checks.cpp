// Gateways and routes fixed by hand, and whether clients get to a VIP at all.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "designer/checks/rules.h"
#include "designer/plan/legs.h"

namespace fulcrum::designer {

namespace {

const Interface* interface_for(const Station& station, const IpAddress& address) {
    for (const Interface* interface : station.interfaces) {
        if (interface->net != nullptr && interface->net->prefix.contains(address)) {
            return interface;
        }
    }
    return nullptr;
}

void clear_gateway(Document& document, const Problem& problem) {
    if (Node* node = document.node(problem.items.front())) {
        node->gateway.reset();
    }
}

bool is_own(const Station& station, const IpAddress& address) {
    return std::ranges::any_of(station.interfaces, [&](const Interface* interface) {
        return interface->address() && interface->address()->address == address;
    });
}

void check_gateway_not_in_subnet(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        const auto& gateway = station.node->gateway;
        if (gateway && is_own(station, *gateway)) {
            findings.add({station.node->id},
                         fmt::format("the gateway {} of {} is its own address: the kernel refuses the route",
                                     gateway->text(), station.name()),
                         "remove it, so that the planner chooses one");
            continue;
        }
        if (gateway && !station.interfaces.empty() && interface_for(station, *gateway) == nullptr) {
            findings.add(
                {station.node->id},
                fmt::format("the gateway {} of {} is in none of its subnets: the kernel refuses the route",
                            gateway->text(), station.name()),
                "remove it, so that the planner chooses one");
        }
    }
}

void check_gateway_without_owner(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        const auto& gateway = station.node->gateway;
        const Interface* towards = gateway ? interface_for(station, *gateway) : nullptr;
        if (towards == nullptr) {
            continue;
        }
        const Station* owner = look.routing.owner(*towards->domain, *gateway);
        if (owner == nullptr) {
            findings.add({station.node->id},
                         fmt::format("the gateway {} of {} belongs to nobody on {}", gateway->text(),
                                     station.name(), look.network.describe(*towards->domain)),
                         "remove it, so that the planner chooses one");
        }
    }
}

void check_route_gateway(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        for (const Route& route : station.node->routes) {
            const Interface* towards = interface_for(station, route.gateway);
            const bool is_itself = is_own(station, route.gateway);
            const bool has_owner =
                towards != nullptr && look.routing.owner(*towards->domain, route.gateway) != nullptr;
            if (!station.interfaces.empty() && (is_itself || !has_owner)) {
                findings.add({station.node->id},
                             fmt::format("{} has a route to {} through {}, which {}", station.name(),
                                         route.destination.text(), route.gateway.text(),
                                         is_itself            ? "is its own address"
                                         : towards == nullptr ? "is in none of its subnets"
                                                              : "belongs to nobody there"),
                             "remove the route, or lead it through a neighbour");
            }
        }
    }
}

void fix_route_gateway(Document& document, const Problem& problem) {
    Node* node = document.node(problem.items.front());
    if (node == nullptr) {
        return;
    }
    const Document copy = document;
    const Inspection look(copy);
    const Station* station = look.network.station(node->id);
    std::erase_if(node->routes, [&](const Route& route) {
        const Interface* towards = station == nullptr ? nullptr : interface_for(*station, route.gateway);
        return towards == nullptr || is_own(*station, route.gateway) ||
               look.routing.owner(*towards->domain, route.gateway) == nullptr;
    });
}

// Its interface there leads to it already. Beside that route the kernel takes no second one to the same
// subnet, and with it refuses every gateway in the subnet.
// An SE has a table for each zone: its subnets in others are no matter.
bool is_to_own_subnet(const Station& station, const Route& route) {
    const Interface* towards = interface_for(station, route.gateway);
    const bool has_zones = station.kind() == NodeKind::se && towards != nullptr;
    return std::ranges::any_of(station.interfaces, [&](const Interface* interface) {
        return interface->net != nullptr && interface->net->prefix == route.destination.network() &&
               (!has_zones || interface->domain->vrf == towards->domain->vrf);
    });
}

void check_route_to_own_subnet(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        for (const Route& route : station.node->routes) {
            if (is_to_own_subnet(station, route) && !station.node->prefer_static_routes) {
                findings.add({station.node->id},
                             fmt::format("{} has a route to {} through {}, and is on that subnet itself: its "
                                         "interface leads there already",
                                         station.name(), route.destination.text(), route.gateway.text()),
                             station.kind() == NodeKind::se
                                 ? "remove the route, or let the SE prefer static routes"
                                 : "remove the route");
            }
        }
    }
}

void fix_route_to_own_subnet(Document& document, const Problem& problem) {
    Node* node = document.node(problem.items.front());
    if (node == nullptr) {
        return;
    }
    const Document copy = document;
    const Inspection look(copy);
    if (const Station* station = look.network.station(node->id)) {
        std::erase_if(node->routes, [&](const Route& route) { return is_to_own_subnet(*station, route); });
    }
}

// Destinations of a node's routes by hand, apart by VRF on an SE.
class SeenRoutes {
public:
    explicit SeenRoutes(const Station& station) : station_(station) {
        if (station.node->gateway) {
            add({IpPrefix{}, *station.node->gateway});
        }
    }
    bool add(const Route& route) { // false: seen before
        const Interface* towards = interface_for(station_, route.gateway);
        const bool has_zones = station_.kind() == NodeKind::se && towards != nullptr;
        return seen_.emplace(has_zones ? towards->domain->vrf : Id{}, route.destination.network()).second;
    }

private:
    const Station& station_;
    std::set<std::pair<Id, IpPrefix>> seen_;
};

void check_duplicate_route(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        const Node& node = *station.node;
        SeenRoutes seen(station);
        for (const Route& route : node.routes) {
            if (!seen.add(route)) {
                findings.add({node.id},
                             fmt::format("{} has two routes to {}: only one can be used", node.name,
                                         route.destination.text()),
                             "remove the later one");
            }
        }
    }
}

void fix_duplicate_route(Document& document, const Problem& problem) {
    Node* node = document.node(problem.items.front());
    if (node == nullptr) {
        return;
    }
    const Document copy = document;
    const Inspection look(copy);
    const Station* station = look.network.station(node->id);
    if (station != nullptr) {
        SeenRoutes seen(*station);
        std::erase_if(node->routes, [&](const Route& route) { return !seen.add(route); });
    }
}

void check_no_client(const Inspection& look, Findings& findings) {
    const bool has_client =
        std::ranges::any_of(look.drawn.nodes, [](const Node& node) { return node.kind == NodeKind::client; });
    if (!has_client && !look.drawn.services.empty()) {
        findings.add({look.drawn.services.front().id}, "no client is drawn: nobody sends requests",
                     "add a client and link it to a router or segment");
    }
}

// A client that gets to no VIP of its own island. Whether it gets to all is for the drawing to decide.
void check_client_reaches_no_vip(const Inspection& look, Findings& findings) {
    for (const Station& client : look.network.stations()) {
        if (client.kind() != NodeKind::client || client.interfaces.empty() ||
            client.interfaces.front()->net == nullptr) {
            continue;
        }
        const IpAddress source = client.interfaces.front()->address()->address;
        std::optional<std::pair<const Carried*, Trace>> failed;
        bool reaches_one = false;
        const Domain& domain = *client.interfaces.front()->domain;
        const auto distance = [&domain](const Carried& carried) {
            return carried.vip_net->domain->island == domain.island ? 0
                   : carried.service->vrf == domain.vrf             ? 1
                                                                    : 2;
        };
        std::size_t tried = 0;
        for (const int near : {0, 1, 2}) {
            for (const Carried& carried : look.services.services()) {
                // A few VIPs tell: one that is reached ends the search, and those that are not share the
                // reason.
                if (carried.vip_net == nullptr || reaches_one || tried == 8 || distance(carried) != near) {
                    continue;
                }
                ++tried;
                const Leg request{LegKind::request,      &carried, &client, carried.active(), source,
                                  *carried.service->vip, nullptr};
                Trace trace = follow(look.routing, request);
                reaches_one = is_carried(request, trace);
                if (!failed) {
                    failed.emplace(&carried, std::move(trace));
                }
            }
        }
        if (failed && !reaches_one) {
            const Station& last = *failed->second.stations.back();
            findings.add({client.node->id, last.node->id},
                         fmt::format("requests of {} do not reach {}: {} {}", client.name(),
                                     service_text(*failed->first->service), last.name(),
                                     stopped_by(failed->second.end)),
                         "link it to the VIP's segment, or to a router that leads there");
        }
    }
}

bool reaches(const Inspection& look, const Station& client, const Carried& carried) {
    const Leg request{LegKind::request,      &carried, &client, carried.active(), {},
                      *carried.service->vip, nullptr};
    return is_carried(request, follow(look.routing, request));
}

// A VIP that none of the drawn clients gets to, though some get to others.
void check_vip_without_client(const Inspection& look, Findings& findings) {
    constexpr std::size_t most_clients = 64; // more tell nothing new
    std::vector<const Station*> clients;
    for (const Station& station : look.network.stations()) {
        if (station.kind() == NodeKind::client && !station.interfaces.empty() &&
            clients.size() < most_clients) {
            clients.push_back(&station);
        }
    }
    std::vector<const Carried*> asked; // services that a client could get to
    for (const Carried& carried : look.services.services()) {
        if (carried.vip_net != nullptr && carried.active() != nullptr && carried.service->enabled &&
            carried.can_answer(*carried.active())) { // else vip-unreachable, or no table leads to it
            asked.push_back(&carried);
        }
    }
    for (const Carried* carried : asked) {
        const auto gets_there = [&](const Station* client) { return reaches(look, *client, *carried); };
        if (clients.empty() || std::ranges::any_of(clients, gets_there)) {
            continue;
        }
        const auto in_zone = [&](const Station* client) {
            return client->interfaces.front()->domain->vrf == carried->service->vrf;
        };
        const auto one = std::ranges::find_if(clients, in_zone);
        if (one == clients.end()) {
            findings.add({carried->service->id},
                         fmt::format("no client is in zone {}: nobody asks for {}",
                                     look.network.vrf_name(carried->service->vrf),
                                     service_text(*carried->service)),
                         "add a client there");
            continue;
        }
        const auto gets_anywhere = [&](const Carried* other) { return reaches(look, **one, *other); };
        if (std::ranges::none_of(asked, gets_anywhere)) {
            continue; // client-reaches-no-vip
        }
        const Leg request{LegKind::request,       carried, *one, carried->active(), {},
                          *carried->service->vip, nullptr};
        const Trace trace = follow(look.routing, request);
        const Station& last = *trace.stations.back();
        findings.add({carried->service->id, (*one)->node->id, last.node->id},
                     fmt::format("no client reaches {}: requests of {} end at {}, which {}",
                                 service_text(*carried->service), (*one)->name(), last.name(),
                                 stopped_by(trace.end)),
                     "link a router that leads to its clients to the VIP's segment, or give it a VIP on a "
                     "segment that has one");
    }
}

constexpr std::array table{
    Rule{"gateway-not-in-subnet", Severity::error, check_gateway_not_in_subnet, clear_gateway},
    Rule{"gateway-without-owner", Severity::warning, check_gateway_without_owner, clear_gateway},
    Rule{"route-gateway-unreachable", Severity::error, check_route_gateway, fix_route_gateway},
    Rule{"route-to-own-subnet", Severity::error, check_route_to_own_subnet, fix_route_to_own_subnet},
    Rule{"duplicate-route", Severity::error, check_duplicate_route, fix_duplicate_route},
    Rule{"no-client", Severity::note, check_no_client},
    Rule{"client-reaches-no-vip", Severity::warning, check_client_reaches_no_vip},
    Rule{"vip-without-client", Severity::warning, check_vip_without_client},
};

} // namespace

std::span<const Rule> gateway_rules() {
    return table;
}

} // namespace fulcrum::designer
