#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "netns/json_reader.h"
#include "netns/lab_plan.h"
#include "netns/link_json.h"

namespace fulcrum::netns {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

// veth(4) takes 68 (RFC 791) to 65535.
constexpr std::uint32_t least_mtu = 68;
constexpr std::uint32_t most_mtu = 65535;

EndPlan read_end(const json& value, const std::string& path, JsonProblem& problem) {
    EndPlan end;
    JsonReader in(value, path, problem);
    in.read("node", end.node, true);
    in.read("interface", end.interface, true);
    return end;
}

InterfacePlan read_interface(const json& value, const std::string& path, JsonProblem& problem) {
    InterfacePlan interface;
    JsonReader in(value, path, problem);
    in.read("name", interface.name, true);
    in.read("mac", interface.mac);
    in.read("mtu_bytes", interface.mtu_bytes, least_mtu, most_mtu);
    in.read("addresses", interface.addresses);
    in.read("arp", interface.arp);
    return interface;
}

RoutePlan read_route(const json& value, const std::string& path, JsonProblem& problem) {
    RoutePlan route;
    JsonReader in(value, path, problem);
    in.read("destination", route.destination, true);
    in.read("gateways", route.gateways);
    in.read("interface", route.interface);
    in.read("source", route.source);
    return route;
}

RulePlan read_rule(const json& value, const std::string& path, JsonProblem& problem) {
    RulePlan rule;
    JsonReader in(value, path, problem);
    in.read("from", rule.from, true);
    in.read("interface", rule.interface);
    in.read("table", rule.table, 1);
    in.array("routes", [&](const json& route, const std::string& route_path) {
        rule.routes.push_back(read_route(route, route_path, problem));
    });
    return rule;
}

ProcessPlan read_process(const json& value, const std::string& path, JsonProblem& problem) {
    ProcessPlan process;
    JsonReader in(value, path, problem);
    in.read("name", process.name, true);
    in.read("argv", process.argv);
    in.read("input", process.input);
    in.read("signals_ready", process.signals_ready);
    return process;
}

NodePlan read_node(const json& value, const std::string& path, JsonProblem& problem) {
    NodePlan node;
    JsonReader in(value, path, problem);
    in.read("name", node.name, true);
    in.read("kind", node.kind);
    in.array("interfaces", [&](const json& item, const std::string& at) {
        node.interfaces.push_back(read_interface(item, at, problem));
    });
    in.read("loopback", node.loopback);
    in.array("routes", [&](const json& item, const std::string& at) {
        node.routes.push_back(read_route(item, at, problem));
    });
    in.array("rules", [&](const json& item, const std::string& at) {
        node.rules.push_back(read_rule(item, at, problem));
    });
    in.array("sysctls", [&](const json& item, const std::string& at) {
        SysctlPlan sysctl;
        JsonReader inside(item, at, problem);
        inside.read("key", sysctl.key, true);
        inside.read("value", sysctl.value, true);
        node.sysctls.push_back(std::move(sysctl));
    });
    in.array("processes", [&](const json& item, const std::string& at) {
        node.processes.push_back(read_process(item, at, problem));
    });
    in.read("notes", node.notes);
    return node;
}

template <class Items>
ordered_json texts_of(const Items& items) {
    ordered_json list = ordered_json::array();
    for (const auto& item : items) {
        list.push_back(item.text());
    }
    return list;
}

// Members that have their default value are left out.
template <class Value>
void put(ordered_json& out, const char* key, const Value& value) {
    if (!value.empty()) {
        out[key] = value;
    }
}

template <class Items>
void put_texts(ordered_json& out, const char* key, const Items& items) {
    if (!items.empty()) {
        out[key] = texts_of(items);
    }
}

template <class Items, class Emit>
void put_list(ordered_json& out, const char* key, const Items& items, Emit emit) {
    if (items.empty()) {
        return;
    }
    ordered_json& list = out[key] = ordered_json::array();
    for (const auto& item : items) {
        list.push_back(emit(item));
    }
}

ordered_json emit_end(const EndPlan& end) {
    return {{"node", end.node}, {"interface", end.interface}};
}

ordered_json emit_interface(const InterfacePlan& interface) {
    ordered_json out = {{"name", interface.name}};
    if (interface.mac) {
        out["mac"] = interface.mac->text();
    }
    if (interface.mtu_bytes != 1500) {
        out["mtu_bytes"] = interface.mtu_bytes;
    }
    put_texts(out, "addresses", interface.addresses);
    if (!interface.arp) {
        out["arp"] = false;
    }
    return out;
}

ordered_json emit_route(const RoutePlan& route) {
    ordered_json out = {{"destination", route.destination.text()}};
    put_texts(out, "gateways", route.gateways);
    put(out, "interface", route.interface);
    if (route.source) {
        out["source"] = route.source->text();
    }
    return out;
}

ordered_json emit_rule(const RulePlan& rule) {
    ordered_json out = {{"from", rule.from.text()}};
    put(out, "interface", rule.interface);
    out["table"] = rule.table;
    put_list(out, "routes", rule.routes, emit_route);
    return out;
}

ordered_json emit_process(const ProcessPlan& process) {
    ordered_json out = {{"name", process.name}};
    put(out, "argv", process.argv);
    put(out, "input", process.input);
    if (process.signals_ready) {
        out["signals_ready"] = true;
    }
    return out;
}

ordered_json emit_node(const NodePlan& node) {
    ordered_json out = {{"name", node.name}};
    put(out, "kind", node.kind);
    put_list(out, "interfaces", node.interfaces, emit_interface);
    put_texts(out, "loopback", node.loopback);
    put_list(out, "routes", node.routes, emit_route);
    put_list(out, "rules", node.rules, emit_rule);
    put_list(out, "sysctls", node.sysctls, [](const SysctlPlan& sysctl) {
        return ordered_json{{"key", sysctl.key}, {"value", sysctl.value}};
    });
    put_list(out, "processes", node.processes, emit_process);
    put(out, "notes", node.notes);
    return out;
}

} // namespace

