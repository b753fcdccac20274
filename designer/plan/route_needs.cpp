#include "designer/plan/route_needs.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "designer/plan/legs.h"

namespace fulcrum::designer {

namespace {

const IpPrefix everything{};

std::string joined(const std::vector<IpAddress>& addresses) {
    std::string text;
    for (const IpAddress& address : addresses) {
        text += (text.empty() ? "" : ", ") + address.text();
    }
    return text;
}

// "se1", or "se1 or se2" for a group whose members answer together.
std::string names_of(const Network& network, const Group& group) {
    std::string text;
    for (const Id& id : group.members) {
        if (const Station* member = network.station(id)) {
            text += (text.empty() ? "" : " or ") + member->name();
            if (group.ha == HaMode::active_standby) {
                break;
            }
        }
    }
    return text.empty() ? group.name : text;
}

class NeedsTable {
public:
    NeedsTable(const Network& network, const ServiceMap& services, const Routing& routing)
        : network_(network), services_(services), routing_(routing) {
        for (const Station& station : network.stations()) {
            if (station.kind() != NodeKind::se) {
                continue;
            }
            for (const Interface* interface : station.interfaces) {
                for (const Interface* router : routing.client_side_routers(station, interface->domain->vrf)) {
                    client_side_.insert(router->station);
                }
            }
        }
        find_breaks();
    }

    std::vector<RouteNeed> run() {
        for (const Station& station : network_.stations()) {
            switch (station.kind()) {
            case NodeKind::client:
                add_host(station, "client");
                break;
            case NodeKind::server:
                add_host(station, "server");
                break;
            case NodeKind::router:
                add_router(station);
                break;
            case NodeKind::se:
                add_se(station);
                break;
            case NodeKind::segment:
                break;
            }
        }
        return std::move(needs_);
    }

private:
    // What stops when a route, or an SE's auto gateway, is not there. A leg that a service cannot do without
    // tells more than one that it can.
    struct Break {
        std::string text;
        bool is_vital = false;
        unsigned tried = 0; // legs followed without it
    };
    static constexpr unsigned most_tries = 8; // other ways were found for so many: it will be so for the rest

    void find_breaks() {
        for (const Leg& leg : legs_of(network_, services_, routing_)) {
            const Trace works = follow(routing_, leg);
            for (const RouteEntry* entry : works.used) {
                Break& known = breaks_[entry];
                if (known.is_vital || known.tried == most_tries || (!known.text.empty() && !leg.is_vital())) {
                    continue;
                }
                ++known.tried;
                note_break(leg, works, follow(routing_, leg, entry), known);
            }
            Break& known = auto_gateway_breaks_[{leg.from, leg.carried->service->vrf}];
            if (leg.handed_to != nullptr && leg.kind != LegKind::ping_answer && known.text.empty()) {
                Leg routed = leg;
                routed.handed_to = nullptr;
                note_break(routed, works, follow(routing_, routed), known);
            }
        }
    }
    static void note_break(const Leg& leg, const Trace& works, const Trace& without, Break& known) {
        if (!is_carried(leg, without)) {
            known.text = break_text(leg, works, without);
            known.is_vital = leg.is_vital();
        }
    }

    // Told only where there are zones to confuse.
    std::string vrf_text(const Id& vrf) const {
        return vrf.empty() ? std::string() : std::string(network_.vrf_name(vrf));
    }
    RouteNeed& add(const Station& station, const std::string& role, const IpPrefix& destination,
                   std::string via, const Interface* interface, std::string why) {
        RouteNeed need;
        need.node = station.node->id;
        need.node_name = station.name();
        need.role = role;
        need.destination = destination;
        need.via = std::move(via);
        need.interface = interface == nullptr ? std::string() : interface->name;
        need.why = std::move(why);
        needs_.push_back(std::move(need));
        return needs_.back();
    }
    RouteNeed& add_entry(const Station& station, const std::string& role, const RouteEntry& entry) {
        RouteNeed& need = add(station, role, entry.destination, joined(entry.gateways), entry.interface,
                              why(station, entry));
        need.vrf = station.kind() == NodeKind::se ? vrf_text(entry.vrf) : std::string();
        need.derived = entry.reason != RouteReason::by_hand;
        if (const auto it = breaks_.find(&entry); it != breaks_.end()) {
            need.without = it->second.text;
        }
        return need;
    }

