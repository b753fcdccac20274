// Direct server return: the SE touches nothing but MAC addresses (or adds a tunnel), the server answers the
// client itself (SPEC M3, M4).
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "designer/checks/return_path.h"
#include "designer/checks/rules.h"

namespace fulcrum::designer {

namespace {

void check_dsr_server_off_segment(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_l2_dsr() || carried.active() == nullptr) {
            continue;
        }
        std::set<const Station*> told;
        for (const Station* member : carried.members) {
            std::set<const Net*> nets;
            for (const Interface* interface : member->interfaces) {
                if (interface->net != nullptr && interface->domain->vrf == carried.service->vrf) {
                    nets.insert(interface->net);
                }
            }
            for (const ServerUse& use : carried.servers) {
                const bool is_beside = use.interface != nullptr && nets.contains(use.interface->net);
                if (is_beside || !told.insert(use.server).second) {
                    continue;
                }
                findings.add(
                    {use.server->node->id, carried.service->id, member->node->id},
                    fmt::format(
                        "{} is on no segment of {}: L2 DSR changes only the MAC address, and a router "
                        "between them would send the frame back to {}",
                        use.server->name(), member->name(), service_text(*carried.service)),
                    "link the server to a segment of the SE, or use L3 DSR");
            }
        }
    }
}

// By hand, through an SE: its own, floating or virtual addresses.
const Station* se_gateway(const Inspection& look, const Station& server, const IpAddress& gateway) {
    for (const Interface* interface : server.interfaces) {
        const Station* owner = look.routing.owner(*interface->domain, gateway);
        if (owner != nullptr && owner->kind() == NodeKind::se) {
            return owner;
        }
    }
    return nullptr;
}

// Some client's, of a service whose answers go past the SE.
bool carries_answers(const Inspection& look, const Station& server, const Route& route) {
    for (const Carried* carried : look.services.of(server)) {
        if (!carried->is_dsr() || !carried->service->vip) {
            continue;
        }
        for (const ClientSample& client : clients_of(look, *carried)) {
            const Trace back = look.routing.trace(server, client.address, *carried->service->vip);
            if (!back.used.empty() && back.used.front()->destination == route.destination) {
                return true;
            }
        }
    }
    return false;
}

void check_dsr_gateway_is_se(const Inspection& look, Findings& findings) {
    for (const Station& server : look.network.stations()) {
        if (server.kind() != NodeKind::server) {
            continue;
        }
        const auto& used = look.services.of(server);
        const auto dsr = std::ranges::find_if(used, [](const Carried* carried) { return carried->is_dsr(); });
        if (dsr == used.end()) {
            continue;
        }
        std::vector<IpAddress> gateways;
        if (server.node->gateway) {
            gateways.push_back(*server.node->gateway);
        }
        for (const Route& route : server.node->routes) {
            if (carries_answers(look, server, route)) {
                gateways.push_back(route.gateway);
            }
        }
        for (const IpAddress& gateway : gateways) {
            if (const Station* se = se_gateway(look, server, gateway)) {
                findings.add(
                    {server.node->id, (*dsr)->service->id, se->node->id},
                    fmt::format(
                        "{} sends its answers for {} to {} ({}): in DSR the SE never sees answers and "
                        "drops them",
                        server.name(), service_text(*(*dsr)->service), se->name(), gateway.text()),
                    "make the router its gateway");
                break;
            }
        }
    }
}

void fix_dsr_gateway_is_se(Document& document, const Problem& problem) {
    Node* node = document.node(problem.items.front());
    if (node == nullptr) {
        return;
    }
    const Document copy = document;
    const Inspection look(copy);
    const Station* server = look.network.station(node->id);
    if (server == nullptr) {
        return;
    }
    if (node->gateway && se_gateway(look, *server, *node->gateway) != nullptr) {
        node->gateway.reset();
        node->derive_routes = true;
    }
    std::erase_if(node->routes,
                  [&](const Route& route) { return se_gateway(look, *server, route.gateway) != nullptr; });
}

void check_dsr_server_answers_arp(const Inspection& look, Findings& findings) {
    for (const Station& server : look.network.stations()) {
        if (server.kind() != NodeKind::server || !server.node->arp_for_loopback) {
            continue;
        }
        for (const Carried* carried : look.services.of(server)) {
            if (carried->is_dsr()) {
                findings.add(
                    {server.node->id, carried->service->id},
                    fmt::format(
                        "{} answers ARP for {} on its loopback: requests go to it or to the SE, whoever "
                        "answers first",
                        server.name(), service_text(*carried->service)),
                    "let it keep silent about addresses of its loopback (arp_ignore)");
                break;
            }
        }
    }
}

void fix_dsr_server_answers_arp(Document& document, const Problem& problem) {
    if (Node* node = document.node(problem.items.front())) {
        node->arp_for_loopback = false;
    }
}

void check_dsr_port_translation(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_dsr()) {
            continue;
        }
        const Service& service = *carried.service;
        const auto translated = std::ranges::find_if(service.ports, [](const PortRule& rule) {
            return rule.server_port != 0 && rule.server_port != rule.port;
        });
        if (translated != service.ports.end()) {
            findings.add(
                {service.id},
                fmt::format(
                    "{} translates port {} to {}: in DSR the server gets the packet as the client sent "
                    "it",
                    service_text(service), translated->port, translated->server_port),
                "remove the translation, or use full proxy or in-line");
        }
        for (const ServerUse& use : carried.servers) {
            const bool is_served =
                use.member->port == 0 || std::ranges::any_of(service.ports, [&](const PortRule& rule) {
                    return rule.port == use.member->port;
                });
            if (!is_served) {
                findings.add(
                    {service.id, use.pool->id, use.server->node->id},
                    fmt::format(
                        "{} is asked on port {} in the pool {}, but in DSR it gets the port the client "
                        "asked {} for",
                        use.server->name(), use.member->port, use.pool->name, service_text(service)),
                    "remove the port from the pool member");
            }
        }
    }
}

