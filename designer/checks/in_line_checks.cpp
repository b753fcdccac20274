// In-line mode: the SE is a router that rewrites the destination, so every answer must come back to the SE
// that did it (SPEC M2, N11).
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "designer/checks/return_path.h"
#include "designer/checks/rules.h"
#include "designer/plan/addressing.h"
#include "designer/plan/plan.h"

namespace fulcrum::designer {

namespace {

void check_in_line_without_standby(const Inspection& look, Findings& findings) {
    std::set<const Group*> told;
    for (const Carried& carried : look.services.services()) {
        if (carried.is_in_line() && carried.group != nullptr && carried.group->ha != HaMode::active_standby &&
            told.insert(carried.group).second) {
            findings.add(
                {carried.group->id, carried.service->id},
                fmt::format(
                    "{} is in-line and its group {} is {}: servers have one gateway, so only one SE at a "
                    "time can see both directions of a connection",
                    service_text(*carried.service), carried.group->name, name_of(carried.group->ha)),
                "make the group active-standby");
        }
    }
}

void fix_in_line_without_standby(Document& document, const Problem& problem) {
    if (Group* group = document.group(problem.items.front())) {
        group->ha = HaMode::active_standby;
    }
}

void check_in_line_with_snat(const Inspection& look, Findings& findings) {
    for (const Service& service : look.drawn.services) {
        if (service.mode == Mode::in_line && !service.snat_pool.empty()) {
            findings.add(
                {service.id, service.snat_pool},
                fmt::format("{} is in-line and has a SNAT pool: in-line keeps the client's address, SNAT "
                            "replaces it",
                            service_text(service)),
                "remove the SNAT pool from the service, or use full proxy");
        }
    }
}

void clear_snat(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->snat_pool.clear();
    }
}

// Nets where servers of an in-line service sit beside SEs of its group.
std::set<const Net*> nets_beside(const Carried& carried) {
    std::set<const Net*> nets;
    for (const ServerUse& use : carried.servers) {
        const Net* net = use.interface == nullptr ? nullptr : use.interface->net;
        if (net != nullptr && std::ranges::any_of(net->interfaces, [&](const Interface* interface) {
                return std::ranges::find(carried.members, interface->station) != carried.members.end();
            })) {
            nets.insert(net);
        }
    }
    return nets;
}

void check_in_line_without_floating(const Inspection& look, Findings& findings) {
    std::set<std::pair<const Group*, const Net*>> told;
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_in_line() || carried.group == nullptr || carried.members.size() < 2) {
            continue; // a single SE's own address does as well
        }
        std::vector<const Net*> nets;
        for (const Net* net : nets_beside(carried)) {
            nets.push_back(net);
        }
        std::ranges::sort(nets, {}, &Net::order);
        for (const Net* net : nets) {
            if (look.services.floating_on(*carried.group, *net) ||
                !told.insert({carried.group, net}).second) {
                continue;
            }
            const bool has_segment = !net->domain->segments.empty();
            std::vector<Id> items{carried.group->id};
            if (has_segment) {
                items.push_back(net->domain->segments.front()->id);
            }
            findings.add(
                std::move(items),
                fmt::format(
                    "the group {} has no floating address in {}, where servers of {} are: their gateway "
                    "would be {}'s own address, which does not move when it fails",
                    carried.group->name, net->prefix.text(), service_text(*carried.service),
                    carried.active()->name()),
                "add a floating address there", has_segment);
        }
    }
}

void fix_in_line_without_floating(Document& document, const Problem& problem) {
    Group* group = document.group(problem.items.front());
    if (group == nullptr || problem.items.size() < 2) {
        return;
    }
    const Document filled = fill_addresses(document);
    const Network network(filled);
    const Domain* domain = network.domain_of(problem.items[1]);
    const Node* segment = network.node(problem.items[1]);
    if (domain == nullptr || segment == nullptr || domain->nets.empty()) {
        return;
    }
    const Net* net =
        segment->subnet ? network.net_at(domain, segment->subnet->address) : domain->nets.front();
    AddressBook book(network);
    if (const auto address = book.give(*net, AddressUse::floating)) {
        group->floating.push_back({segment->id, *address});
    }
}