    std::string why(const Station& station, const RouteEntry& entry) const {
        const std::string through = entry.group == nullptr ? std::string() : names_of(network_, *entry.group);
        const std::string service = entry.service == nullptr ? std::string() : service_text(*entry.service);
        switch (entry.reason) {
        case RouteReason::by_hand:
            return "fixed in the drawing";
        case RouteReason::host_default:
            return station.kind() == NodeKind::server ? why_server_default(station) : "reaches the VIPs";
        case RouteReason::way_back:
            return fmt::format(
                "answers must cross {}, which turns their source back into {}; by any other way they "
                "reach the client from an address it never asked, and it resets them",
                through, service);
        case RouteReason::way_back_policy:
            return fmt::format(
                "for what comes from the servers of {} only: their answers must cross {}, or the client "
                "resets them",
                service, through);
        case RouteReason::beyond_se:
            return fmt::format(
                "reaches what lies behind {}, which routes; requests to a VIP beside it need no route",
                through);
        case RouteReason::other_uplink:
            return "reaches a subnet that its default router does not lead to";
        case RouteReason::clients:
            return why_client_route(station, entry);
        case RouteReason::servers:
            return fmt::format("reaches servers of {} in a subnet {} is not in", service, station.name());
        case RouteReason::preferred:
            return fmt::format(
                "{} prefers static routes: it asks this server of {} through the gateway, though "
                "both are on one segment",
                station.name(), service);
        case RouteReason::subnet:
            return "shortest way to this subnet";
        case RouteReason::behind_se:
            return fmt::format("this subnet lies behind {}, which routes for it", through);
        case RouteReason::vip:
            return fmt::format("{} lies in no segment", service);
        case RouteReason::snat:
            return fmt::format("SNAT addresses of {} lie in no segment: servers' answers to them", service);
        }
        return {};
    }

    std::string why_server_default(const Station& server) const {
        const Carried* dsr = nullptr;
        const Carried* in_line = nullptr;
        const Carried* proxy_far = nullptr;
        for (const Carried* carried : services_.of(server)) {
            if (carried->is_dsr()) {
                dsr = carried;
            } else if (carried->is_in_line()) {
                in_line = carried;
            } else if (!is_beside(*carried, server)) {
                proxy_far = carried;
            }
        }
        if (in_line != nullptr) {
            return fmt::format("the router on it leads answers of {} back through the SE",
                               service_text(*in_line->service));
        }
        if (dsr != nullptr) {
            return fmt::format(
                "answers of {} go straight to the client: the gateway is the router, never the SE, which "
                "drops what it did not ask for",
                service_text(*dsr->service));
        }
        if (proxy_far != nullptr) {
            return fmt::format("the way back to the SE of {}", service_text(*proxy_far->service));
        }
        return services_.of(server).empty()
                   ? "reaches other subnets"
                   : "for what it starts itself; answers go to the SE beside it and need no route";
    }

    std::string why_client_route(const Station& se, const RouteEntry& entry) const {
        const bool in_line = std::ranges::any_of(services_.of(se), [&](const Carried* carried) {
            return carried->service->vrf == entry.vrf && carried->is_in_line();
        });
        return in_line ? "answers to clients, and what servers start themselves, which auto gateway does not "
                         "cover"
                       : "answers to clients";
    }

    // An SE of the service is in the server's subnet.
    static bool is_beside(const Carried& carried, const Station& server) {
        return std::ranges::any_of(carried.servers, [&](const ServerUse& use) {
            return use.server == &server && use.interface != nullptr &&
                   std::ranges::any_of(use.interface->domain->interfaces, [&](const Interface* other) {
                       return std::ranges::find(carried.members, other->station) != carried.members.end();
                   });
        });
    }

    void add_host(const Station& host, const std::string& role) {
        const RoutingTable& table = routing_.table(host);
        for (const RouteEntry& entry : table.routes) {
            add_entry(host, role, entry);
        }
        if (!table.routes.empty()) {
            return;
        }
        if (host.kind() == NodeKind::client) {
            add(host, role, everything, "none", nullptr,
                "reaches only what is on its own segment: no router is there");
        } else if (!services_.of(host).empty()) {
            const bool beside = std::ranges::all_of(services_.of(host), [&](const Carried* carried) {
                return !carried->is_in_line() && !carried->is_dsr() && is_beside(*carried, host);
            });
            add(host, role, everything, "none", nullptr,
                beside ? "answers go to the SE beside it"
                       : "no router and no SE is on its segment: answers reach only this segment");
        }
    }

