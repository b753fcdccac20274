// Routes that somebody fixed by hand, against those that the planner would derive: which packets of a service
// they stop, and at which hop (SPEC section 3); and answers that no route of the drawing can bring back.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "designer/checks/return_path.h"
#include "designer/checks/rules.h"
#include "designer/plan/capacity.h"

namespace fulcrum::designer {

namespace {

bool is_edited(const Node& node) {
    return node.gateway || !node.routes.empty() || !node.derive_routes;
}

// Who is to blame for a leg that broke at `where`: that node, when its routes were edited; else an edited one
// that the leg would have crossed.
const Station& to_blame(const Trace& works, const Station& where) {
    if (is_edited(*where.node)) {
        return where;
    }
    const auto edited = std::ranges::find_if(
        works.stations, [](const Station* station) { return is_edited(*station->node); });
    return edited == works.stations.end() ? where : **edited;
}

// Legs that the derived routes carry and the edited ones do not: one finding for each node to blame and zone.
void find_broken_legs(const Inspection& look, Findings& findings, bool vital) {
    const bool any_edited = std::ranges::any_of(
        look.network.stations(), [](const Station& station) { return is_edited(*station.node); });
    if (!any_edited) {
        return;
    }
    const Routing derived(look.network, look.services, Routing::ByHand::ignored);
    struct Broken {
        std::string first;
        const Service* service = nullptr;
        const Station* blamed = nullptr;
        const Station* where = nullptr;
        std::size_t count = 0;
    };
    std::map<std::pair<std::size_t, Id>, Broken> by_node; // by order of the node to blame, and VRF
    for (const Leg& leg : legs_of(look.network, look.services, derived)) {
        if (leg.is_vital() != vital) {
            continue;
        }
        const Trace drawn = follow(look.routing, leg);
        if (is_carried(leg, drawn)) {
            continue;
        }
        const Trace works = follow(derived, leg);
        const Station& where = first_break(works, drawn);
        const Station& node = to_blame(works, where);
        Broken& broken = by_node[{node.order, leg.carried->service->vrf}];
        if (broken.count++ == 0) {
            broken.first = break_text(leg, works, drawn);
            broken.service = leg.carried->service;
            broken.blamed = &node;
            broken.where = &where;
        }
    }
    for (const auto& [key, broken] : by_node) {
        const Station& node = *broken.blamed;
        std::vector<Id> items{node.node->id, broken.service->id};
        if (broken.where != &node) {
            items.push_back(broken.where->node->id);
        }
        std::string why = broken.first;
        if (broken.count > 1) {
            why += fmt::format(", and {} more", broken.count - 1);
        }
        findings.add(std::move(items), fmt::format("by the routes of {} fixed by hand, {}", node.name(), why),
                     fmt::format("let the routes of {} be derived", node.name()), is_edited(*node.node));
    }
}

void check_edited_routes(const Inspection& look, Findings& findings) {
    find_broken_legs(look, findings, true);
}

void check_edited_routes_outbound(const Inspection& look, Findings& findings) {
    find_broken_legs(look, findings, false);
}

void derive_routes(Document& document, const Problem& problem) {
    if (Node* node = document.node(problem.items.front())) {
        node->gateway.reset();
        node->routes.clear();
        node->derive_routes = true;
    }
}

// The SNAT pool's segment, when the SE is not on it.
const Domain* snat_off_segment(const Inspection& look, const Carried& carried) {
    const AddressPool* snat = look.network.address_pool(carried.service->snat_pool);
    const Domain* domain = snat == nullptr ? nullptr : look.network.domain_of(snat->segment);
    const bool is_on = domain == nullptr || carried.active() == nullptr ||
                       std::ranges::find(domain->interfaces, carried.active(), &Interface::station) !=
                           domain->interfaces.end();
    return is_on ? nullptr : domain;
}

void check_snat_off_segment(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        const Domain* domain = snat_off_segment(look, carried);
        if (domain != nullptr && carried.service->mode == Mode::full_proxy) {
            const AddressPool& snat = *look.network.address_pool(carried.service->snat_pool);
            findings.add({carried.service->id, snat.id, carried.active()->node->id},
                         fmt::format("the SNAT pool {} of {} is on {}, and {} is not: nobody there answers "
                                     "ARP for {}, and answers of servers are lost",
                                     snat.name, service_text(*carried.service),
                                     look.network.describe(*domain), carried.active()->name(),
                                     snat.first.text()),
                         "choose a range on a segment of the SE, or one outside every segment, which is "
                         "routed to it");
        }
    }
}

// Preferring static routes has no effect on a server that none leads to; one finding for each SE and subnet.
void check_nothing_to_prefer(const Inspection& look, Findings& findings) {
    for (const Station& se : look.network.stations()) {
        if (se.kind() != NodeKind::se || !se.node->prefer_static_routes) {
            continue;
        }
        std::set<const Net*> told;
        for (const Carried* carried : look.services.of(se)) {
            for (const ServerUse& use : carried->servers) {
                if (use.interface == nullptr || use.interface->net == nullptr || carried->is_l2_dsr()) {
                    continue;
                }
                const Trace there =
                    look.routing.trace(se, *use.address, {}, {nullptr, &carried->service->vrf, nullptr});
                if (there.used.empty() && there.end == Trace::End::delivered &&
                    told.insert(use.interface->net).second) {
                    findings.add({se.node->id, use.server->node->id},
                                 fmt::format("{} prefers static routes, and none leads to {} on its own "
                                             "segment, where no router is: it asks it directly",
                                             se.name(), use.server->name()),
                                 "give it a route there by hand, or link a router to the segment");
                }
            }
        }
    }
}

// Full proxy: the server answers the SE, and must know a way to it.
void check_answer_to_se(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.service->mode != Mode::full_proxy) {
            continue;
        }
        const AddressPool* snat = look.network.address_pool(carried.service->snat_pool);
        if (snat_off_segment(look, carried)) {
            continue; // snat-pool-off-segment
        }
        for (const ServerBatch& batch : batches_of(look, carried)) {
            const ServerUse& use = *batch.uses.front();
            for (const Station* member : carried.members) {
                const Id* vrf = &carried.service->vrf;
                const Trace there = look.routing.trace(*member, *use.address, {}, {nullptr, vrf, nullptr});
                if (there.end != Trace::End::delivered || there.out->net == nullptr) {
                    continue; // server-unreachable
                }
                const bool uses_snat = snat != nullptr && member == carried.active();
                Leg leg{LegKind::answer_to_se, &carried, use.server, member, *use.address, {}, nullptr};
                Trace back;
                bool all_carried = true;
                for (const IpAddress& source : uses_snat ? first_addresses(*snat, followed_snat_addresses)
                                                         : std::vector{there.out->address()->address}) {
                    leg.destination = source;
                    back = follow(look.routing, leg);
                    all_carried = is_carried(leg, back);
                    if (!all_carried) {
                        break;
                    }
                }
                if (all_carried) {
                    continue;
                }
                std::vector<Id> items = items_of(batch);
                items.push_back(carried.service->id);
                items.push_back(back.stations.back()->node->id);
                findings.add(
                    std::move(items),
                    fmt::format("answers of {} to {} ({}) for {} stop at {}, which {}: the connections "
                                "of the SE to them time out",
                                names_of(batch), member->name(), leg.destination.text(),
                                service_text(*carried.service), back.stations.back()->name(),
                                stopped_by(back.end)),
                    "link the servers to a router that leads to a segment of the SE");
                break; // one SE shows it
            }
        }
    }
}