void check_client_in_server_segment(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_in_line()) {
            continue;
        }
        std::set<const Net*> server_nets;
        for (const ServerUse& use : carried.servers) {
            if (use.interface != nullptr && use.interface->net != nullptr) {
                server_nets.insert(use.interface->net);
            }
        }
        for (const Station& station : look.network.stations()) {
            if (station.kind() != NodeKind::client) {
                continue;
            }
            for (const Interface* interface : station.interfaces) {
                if (interface->net != nullptr && server_nets.contains(interface->net)) {
                    findings.add(
                        {station.node->id, carried.service->id},
                        fmt::format(
                            "{} is on the segment of the servers of {}: they answer it directly, past "
                            "the SE, from an address it never asked, and it resets the connection",
                            station.name(), service_text(*carried.service)),
                        "move it to another segment, behind a router");
                }
            }
        }
    }
}

bool stands_by(const Station& station, const Carried& carried) {
    return &station != carried.active() &&
           std::ranges::find(carried.members, &station) != carried.members.end();
}

void check_return_bypasses_se(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.is_in_line() || carried.group == nullptr || !carried.service->vip ||
            carried.members.empty()) {
            continue;
        }
        const std::vector<ClientSample> clients = clients_of(look, carried);
        for (const ServerBatch& batch : batches_of(look, carried)) {
            const ServerUse& use = *batch.uses.front();
            for (const ClientSample& sample : clients) {
                if (sample.net == use.interface->net) {
                    continue; // client-in-server-segment
                }
                const Trace back = look.routing.trace(*use.server, sample.address, *use.address);
                if (back.crosses(*carried.group)) {
                    continue;
                }
                std::vector<Id> items = items_of(batch);
                items.push_back(carried.service->id);
                const bool by_hand = std::ranges::any_of(batch.uses, [](const ServerUse* one) {
                    const Node& node = *one->server->node;
                    return node.gateway || !node.routes.empty() || !node.derive_routes;
                });
                findings.add(
                    std::move(items),
                    back.end == Trace::End::delivered
                        ? fmt::format(
                              "answers of {} for {} bypass the SE ({}): {} gets them from an address it "
                              "never asked, and resets the connection",
                              names_of(batch), service_text(*carried.service), path_text(back),
                              sample.client->name())
                        : fmt::format("answers of {} for {} get no farther than {}{}: neither {} nor {} sees "
                                      "them",
                                      names_of(batch), service_text(*carried.service),
                                      back.stations.back()->name(),
                                      stands_by(*back.stations.back(), carried) ? ", which stands by" : "",
                                      carried.active()->name(), sample.client->name()),
                    "make the SE's floating address the servers' gateway, or lead a route back through the "
                    "SE",
                    by_hand);
                break; // one client shows it
            }
        }
    }
}

void fix_return_bypasses_se(Document& document, const Problem& problem) {
    for (const Id& id : problem.items) {
        Node* node = document.node(id);
        if (node != nullptr && node->kind == NodeKind::server) {
            node->gateway.reset(); // derived again: the floating address
            node->routes.clear();
            node->derive_routes = true;
        }
    }
}

void check_server_in_two_modes(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        if (station.kind() != NodeKind::server) {
            continue;
        }
        const Carried* in_line = nullptr;
        const Carried* dsr = nullptr;
        for (const Carried* carried : look.services.of(station)) {
            in_line = carried->is_in_line() ? carried : in_line;
            dsr = carried->is_dsr() ? carried : dsr;
        }
        if (in_line != nullptr && dsr != nullptr) {
            findings.add(
                {station.node->id, in_line->service->id, dsr->service->id},
                fmt::format(
                    "{} serves {}, whose answers must cross the SE, and {}, whose answers must not: it "
                    "has one default gateway",
                    station.name(), service_text(*in_line->service), service_text(*dsr->service)),
                "take it out of one of the pools, or give both services the same mode");
        }
    }
}

constexpr std::array table{
    Rule{"in-line-without-standby", Severity::error, check_in_line_without_standby,
         fix_in_line_without_standby},
    Rule{"in-line-with-snat", Severity::error, check_in_line_with_snat, clear_snat},
    Rule{"in-line-without-floating-address", Severity::warning, check_in_line_without_floating,
         fix_in_line_without_floating},
    Rule{"in-line-return-bypasses-se", Severity::error, check_return_bypasses_se, fix_return_bypasses_se},
    Rule{"client-in-server-segment", Severity::warning, check_client_in_server_segment},
    Rule{"server-in-two-modes", Severity::error, check_server_in_two_modes},
};

} // namespace

std::span<const Rule> in_line_rules() {
    return table;
}

} // namespace fulcrum::designer