    void add_router(const Station& router) {
        const std::string role = client_side_.contains(&router) ? "client-side router" : "router";
        const RoutingTable& table = routing_.table(router);
        std::set<IpAddress> vips;
        for (const Carried& carried : services_.services()) {
            const Service& service = *carried.service;
            if (!service.vip || carried.group == nullptr) {
                continue;
            }
            for (const Interface* interface : router.interfaces) {
                if (interface->net == nullptr) {
                    continue;
                }
                const IpPrefix host{*service.vip, static_cast<std::uint8_t>(service.vip->is_v4() ? 32 : 128)};
                const bool beside_member =
                    std::ranges::any_of(interface->net->interfaces, [&](const Interface* other) {
                        return std::ranges::find(carried.members, other->station) != carried.members.end();
                    });
                if (interface->net == carried.vip_net && vips.insert(*service.vip).second) {
                    add(router, role, host, "connected", interface,
                        fmt::format("{} lies in a connected subnet: {} answers ARP for it", service.name,
                                    carried.active()->name()));
                } else if (carried.vip_net == nullptr && service.attachment == Attachment::bgp &&
                           beside_member && vips.insert(*service.vip).second) {
                    add(router, role, host, "BGP", interface,
                        fmt::format("{} announces {}; one next hop per SE",
                                    names_of(network_, *carried.group), service.name));
                }
            }
        }
        add_ways_back(router, role);
        for (const RouteEntry& entry : table.routes) {
            add_entry(router, role, entry);
        }
        for (const PolicyEntry& policy : table.policy) {
            for (const RouteEntry& entry : policy.routes) {
                if (!entry.gateways.empty()) {
                    add_entry(router, role, entry).from = policy.from;
                }
            }
        }
    }

    // Servers behind this router answer full-proxy SEs in a subnet that is connected to it: no route is
    // needed there.
    void add_ways_back(const Station& router, const std::string& role) {
        std::set<const Net*> told;
        for (const Carried& carried : services_.services()) {
            if (carried.service->mode != Mode::full_proxy) {
                continue;
            }
            const bool leads_to_servers = std::ranges::any_of(carried.servers, [&](const ServerUse& use) {
                return use.interface != nullptr && use.interface->net != nullptr &&
                       is_in(router, *use.interface->net) && !is_beside(carried, *use.server);
            });
            for (const Station* member : carried.members) {
                for (const Interface* interface : member->interfaces) {
                    if (leads_to_servers && interface->net != nullptr && is_in(router, *interface->net) &&
                        told.insert(interface->net).second) {
                        add(router, role, interface->net->prefix, "connected",
                            interface_in(router, *interface->net),
                            fmt::format("the way back from servers of {} to its SEs",
                                        service_text(*carried.service)));
                    }
                }
            }
        }
    }

    static bool is_in(const Station& station, const Net& net) {
        return interface_in(station, net) != nullptr;
    }

    void add_se(const Station& se) {
        const std::string role = services_.is_active(se) ? "SE" : "SE (stands by)";
        const RoutingTable& table = routing_.table(se);
        std::set<std::pair<Id, IpPrefix>> nets;
        std::set<Id> vrfs;
        for (const Carried* carried : services_.of(se)) {
            vrfs.insert(carried->service->vrf);
            for (const ServerUse& use : carried->servers) {
                const Net* net = use.interface == nullptr ? nullptr : use.interface->net;
                if (net == nullptr) {
                    continue;
                }
                const Reach* reach = routing_.reach_net(se, *net, carried->service->vrf);
                const bool is_routed = std::ranges::any_of(table.routes, [&](const RouteEntry& entry) {
                    return entry.reason == RouteReason::preferred && entry.vrf == net->domain->vrf &&
                           entry.destination.contains(*use.address);
                });
                if (reach != nullptr && reach->hops == 0 && !is_routed &&
                    nets.insert({net->domain->vrf, net->prefix}).second) {
                    add(se, role, net->prefix, "connected", reach->out,
                        fmt::format("servers of {} are on its own segment", service_text(*carried->service)))
                        .vrf = vrf_text(net->domain->vrf);
                }
            }
        }
        const auto& carries = services_.of(se);
        const bool only_dsr = !carries.empty() && std::ranges::all_of(carries, [](const Carried* carried) {
            return carried->is_dsr();
        });
        for (const Id& vrf : vrfs) {
            if (only_dsr) {
                add(se, role, everything, "none", nullptr,
                    "requests need no route back: servers answer the clients themselves")
                    .vrf = vrf_text(vrf);
            } else if (routing_.auto_gateway_suffices(se, vrf)) {
                RouteNeed& need = add(se, role, everything, "auto gateway", nullptr,
                                      "answers to clients go back to the router each request came from");
                need.vrf = vrf_text(vrf);
                need.without = auto_gateway_breaks_[{&se, vrf}].text;
            }
        }
        for (const RouteEntry& entry : table.routes) {
            add_entry(se, role, entry);
        }
    }

    const Network& network_;
    const ServiceMap& services_;
    const Routing& routing_;
    std::unordered_set<const Station*> client_side_;
    std::unordered_map<const RouteEntry*, Break> breaks_;
    std::map<std::pair<const Station*, Id>, Break> auto_gateway_breaks_; // by SE and VRF
    std::vector<RouteNeed> needs_;
};

} // namespace

std::vector<RouteNeed> route_needs(const Network& network, const ServiceMap& services,
                                   const Routing& routing) {
    return NeedsTable(network, services, routing).run();
}

} // namespace fulcrum::designer