Result<LabPlan> parse_lab_plan(std::string_view text) {
    const auto document = parse_json(text);
    if (!document) {
        return tl::unexpected(document.error());
    }
    LabPlan plan;
    JsonProblem problem;
    {
        JsonReader in(*document, "", problem);
        in.read("name", plan.name);
        in.read("offload", plan.offload);
        in.array("nodes", [&](const json& item, const std::string& at) {
            plan.nodes.push_back(read_node(item, at, problem));
        });
        in.array("segments", [&](const json& item, const std::string& at) {
            SegmentPlan segment;
            JsonReader inside(item, at, problem);
            inside.read("name", segment.name, true);
            inside.array("ports", [&](const json& port, const std::string& port_at) {
                segment.ports.push_back(read_end(port, port_at, problem));
            });
            inside.read("trunks", segment.trunks);
            plan.segments.push_back(std::move(segment));
        });
        in.array("wires", [&](const json& item, const std::string& at) {
            WirePlan wire;
            JsonReader inside(item, at, problem);
            inside.member(
                "a",
                [&](const json& end, const std::string& end_at) { wire.a = read_end(end, end_at, problem); },
                true);
            inside.member(
                "b",
                [&](const json& end, const std::string& end_at) { wire.b = read_end(end, end_at, problem); },
                true);
            plan.wires.push_back(std::move(wire));
        });
        in.array("links", [&](const json& item, const std::string& at) {
            LinkPlan link;
            JsonReader inside(item, at, problem);
            inside.member(
                "end",
                [&](const json& end, const std::string& end_at) {
                    link.end = read_end(end, end_at, problem);
                },
                true);
            inside.read("up", link.up);
            read_faults(inside, "out", link.out);
            read_faults(inside, "in", link.in);
            plan.links.push_back(std::move(link));
        });
        in.map("hosts", [&](const std::string& name, const json& value, const std::string& at) {
            const auto address = value.is_string() ? IpAddress::parse(value.get_ref<const std::string&>())
                                                   : std::optional<IpAddress>();
            if (address) {
                plan.hosts.emplace(name, *address);
            } else {
                problem.found(at, "an address is expected");
            }
        });
        in.read("document", plan.document);
    }
    if (auto result = problem.result(); !result) {
        return tl::unexpected(result.error());
    }
    return plan;
}

std::string emit_lab_plan(const LabPlan& plan) {
    ordered_json out = {{"name", plan.name}};
    if (!plan.offload) {
        out["offload"] = false;
    }
    put_list(out, "nodes", plan.nodes, emit_node);
    put_list(out, "segments", plan.segments, [](const SegmentPlan& segment) {
        ordered_json item = {{"name", segment.name}};
        put_list(item, "ports", segment.ports, emit_end);
        put(item, "trunks", segment.trunks);
        return item;
    });
    put_list(out, "wires", plan.wires, [](const WirePlan& wire) {
        return ordered_json{{"a", emit_end(wire.a)}, {"b", emit_end(wire.b)}};
    });
    put_list(out, "links", plan.links, [](const LinkPlan& link) {
        ordered_json item = {{"end", emit_end(link.end)}};
        if (!link.up) {
            item["up"] = false;
        }
        put_faults(item, "out", link.out);
        put_faults(item, "in", link.in);
        return item;
    });
    if (!plan.hosts.empty()) {
        ordered_json& hosts = out["hosts"] = ordered_json::object();
        for (const auto& [name, address] : plan.hosts) {
            hosts[name] = address.text();
        }
    }
    put(out, "document", plan.document);
    // Text that is no UTF-8 cannot be JSON; it is replaced rather than thrown over, and the reader's checks
    // see it.
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace fulcrum::netns
