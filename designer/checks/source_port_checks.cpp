// The ports from which full proxies call servers (SPEC M12): whether an engine can use them, and how far they
// last.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "designer/checks/rules.h"
#include "designer/plan/capacity.h"

namespace fulcrum::designer {

namespace {

// Below it a handful of clients meets the end of the range, and ports come round within seconds.
constexpr std::uint32_t few_ports = 1024;

template <class F>
void each_engine(const Document& document, F f) {
    for (const Node& node : document.nodes) {
        if (node.kind == NodeKind::se) {
            f(node);
        }
    }
}

void check_source_ports_out_of_range(const Inspection& look, Findings& findings) {
    each_engine(look.drawn, [&](const Node& node) {
        const PortRange ports = node.source_ports;
        if (ports.first < engine::first_source_port || ports.last > engine::last_source_port) {
            findings.add(
                {node.id},
                fmt::format("{} would call servers from ports {} to {}, but those below {} belong "
                            "to well-known services and those above {} to its health probes",
                            node.name, ports.first, ports.last, engine::first_source_port,
                            engine::last_source_port),
                fmt::format("stay within {} to {}", engine::first_source_port, engine::last_source_port));
        }
    });
}

void fix_source_ports_out_of_range(Document& document, const Problem& problem) {
    if (Node* node = document.node(problem.items.front())) {
        PortRange& ports = node->source_ports;
        ports.first = std::clamp(ports.first, engine::first_source_port, engine::last_source_port);
        ports.last = std::clamp(ports.last, engine::first_source_port, engine::last_source_port);
    }
}

void check_few_source_ports(const Inspection& look, Findings& findings) {
    each_engine(look.drawn, [&](const Node& node) {
        const std::uint32_t count = node.source_ports.count();
        if (count < few_ports) {
            findings.add({node.id},
                         fmt::format("{} has {} source {}: with so many connections from one address to one "
                                     "server, the next is refused",
                                     node.name, count, count == 1 ? "port" : "ports"),
                         "widen the range, or give its services a SNAT pool");
        }
    });
}

void check_limit_above_source_ports(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        const std::uint32_t limit = carried.service->limits.service_connections;
        const Capacity capacity = capacity_of(look.network, std::span(&carried, 1));
        if (capacity.pairs > 0 && limit > capacity.connections) {
            findings.add({carried.service->id},
                         fmt::format("{} may have {} connections, and its source ports are good for {} ({})",
                                     service_text(*carried.service), limit, capacity.connections,
                                     capacity.text()),
                         "a lower limit, more source ports, or a SNAT pool with more addresses");
        }
    }
}

constexpr std::array table{
    Rule{"source-ports-out-of-range", Severity::error, check_source_ports_out_of_range,
         fix_source_ports_out_of_range},
    Rule{"few-source-ports", Severity::note, check_few_source_ports},
    Rule{"limit-above-source-ports", Severity::warning, check_limit_above_source_ports},
};

} // namespace

std::span<const Rule> source_port_rules() {
    return table;
}

} // namespace fulcrum::designer
