#include "designer/plan/routing.h"

#include <algorithm>
#include <map>
#include <set>

#include "designer/plan/address_range.h"
#include "designer/plan/capacity.h"

namespace fulcrum::designer {

namespace {

constexpr std::size_t longest_path = 64; // hops: a packet's TTL in a lab

const IpPrefix default_route{};

// The interface whose subnet holds the address.
const Interface* interface_towards(const Station& station, const IpAddress& address,
                                   const Id* vrf = nullptr) {
    for (const Interface* interface : station.interfaces) {
        if (interface->net != nullptr && interface->net->prefix.contains(address) &&
            (vrf == nullptr || interface->domain->vrf == *vrf)) {
            return interface;
        }
    }
    return nullptr;
}

void add_by_hand(const Station& station, RoutingTable& table) {
    const Node& node = *station.node;
    const auto add = [&](const IpPrefix& destination, const IpAddress& gateway) {
        RouteEntry entry;
        entry.destination = destination;
        entry.gateways = {gateway};
        entry.interface = interface_towards(station, gateway);
        if (entry.interface == nullptr) {
            return; // an error (gateway-not-in-subnet), or the node has no link: the route leads nowhere
        }
        entry.vrf = entry.interface->domain->vrf;
        entry.reason = RouteReason::by_hand;
        table.routes.push_back(entry);
    };
    if (node.gateway) {
        add(default_route, *node.gateway);
    }
    for (const Route& route : node.routes) {
        add(route.destination.network(), route.gateway);
    }
}

bool has_route(const RoutingTable& table, const IpPrefix& destination, const Id& vrf = {}) {
    return std::ranges::any_of(table.routes, [&](const RouteEntry& entry) {
        return entry.destination == destination && entry.vrf == vrf;
    });
}

} // namespace

Routing::Routing(const Network& network, const ServiceMap& services, ByHand by_hand)
    : network_(network), services_(services), by_hand_(by_hand), client_nets_(network.nets().size(), false),
      vip_nets_(network.nets().size(), false), forwarders_by_net_(network.nets().size()) {
    for (const Station& station : network.stations()) {
        for (const Interface* interface : station.interfaces) {
            if (interface->net != nullptr && station.kind() == NodeKind::client) {
                client_nets_[interface->net->order] = true;
            }
            if (interface->address()) {
                owners_.try_emplace({interface->domain->order, interface->address()->address}, &station);
            }
        }
    }
    for (const Group& group : network.document().groups) {
        const Station* active = group.members.empty() ? nullptr : network.station(group.members.front());
        for (const FloatingAddress& floating : group.floating) {
            const Domain* domain = network.domain_of(floating.segment);
            if (domain != nullptr && active != nullptr) {
                owners_.try_emplace({domain->order, floating.address}, active);
            }
        }
    }
    for (const Carried& carried : services.services()) {
        if (carried.vip_net != nullptr) {
            vip_nets_[carried.vip_net->order] = true;
            owners_.try_emplace({carried.vip_net->domain->order, *carried.service->vip}, carried.active());
        }
        const AddressPool* snat = network.address_pool(carried.service->snat_pool);
        const Domain* domain = snat == nullptr ? nullptr : network.domain_of(snat->segment);
        // Nobody answers for addresses on a segment that the SE is not on.
        if (domain != nullptr && carried.active() != nullptr &&
            std::ranges::find(domain->interfaces, carried.active(), &Interface::station) !=
                domain->interfaces.end()) {
            const std::uint64_t count = AddressRange{snat->first, snat->last}.count();
            for (std::uint64_t i = 0; i < std::min(count, most_snat_addresses); ++i) {
                owners_.try_emplace(
                    {domain->order, IpAddress::v4(snat->first.v4_value() + static_cast<std::uint32_t>(i))},
                    carried.active());
            }
        }
    }
    find_in_line_groups();
    find_host_nets();
    find_policies();
}

void Routing::find_in_line_groups() {
    for (const Group& group : network_.document().groups) {
        std::set<Id> vrfs;
        for (const Carried& carried : services_.services()) {
            if (carried.group == &group && carried.is_in_line()) {
                vrfs.insert(carried.service->vrf);
            }
        }
        for (const Id& vrf : vrfs) {
            std::map<std::size_t, const Net*> nets; // where it may answer, in order
            for (const FloatingAddress& floating : group.floating) {
                if (const Net* net = network_.net_of(floating)) {
                    nets.emplace(net->order, net);
                }
            }
            const Station* active = group.members.empty() ? nullptr : network_.station(group.members.front());
            for (const Interface* interface :
                 active == nullptr ? std::vector<Interface*>{} : active->interfaces) {
                if (interface->net != nullptr) {
                    nets.emplace(interface->net->order, interface->net);
                }
            }
            Forwarder forwarder{&group, vrf, {}};
            for (const auto& [order, net] : nets) {
                const auto address = services_.address_on(group, *net);
                if (address && net->domain->vrf == vrf) {
                    forwarder.addresses.emplace_back(net, *address);
                }
            }
            for (const auto& [net, address] : forwarder.addresses) {
                forwarders_by_net_[net->order].emplace_back(forwarders_.size(), address);
            }
            forwarders_.push_back(std::move(forwarder));
        }
    }
}

void Routing::find_host_nets() {
    // `active_only`: of an address that belongs to one SE, however many share the services.
    const auto next_hops = [&](const Carried& carried, bool active_only) {
        std::vector<std::pair<const Net*, IpAddress>> hops;
        for (const Station* member : carried.members) {
            for (const Interface* interface : member->interfaces) {
                if (interface->net == nullptr || interface->domain->vrf != carried.service->vrf) {
                    continue;
                }
                const auto floating = services_.floating_on(*carried.group, *interface->net);
                const bool one_answers = active_only || carried.group->ha == HaMode::active_standby;
                const std::pair<const Net*, IpAddress> hop{
                    interface->net, floating ? *floating : interface->address()->address};
                if ((floating || !one_answers || member == carried.active()) &&
                    std::ranges::find(hops, hop) == hops.end()) {
                    hops.push_back(hop);
                }
            }
        }
        return hops;
    };
    for (const Carried& carried : services_.services()) {
        const Service& service = *carried.service;
        if (carried.group == nullptr) {
            continue;
        }
        if (service.vip && carried.vip_net == nullptr && service.attachment != Attachment::arp) {
            const std::uint8_t bits = service.vip->is_v4() ? 32 : 128;
            host_nets_.push_back({IpPrefix{*service.vip, bits}, RouteReason::vip, &service, carried.group,
                                  next_hops(carried, false), service.attachment == Attachment::bgp});
        }
        const AddressPool* snat = network_.address_pool(service.snat_pool);
        if (snat != nullptr && snat->segment.empty()) {
            for (const IpPrefix& prefix : prefixes_of({snat->first, snat->last})) {
                host_nets_.push_back(
                    {prefix, RouteReason::snat, &service, carried.group, next_hops(carried, true), false});
            }
        }
    }
}

// --- in-line servers that are not beside the SE: routers must lead their answers back through it

const Net* Routing::nearest_of_group(const Station& router, const Group& group) const {
    for (const Reach& step : reach(router)) {
        if (step.through == nullptr && services_.address_on(group, *step.net)) {
            return step.net;
        }
    }
    return nullptr;
}

void Routing::find_policies() {
    for (const Carried& carried : services_.services()) {
        if (!carried.is_in_line() || carried.group == nullptr) {
            continue;
        }
        std::set<std::size_t> done;
        for (const ServerUse& use : carried.servers) {
            const Net* net = use.interface == nullptr ? nullptr : use.interface->net;
            if (net != nullptr && done.insert(net->order).second &&
                !services_.address_on(*carried.group, *net)) {
                add_policies(carried, *net);
            }
        }
    }
}

// What a router that sends a service's servers back to its SEs still hands on itself: everything connected,
// but of subnets with clients only the SEs themselves, which probe the servers from their own addresses.
std::vector<RouteEntry> Routing::stays_connected(const Station& router, const Carried& carried) const {
    std::vector<RouteEntry> routes;
    std::set<IpPrefix> known; // a router may be in one subnet twice
    const auto stays = [&](const IpPrefix& destination, const Interface* interface) {
        if (known.insert(destination).second) {
            routes.push_back({destination,
                              {},
                              interface,
                              {},
                              RouteReason::way_back_policy,
                              carried.group,
                              carried.service});
        }
    };
    for (const Interface* interface : router.interfaces) {
        if (interface->net == nullptr) {
            continue;
        }
        if (!client_nets_[interface->net->order]) {
            stays(interface->net->prefix, interface);
            continue;
        }
        for (const Interface* other : interface->net->interfaces) {
            if (std::ranges::find(carried.members, other->station) != carried.members.end()) {
                const IpAddress& address = other->address()->address;
                stays({address, static_cast<std::uint8_t>(address.is_v4() ? 32 : 128)}, interface);
            }
        }
    }
    return routes;
}

void Routing::add_policies(const Carried& carried, const Net& server_net) {
    const Interface* best = nullptr;
    const Net* goal = nullptr;
    unsigned best_hops = 0;
    for (const Interface* interface : server_net.interfaces) {
        if (interface->station->kind() != NodeKind::router) {
            continue;
        }
        const Net* candidate = nearest_of_group(*interface->station, *carried.group);
        if (candidate == nullptr) {
            continue;
        }
        const unsigned hops = reach_net(*interface->station, *candidate)->hops;
        if (best == nullptr || hops < best_hops) {
            best = interface;
            goal = candidate;
            best_hops = hops;
        }
    }
    if (best == nullptr) {
        return;
    }
    way_back_router_.try_emplace(&server_net, best);
    const Interface* in = best;
    for (std::size_t hop = 0; in != nullptr && hop < longest_path; ++hop) {
        const Station* router = in->station;
        const Reach* step = reach_net(*router, *goal);
        if (step == nullptr) {
            return;
        }
        const IpAddress gateway =
            step->hops == 0 ? *services_.address_on(*carried.group, *goal) : step->gateway;
        std::vector<PolicyEntry>& policies = policies_[router];
        const bool is_new = std::ranges::none_of(
            policies, [&](const PolicyEntry& policy) { return policy.from == server_net.prefix; });
        // Where every way to the clients leads through the SE anyhow, the plain routes do.
        if (is_new && derives(*router) && reaches_clients(*router)) {
            PolicyEntry policy{server_net.prefix, in, stays_connected(*router, carried)};
            policy.routes.push_back({default_route,
                                     {gateway},
                                     step->out,
                                     {},
                                     RouteReason::way_back_policy,
                                     carried.group,
                                     carried.service});
            policies.push_back(std::move(policy));
        }
        const Station* next = step->hops == 0 ? nullptr : owner(*step->out->domain, gateway);
        in = next == nullptr ? nullptr : interface_in(*next, *step->out->net);
    }
}

const RoutingTable& Routing::table(const Station& station) const {
    std::unique_ptr<RoutingTable>& table = tables_[&station];
    if (!table) {
        table = std::make_unique<RoutingTable>(make_table(station));
    }
    return *table;
}

bool Routing::derives(const Station& station) const {
    return by_hand_ == ByHand::ignored || station.node->derive_routes;
}

RoutingTable Routing::make_table(const Station& station) const {
    RoutingTable table;
    if (by_hand_ == ByHand::counts) {
        add_by_hand(station, table);
    }
    if (station.kind() == NodeKind::se && station.node->prefer_static_routes) {
        add_preferred_routes(station, table);
    }
    if (!derives(station)) {
        if (station.kind() == NodeKind::router) { // what SEs announce is nobody's to derive
            RoutingTable derived;
            add_router_routes(station, derived);
            table.learned = std::move(derived.learned);
        }
        return table;
    }
    switch (station.kind()) {
    case NodeKind::router:
        add_router_routes(station, table);
        break;
    case NodeKind::se:
        add_se_routes(station, table);
        break;
    case NodeKind::client:
    case NodeKind::server:
        add_host_routes(station, table);
        break;
    case NodeKind::segment:
        break;
    }
    return table;
}

void Routing::add_router_routes(const Station& router, RoutingTable& table) const {
    std::set<IpPrefix> known;
    for (const RouteEntry& entry : table.routes) {
        known.insert(entry.destination);
    }
    for (const Reach& step : reach(router)) {
        if (known.insert(step.net->prefix).second && step.hops > 0) {
            table.routes.push_back({step.net->prefix,
                                    {step.gateway},
                                    step.out,
                                    {},
                                    step.through == nullptr ? RouteReason::subnet : RouteReason::behind_se,
                                    step.through,
                                    nullptr});
        }
    }
    for (const HostNet& host : host_nets_) {
        if (known.contains(host.prefix)) {
            continue;
        }
        const Reach* nearest = nullptr;
        for (const auto& [net, address] : host.next_hops) {
            const Reach* step = reach_net(router, *net);
            if (step != nullptr && step->through == nullptr &&
                (nearest == nullptr || step->hops < nearest->hops)) {
                nearest = step;
            }
        }
        if (nearest == nullptr) {
            continue;
        }
        RouteEntry entry{host.prefix, {}, nearest->out, {}, host.reason, host.group, host.service};
        if (nearest->hops > 0) {
            entry.gateways.push_back(nearest->gateway);
        } else {
            for (const auto& [net, address] : host.next_hops) {
                if (net == nearest->net) {
                    entry.gateways.push_back(address);
                }
            }
        }
        known.insert(host.prefix);
        (nearest->hops == 0 && host.learned ? table.learned : table.routes).push_back(std::move(entry));
    }
    if (const auto it = policies_.find(&router); it != policies_.end()) {
        table.policy = it->second;
    }
}

std::optional<RouteEntry> Routing::way_back(const Station& server) const {
    for (const Carried* carried : services_.of(server)) {
        if (!carried->is_in_line() || carried->group == nullptr) {
            continue;
        }
        for (const ServerUse& use : carried->servers) {
            if (use.server != &server || use.interface == nullptr || use.interface->net == nullptr) {
                continue;
            }
            if (const auto address = services_.address_on(*carried->group, *use.interface->net)) {
                return RouteEntry{default_route,         {*address},     use.interface,   {},
                                  RouteReason::way_back, carried->group, carried->service};
            }
            const auto it = way_back_router_.find(use.interface->net);
            if (it != way_back_router_.end()) {
                return RouteEntry{default_route,
                                  {it->second->address()->address},
                                  use.interface,
                                  {},
                                  RouteReason::host_default,
                                  nullptr,
                                  nullptr};
            }
        }
    }
    return std::nullopt;
}

const Interface* Routing::best_router(const Station& host) const {
    std::vector<const Interface*> candidates;
    for (const Interface* interface : host.interfaces) {
        if (interface->net == nullptr) {
            continue;
        }
        for (const Interface* other : interface->net->interfaces) {
            if (other->station->kind() == NodeKind::router) {
                candidates.push_back(other);
            }
        }
    }
    if (candidates.size() <= 1) {
        return candidates.empty() ? nullptr : candidates.front();
    }
    // Of several, the one nearest to whom the host talks to: a client to a VIP, a server to clients.
    const std::vector<bool>& goals = host.kind() == NodeKind::client ? vip_nets_ : client_nets_;
    const auto distance = [&](const Interface* router) {
        for (const Reach& step : reach(*router->station)) {
            if (step.through == nullptr && goals[step.net->order]) {
                return step.hops;
            }
        }
        return UINT32_MAX;
    };
    return *std::ranges::min_element(candidates, {}, distance);
}

void Routing::add_host_routes(const Station& host, RoutingTable& table) const {
    const bool has_default = has_route(table, default_route);
    const Station* default_router = nullptr;
    if (has_default) {
        const Interface* out = table.routes.front().interface;
        default_router =
            out == nullptr ? nullptr : owner(*out->domain, table.routes.front().gateways.front());
    } else if (auto back = way_back(host)) {
        default_router = owner(*back->interface->domain, back->gateways.front());
        table.routes.push_back(std::move(*back));
    } else if (const Interface* router = best_router(host)) {
        default_router = router->station;
        table.routes.push_back({default_route,
                                {router->address()->address},
                                interface_in(host, *router->net),
                                {},
                                RouteReason::host_default,
                                nullptr,
                                nullptr});
    } else {
        for (const Interface* interface : host.interfaces) {
            if (interface->net == nullptr || has_route(table, default_route)) {
                continue;
            }
            for (const auto& [index, address] : forwarders_by_net_[interface->net->order]) {
                if (forwarders_[index].addresses.size() > 1 && !has_route(table, default_route)) {
                    table.routes.push_back({default_route,
                                            {address},
                                            interface,
                                            {},
                                            RouteReason::beyond_se,
                                            forwarders_[index].group,
                                            nullptr});
                }
            }
        }
    }
    if (default_router != nullptr && default_router->kind() == NodeKind::router) {
        add_other_uplinks(host, *default_router, table);
    }
}

// A second uplink is used for what the default router does not lead to.
void Routing::add_other_uplinks(const Station& host, const Station& default_router,
                                RoutingTable& table) const {
    std::set<IpPrefix> known;
    for (const Interface* interface : host.interfaces) {
        if (interface->net != nullptr) {
            known.insert(interface->net->prefix);
        }
    }
    if (known.size() < 2) {
        return;
    }
    for (const RouteEntry& entry : table.routes) {
        known.insert(entry.destination);
    }
    for (const Reach& step : reach(default_router)) {
        known.insert(step.net->prefix);
    }
    for (const Interface* interface : host.interfaces) {
        for (const Interface* other :
             interface->net == nullptr ? std::vector<Interface*>{} : interface->net->interfaces) {
            if (other->station->kind() != NodeKind::router || other->station == &default_router) {
                continue;
            }
            for (const Reach& step : reach(*other->station)) {
                if (known.insert(step.net->prefix).second) {
                    table.routes.push_back({step.net->prefix,
                                            {other->address()->address},
                                            interface,
                                            {},
                                            RouteReason::other_uplink,
                                            nullptr,
                                            nullptr});
                }
            }
        }
    }
}

std::vector<const Interface*> Routing::client_side_routers(const Station& se, const Id& vrf) const {
    std::vector<const Interface*> found;
    for (const Interface* own : se.interfaces) {
        if (own->net == nullptr || own->domain->vrf != vrf) {
            continue;
        }
        for (const Interface* other : own->net->interfaces) {
            if (other->station->kind() == NodeKind::router && reaches_clients(*other->station)) {
                found.push_back(other);
            }
        }
    }
    return found;
}

const Interface* Routing::client_side_router(const Station& se, const Id& vrf) const {
    std::vector<const Interface*> candidates = client_side_routers(se, vrf);
    if (candidates.empty()) { // no clients drawn: then the router beside the VIP
        for (const Interface* own : se.interfaces) {
            if (own->net == nullptr || own->domain->vrf != vrf || !vip_nets_[own->net->order]) {
                continue;
            }
            for (const Interface* other : own->net->interfaces) {
                if (other->station->kind() == NodeKind::router) {
                    return other;
                }
            }
        }
        return nullptr;
    }
    const auto rank = [&](const Interface* router) {
        unsigned hops = UINT32_MAX;
        for (const Reach& step : reach(*router->station)) {
            if (step.through == nullptr && client_nets_[step.net->order]) {
                hops = step.hops;
                break;
            }
        }
        return std::pair(!vip_nets_[router->net->order], hops);
    };
    return *std::ranges::min_element(candidates, {}, rank);
}

bool Routing::auto_gateway_suffices(const Station& se, const Id& vrf) const {
    bool has_service = false;
    for (const Carried* carried : services_.of(se)) {
        if (carried->service->vrf == vrf) {
            has_service = true;
            // In line, servers start connections of their own. In DSR the SE itself says nothing to clients
            // but answers to pings and errors, which go back to whoever handed it the packet.
            if (carried->is_in_line() || (!carried->is_dsr() && !se.node->auto_gateway)) {
                return false;
            }
        }
    }
    return has_service;
}

// The gateway by which an SE gets to a server beside it all the same, and by which interface: that of its
// longest static route to the server, else the router on their segment.
std::optional<std::pair<IpAddress, const Interface*>>
Routing::static_way(const Station& se, const RoutingTable& table, const Interface& server) const {
    const Id& vrf = server.domain->vrf;
    const IpAddress& address = server.address()->address;
    const RouteEntry* longest = nullptr;
    for (const RouteEntry& entry : table.routes) {
        if (entry.reason == RouteReason::by_hand && entry.vrf == vrf && entry.destination.contains(address) &&
            (longest == nullptr || entry.destination.length > longest->destination.length)) {
            longest = &entry;
        }
    }
    if (longest != nullptr) {
        return std::pair(longest->gateways.front(), longest->interface);
    }
    if (derives(se)) {
        for (const Interface* other : server.net->interfaces) {
            if (other->station->kind() == NodeKind::router) {
                return std::pair(other->address()->address, interface_in(se, *server.net));
            }
        }
    }
    return std::nullopt;
}

// As routes to single servers: longer than the subnet they share with the SE, and nobody else there is led
// astray. In L2 DSR the frame itself must be the server's.
void Routing::add_preferred_routes(const Station& se, RoutingTable& table) const {
    std::set<const Station*> by_frame;
    for (const Carried* carried : services_.of(se)) {
        for (const ServerUse& use : carried->servers) {
            if (carried->is_l2_dsr()) {
                by_frame.insert(use.server);
            }
        }
    }
    for (const Carried* carried : services_.of(se)) {
        for (const ServerUse& use : carried->servers) {
            const Net* net = use.interface == nullptr ? nullptr : use.interface->net;
            if (net == nullptr || net->domain->vrf != carried->service->vrf ||
                by_frame.contains(use.server) || interface_in(se, *net) == nullptr) {
                continue;
            }
            const IpPrefix host{*use.address, static_cast<std::uint8_t>(use.address->is_v4() ? 32 : 128)};
            const auto way = static_way(se, table, *use.interface);
            if (way && !has_route(table, host, net->domain->vrf)) {
                table.routes.push_back({host,
                                        {way->first},
                                        way->second,
                                        net->domain->vrf,
                                        RouteReason::preferred,
                                        carried->group,
                                        carried->service});
            }
        }
    }
}

void Routing::add_se_routes(const Station& se, RoutingTable& table) const {
    std::set<Id> vrfs;
    for (const Interface* interface : se.interfaces) {
        vrfs.insert(interface->domain->vrf);
    }
    for (const Id& vrf : vrfs) {
        for (const Carried* carried : services_.of(se)) {
            if (carried->service->vrf != vrf) {
                continue;
            }
            for (const ServerUse& use : carried->servers) {
                const Net* net = use.interface == nullptr ? nullptr : use.interface->net;
                const Reach* step = net == nullptr ? nullptr : reach_net(se, *net, vrf);
                if (step != nullptr && step->hops > 0 && !has_route(table, net->prefix, vrf)) {
                    table.routes.push_back({net->prefix,
                                            {step->gateway},
                                            step->out,
                                            vrf,
                                            RouteReason::servers,
                                            carried->group,
                                            carried->service});
                }
            }
        }
        if (has_route(table, default_route, vrf) || auto_gateway_suffices(se, vrf)) {
            continue;
        }
        if (const Interface* router = client_side_router(se, vrf)) {
            table.routes.push_back({default_route,
                                    {router->address()->address},
                                    interface_in(se, *router->net),
                                    vrf,
                                    RouteReason::clients,
                                    nullptr,
                                    nullptr});
        }
    }
}

} // namespace fulcrum::designer