void fix_dsr_port_translation(Document& document, const Problem& problem) {
    Service* service = document.service(problem.items.front());
    if (service == nullptr) {
        return;
    }
    if (problem.items.size() == 1) {
        for (PortRule& rule : service->ports) {
            rule.server_port = 0;
        }
        return;
    }
    if (Pool* pool = document.pool(problem.items[1])) {
        for (PoolMember& member : pool->members) {
            if (member.server == problem.items[2]) {
                member.port = 0;
            }
        }
    }
}

void check_dsr_with_snat(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.is_dsr() && !carried.service->snat_pool.empty()) {
            findings.add(
                {carried.service->id, carried.service->snat_pool},
                fmt::format(
                    "{} has a SNAT pool, but in DSR the client's address stays: the server answers it",
                    service_text(*carried.service)),
                "remove the SNAT pool from the service, or use full proxy");
        }
    }
}

void fix_dsr_with_snat(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->snat_pool.clear();
    }
}

void check_dsr_server_cannot_answer(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_dsr() || !carried.service->vip || carried.members.empty()) {
            continue;
        }
        const std::vector<ClientSample> clients = clients_of(look, carried);
        for (const ServerBatch& batch : batches_of(look, carried)) {
            const ServerUse& use = *batch.uses.front();
            for (const ClientSample& sample : clients) {
                const Trace back = look.routing.trace(*use.server, sample.address, *carried.service->vip);
                const bool through_se = back.stations.size() > 1 && back.stations[1]->kind() == NodeKind::se;
                if (back.end == Trace::End::delivered || through_se) {
                    continue; // through an SE: dsr-gateway-is-se says it
                }
                std::vector<Id> items = items_of(batch);
                items.push_back(carried.service->id);
                findings.add(std::move(items),
                             fmt::format("{} cannot answer {} for {}: {} has no way there", names_of(batch),
                                         sample.client->name(), service_text(*carried.service),
                                         back.stations.back()->name()),
                             "put a router that leads to the clients on the servers' segment");
                break;
            }
        }
    }
}

// L3 DSR puts an outer header around each packet: 20 bytes of IPv4 (RFC 2003), and 4 of GRE (RFC 2784).
constexpr std::uint32_t ipip_bytes = 20;
constexpr std::uint32_t gre_bytes = 24;
// Linux takes no path MTU below this (net.ipv4.route.min_pmtu): a client goes on with packets of this size,
// and lets routers cut them.
constexpr std::uint32_t least_path_mtu_bytes = 552;

void check_mtu_for_tunnel(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_l3_dsr() || carried.active() == nullptr || !carried.service->vip) {
            continue;
        }
        std::uint32_t request_bytes = 0;
        for (const ClientSample& client : clients_of(look, carried)) {
            const Trace there = look.routing.trace(*client.client, *carried.service->vip, client.address);
            const Link& narrowest = there.narrowest != nullptr ? *there.narrowest : *there.out->link;
            request_bytes = std::max(request_bytes, narrowest.mtu_bytes);
        }
        const std::uint32_t header = carried.service->mode == Mode::l3_dsr_gre ? gre_bytes : ipip_bytes;
        for (const ServerBatch& batch : batches_of(look, carried)) {
            const ServerUse& use = *batch.uses.front();
            const Trace there = look.routing.trace(*carried.active(), *use.address, {},
                                                   {nullptr, &carried.service->vrf, nullptr});
            if (there.out == nullptr) {
                continue; // server-unreachable
            }
            const Link& narrowest = there.narrowest != nullptr ? *there.narrowest : *there.out->link;
            const std::uint32_t room = narrowest.mtu_bytes > header ? narrowest.mtu_bytes - header : 0;
            if (room >= request_bytes) {
                continue;
            }
            std::vector<Id> items{carried.service->id, narrowest.id};
            const std::string where = fmt::format("the tunnel of {} to {} has room for packets of {} bytes",
                                                  service_text(*carried.service), names_of(batch), room);
            const std::string fix =
                fmt::format("give the links between them an MTU of {} bytes or more", request_bytes + header);
            findings.add(
                std::move(items),
                room < least_path_mtu_bytes
                    ? fmt::format("{}, fewer than a client agrees to ({}): all larger ones travel in "
                                  "fragments, which servers put together",
                                  where, least_path_mtu_bytes)
                    : fmt::format("{}, and clients send up to {}: larger ones are answered with ICMP "
                                  "\"fragmentation needed\", and sent again smaller",
                                  where, request_bytes),
                fix);
        }
    }
}

constexpr std::array table{
    Rule{"dsr-server-off-segment", Severity::error, check_dsr_server_off_segment},
    Rule{"dsr-gateway-is-se", Severity::error, check_dsr_gateway_is_se, fix_dsr_gateway_is_se},
    Rule{"dsr-server-answers-arp", Severity::warning, check_dsr_server_answers_arp,
         fix_dsr_server_answers_arp},
    Rule{"dsr-port-translation", Severity::error, check_dsr_port_translation, fix_dsr_port_translation},
    Rule{"dsr-with-snat", Severity::error, check_dsr_with_snat, fix_dsr_with_snat},
    Rule{"mtu-too-small-for-tunnel", Severity::note, check_mtu_for_tunnel},
    Rule{"dsr-server-cannot-answer", Severity::error, check_dsr_server_cannot_answer},
};

} // namespace

std::span<const Rule> dsr_rules() {
    return table;
}

} // namespace fulcrum::designer
