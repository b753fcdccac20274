// make_plan: the passes of the compiler, in order.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "designer/checks/checks.h"
#include "designer/document/file.h"
#include "designer/plan/address_demand.h"
#include "designer/plan/capacity.h"
#include "designer/plan/engine_config.h"
#include "designer/plan/host_name.h"
#include "designer/plan/link_plan.h"
#include "designer/plan/node_plan.h"
#include "designer/plan/plan.h"
#include "designer/plan/route_needs.h"

namespace fulcrum::designer {

namespace {

netns::EndPlan end_plan(const Interface& interface) {
    return {interface.station->name(), interface.name};
}

void connect(const Network& network, netns::LabPlan& lab) {
    std::unordered_map<const Node*, std::size_t> number;
    for (const Node& node : network.document().nodes) {
        if (node.kind == NodeKind::segment) {
            number.emplace(&node, lab.segments.size());
            lab.segments.push_back({node.name, {}, {}});
        }
    }
    for (const Domain& domain : network.domains()) {
        if (domain.segments.empty()) {
            lab.wires.push_back({end_plan(*domain.interfaces.front()), end_plan(*domain.interfaces.back())});
            continue;
        }
        for (const Interface* interface : domain.interfaces) {
            lab.segments[number.at(interface->segment)].ports.push_back(end_plan(*interface));
        }
        for (const Link* link : domain.links) {
            const Node* a = network.node(link->a.node);
            const Node* b = network.node(link->b.node);
            lab.segments[number.at(a)].trunks.push_back(b->name);
        }
    }
}

void connect_tunnel_ends(const Network& network, const ServiceMap& services, netns::LabPlan& lab) {
    for (const Station& station : network.stations()) {
        if (ends_tunnels(services, station)) {
            lab.wires.push_back(
                {{station.name(), std::string(tunnel_in)}, {station.name(), std::string(tunnel_out)}});
        }
    }
}

// Services are reached by name too, where the name is one that a resolver takes and no node has it.
void name_services(const Network& network, const ServiceMap& services, netns::LabPlan& lab) {
    std::unordered_map<std::string, bool> node_names;
    for (const Station& station : network.stations()) {
        node_names.emplace(station.name(), true);
    }
    for (const Carried& carried : services.services()) {
        const Service& service = *carried.service;
        if (service.vip && is_host_name(service.name) && !node_names.contains(service.name)) {
            lab.hosts.emplace(service.name, *service.vip);
        }
    }
}

void plan_engine(const Network& network, const ServiceMap& services, const Routing& routing,
                 const Station& se, Plan& plan, netns::NodePlan& node) {
    engine::EngineConfig config = engine_config(network, services, routing, se);
    for (const Carried* carried : left_to_others(services, se)) {
        node.notes.push_back(
            fmt::format("leaves {} to {}: {}", service_text(*carried->service), carried->active()->name(),
                        carried->can_answer(se) ? "an engine is active for all its services or for none"
                                                : "it is not on the segment of the VIP"));
    }
    netns::ProcessPlan process;
    process.name = "engine";
    process.argv = {"fulcrum-se"};
    process.input = engine::emit_config(config);
    process.signals_ready = true;
    node.processes.insert(node.processes.begin(), std::move(process));
    plan.engines.emplace(se.node->id, std::move(config));
}

void add_notes(const std::vector<Problem>& problems, const Capacity& capacity, Plan& plan) {
    for (const netns::NodePlan& node : plan.lab.nodes) {
        for (const std::string& note : node.notes) {
            plan.notes.push_back(fmt::format("{} {}", node.name, note));
        }
    }
    for (const Problem& problem : problems) {
        plan.notes.push_back(fmt::format("{}: {}", name_of(problem.severity), problem.why));
    }
    if (capacity.pairs > 0) {
        plan.notes.push_back(
            fmt::format("at most {} connections at once: {}", capacity.connections, capacity.text()));
    }
}

std::vector<AddressNeed> address_needs(const Network& network, const ServiceMap& services) {
    std::vector<AddressNeed> list;
    for (const AddressDemand& demand : address_demands(network, services)) {
        AddressNeed need;
        need.segment = network.describe(*demand.domain);
        need.vrf =
            demand.domain->vrf.empty() ? std::string() : std::string(network.vrf_name(demand.domain->vrf));
        need.purpose = demand.purpose;
        need.needed = demand.needed;
        need.available = demand.available;
        for (const AddressPool* pool : demand.pools) {
            need.pools.push_back(pool->name);
        }
        list.push_back(std::move(need));
    }
    return list;
}

} // namespace

Result<Plan> make_plan(const Document& document) {
    const std::vector<Problem> problems = check(document);
    if (!problems.empty() && problems.front().severity == Severity::error) {
        const Problem& first = problems.front();
        return bad_input(fmt::format("{}: {}; {}", first.id, first.why, first.fix));
    }
    const Document filled = fill_addresses(document);
    const Network network(filled);
    const ServiceMap services(network);
    const Routing routing(network, services);

    Plan plan;
    plan.lab.name = lab_name(document.name);
    plan.lab.offload = document.offload;
    plan.lab.document = emit_document(document);
    for (const Station& station : network.stations()) {
        netns::NodePlan node = node_plan(services, routing, station);
        if (station.kind() == NodeKind::se) {
            plan_engine(network, services, routing, station, plan, node);
        }
        plan.lab.nodes.push_back(std::move(node));
    }
    connect(network, plan.lab);
    plan.lab.links = link_plans(network);
    connect_tunnel_ends(network, services, plan.lab);
    name_services(network, services, plan.lab);
    plan.routes = route_needs(network, services, routing);
    plan.addresses = address_needs(network, services);
    const Capacity capacity = capacity_of(network, services.services());
    plan.max_connections = capacity.connections;
    add_notes(problems, capacity, plan);
    return plan;
}

} // namespace fulcrum::designer