// The SE has a request, and no way to answer the client.
void check_answer_to_client(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.is_dsr() || carried.active() == nullptr || !carried.service->vip ||
            carried.active()->node->auto_gateway) { // answers go where the request came from
            continue;
        }
        for (const ClientSample& sample : clients_of(look, carried)) {
            const Leg leg{LegKind::se_answer,    &carried,       carried.active(), sample.client,
                          *carried.service->vip, sample.address, nullptr};
            const Trace back = follow(look.routing, leg);
            if (is_carried(leg, back)) {
                continue;
            }
            findings.add({carried.active()->node->id, carried.service->id, sample.client->node->id},
                         fmt::format("{} stop at {}, which {}", leg.text(), back.stations.back()->name(),
                                     stopped_by(back.end)),
                         "switch auto gateway on, or give the SE a route to the clients", true);
            break; // one client shows it
        }
    }
}

void switch_auto_gateway_on(Document& document, const Problem& problem) {
    if (Node* node = document.node(problem.items.front())) {
        node->auto_gateway = true;
    }
}

constexpr std::array table{
    Rule{"edited-routes-break-service", Severity::error, check_edited_routes, derive_routes},
    Rule{"edited-routes-break-outbound", Severity::warning, check_edited_routes_outbound, derive_routes},
    Rule{"nothing-to-prefer", Severity::note, check_nothing_to_prefer},
    Rule{"snat-pool-off-segment", Severity::error, check_snat_off_segment},
    Rule{"answer-does-not-reach-se", Severity::error, check_answer_to_se},
    Rule{"answer-does-not-reach-client", Severity::error, check_answer_to_client, switch_auto_gateway_on},
};

} // namespace

std::span<const Rule> route_rules() {
    return table;
}

} // namespace fulcrum::designer
