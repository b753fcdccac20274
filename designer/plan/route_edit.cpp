// Derived routes written down as routes by hand.
#include <algorithm>

#include "designer/plan/plan.h"
#include "designer/plan/routing.h"

namespace fulcrum::designer {

Document with_routes_by_hand(const Document& document, const Id& node) {
    const Document filled = fill_addresses(document);
    const Network network(filled);
    const ServiceMap services(network);
    const Routing routing(network, services);
    const Station* station = network.station(node);
    Document edited = document;
    Node* target = edited.node(node);
    if (station == nullptr || target == nullptr) {
        return edited;
    }
    // The routes lead to addresses that the planner may have given: they must stay what they are.
    edited.links = filled.links;
    for (std::size_t i = 0; i < edited.links.size(); ++i) {
        edited.links[i].a.mac = document.links[i].a.mac;
        edited.links[i].b.mac = document.links[i].b.mac;
    }
    target->derive_routes = false;
    target->gateway.reset();
    target->routes.clear();
    for (const RouteEntry& entry : routing.table(*station).routes) {
        if (entry.gateways.empty()) {
            continue;
        }
        if (entry.destination.length == 0 && !target->gateway) {
            target->gateway = entry.gateways.front();
        } else {
            target->routes.push_back({entry.destination, entry.gateways.front()});
        }
    }
    return edited;
}

Document without_route(const Document& document, const RouteNeed& need) {
    if (need.via == "connected" || need.via == "none" || need.via == "BGP") {
        return document;
    }
    Document edited = with_routes_by_hand(document, need.node);
    Node* node = edited.node(need.node);
    if (node == nullptr || need.from) {
        return edited; // a policy route: left out already
    }
    if (need.via == "auto gateway") {
        node->auto_gateway = false;
    } else if (need.destination.length == 0 && node->gateway && node->gateway->text() == need.via) {
        node->gateway.reset();
    } else {
        std::erase_if(node->routes, [&](const Route& route) {
            return route.destination == need.destination && need.via.starts_with(route.gateway.text());
        });
    }
    return edited;
}

} // namespace fulcrum::designer
