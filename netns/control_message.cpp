#include "netns/control_message.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "netns/json_reader.h"
#include "netns/link_json.h"

namespace fulcrum::netns {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

struct OperationName {
    Operation operation;
    const char* name;
};
constexpr std::array operation_names = {
    OperationName{Operation::status, "status"},
    OperationName{Operation::document, "document"},
    OperationName{Operation::plan, "plan"},
    OperationName{Operation::interfaces, "interfaces"},
    OperationName{Operation::exec, "exec"},
    OperationName{Operation::signal, "signal"},
    OperationName{Operation::dial, "dial"},
    OperationName{Operation::open_tap, "tap"},
    OperationName{Operation::start, "start"},
    OperationName{Operation::stop, "stop"},
    OperationName{Operation::kill, "kill"},
    OperationName{Operation::link, "link"},
    OperationName{Operation::down, "down"},
    OperationName{Operation::events, "events"},
    OperationName{Operation::log, "log"},
    OperationName{Operation::link_status, "link-status"},
    OperationName{Operation::impair, "impair"},
    OperationName{Operation::apply, "apply"},
    OperationName{Operation::open_socket, "socket"},
};

constexpr std::uint32_t most_signal = 64;
constexpr std::uint32_t longest_wait_ms = 60'000;
constexpr std::uint32_t most_cells = 10'000; // rows or columns of a terminal

constexpr std::array state_names = {"starting", "running", "stopped", "failed"};

std::string dump(const ordered_json& message) {
    return message.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json bytes_list(const std::vector<std::string>& words) {
    ordered_json list = ordered_json::array();
    for (const std::string& word : words) {
        list.push_back(bytes_to_text(word));
    }
    return list;
}

// Reads a reply's members with `inside`, after looking whether it is a failure.
template <class Value, class Read>
Result<Value> parse_reply(std::string_view text, Read read) {
    const auto message = parse_json(text);
    if (!message) {
        return tl::unexpected(message.error());
    }
    JsonProblem problem;
    Value value{};
    bool ok = false;
    std::string error, kind;
    {
        JsonReader in(*message, "reply", problem);
        in.read("ok", ok);
        in.read("error", error);
        in.read("kind", kind);
        if (ok) {
            read(in, value);
        }
    }
    if (auto result = problem.result(); !result) {
        return tl::unexpected(result.error());
    }
    if (!ok) {
        return fail(error, kind == "bad-input" ? ErrorKind::bad_input : ErrorKind::failed);
    }
    return value;
}

ordered_json node_json(const NodeStatus& node) {
    return {{"name", node.name},
            {"kind", node.kind},
            {"state", std::string(name_of(node.state))},
            {"detail", node.detail},
            {"processes", node.processes}};
}

NodeStatus read_node(const json& value, const std::string& path, JsonProblem& problem) {
    NodeStatus node;
    std::string state;
    JsonReader in(value, path, problem);
    in.read("name", node.name, true);
    in.read("kind", node.kind);
    in.read("state", state, true);
    in.read("detail", node.detail);
    in.read("processes", node.processes);
    const auto* const found = std::find(state_names.begin(), state_names.end(), state);
    if (found == state_names.end()) {
        problem.found(in.path_of("state"), fmt::format("\"{}\" is no node state", state));
    } else {
        node.state = static_cast<NodeState>(found - state_names.begin());
    }
    return node;
}

ordered_json nodes_json(const std::vector<NodeStatus>& nodes) {
    ordered_json list = ordered_json::array();
    for (const NodeStatus& node : nodes) {
        list.push_back(node_json(node));
    }
    return list;
}

} // namespace

std::string_view name_of(NodeState state) {
    return state_names.at(static_cast<std::size_t>(state));
}

Result<ControlRequest> parse_request(std::string_view text) {
    const auto message = parse_json(text);
    if (!message) {
        return tl::unexpected(message.error());
    }
    ControlRequest request;
    JsonProblem problem;
    {
        JsonReader in(*message, "request", problem);
        std::string name;
        in.read("op", name, true);
        const auto* const found =
            std::find_if(operation_names.begin(), operation_names.end(),
                         [&](const OperationName& known) { return name == known.name; });
        if (found == operation_names.end()) {
            problem.found("request.op", fmt::format("\"{}\" is no operation", name));
        } else {
            request.operation = found->operation;
        }
        in.read("node", request.node);
        in.read("interface", request.interface);
        in.read_bytes("name", request.name);
        in.read("up", request.up);
        read_faults(in, "out", request.out);
        read_faults(in, "in", request.in);
        in.read("reseed", request.reseed);
        in.read_bytes("argv", request.argv);
        in.read_bytes("environment", request.environment);
        in.read_bytes("directory", request.directory);
        in.read("directory_required", request.directory_required);
        in.read("terminal", request.terminal);
        in.read("rows", request.rows, 0, most_cells);
        in.read("columns", request.columns, 0, most_cells);
        in.read("signal", request.signal, 0, most_signal);
        in.read("plan", request.plan);
        in.read("told", request.told);
        in.read("cursor", request.cursor);
        in.read("wait_ms", request.wait_ms, 0, longest_wait_ms);
    }
    if (auto result = problem.result(); !result) {
        return tl::unexpected(result.error());
    }
    if (request.operation == Operation::exec) {
        const auto has_nul = [](const std::string& word) { return word.find('\0') != std::string::npos; };
        if (request.argv.empty() || request.argv.front().empty()) {
            return bad_input("request.argv: no program");
        }
        if (std::any_of(request.argv.begin(), request.argv.end(), has_nul) ||
            std::any_of(request.environment.begin(), request.environment.end(), has_nul) ||
            has_nul(request.directory)) {
            return bad_input("request: a NUL byte in an argument, a variable or the directory");
        }
    }
    return request;
}

std::string emit_request(const ControlRequest& request) {
    const auto* const found =
        std::find_if(operation_names.begin(), operation_names.end(),
                     [&](const OperationName& known) { return request.operation == known.operation; });
    ordered_json out = {{"op", found->name}};
    const auto put = [&](const char* key, const std::string& value) {
        if (!value.empty()) {
            out[key] = value;
        }
    };
    put("node", request.node);
    put("interface", request.interface);
    put("name", bytes_to_text(request.name));
    switch (request.operation) {
    case Operation::link:
        out["up"] = request.up;
        break;
    case Operation::impair:
        put_faults(out, "out", request.out);
        put_faults(out, "in", request.in);
        out["reseed"] = request.reseed;
        break;
    case Operation::exec:
        out["argv"] = bytes_list(request.argv);
        out["environment"] = bytes_list(request.environment);
        out["directory"] = bytes_to_text(request.directory);
        out["directory_required"] = request.directory_required;
        out["terminal"] = request.terminal;
        out["rows"] = request.rows;
        out["columns"] = request.columns;
        break;
    case Operation::signal:
        out["signal"] = request.signal;
        break;
    case Operation::apply:
        out["plan"] = request.plan;
        out["told"] = request.told;
        break;
    case Operation::events:
        out["cursor"] = request.cursor;
        out["wait_ms"] = std::min(request.wait_ms, longest_wait_ms);
        break;
    default:
        break;
    }
    return dump(out);
}

std::string emit_failure(const Error& error) {
    return dump({{"ok", false},
                 {"error", error.message},
                 {"kind", error.kind == ErrorKind::bad_input ? "bad-input" : "failed"}});
}

std::string emit_done() {
    return R"({"ok":true})";
}

std::string emit_text(const std::string& text) {
    return dump({{"ok", true}, {"text", text}});
}

std::string emit_number(std::int64_t number) {
    return dump({{"ok", true}, {"number", number}});
}

std::string emit_failures(const std::vector<std::string>& failures) {
    return dump({{"ok", true}, {"failures", failures}});
}

std::string emit_nodes(const std::vector<NodeStatus>& nodes) {
    return dump({{"ok", true}, {"nodes", nodes_json(nodes)}});
}

std::string emit_status(const LabStatus& status) {
    return dump({{"ok", true},
                 {"name", status.name},
                 {"nodes", nodes_json(status.nodes)},
                 {"segments", status.segments}});
}

std::string emit_interfaces(const std::vector<InterfaceStatus>& interfaces) {
    ordered_json list = ordered_json::array();
    for (const InterfaceStatus& interface : interfaces) {
        list.push_back({{"node", interface.node},
                        {"interface", interface.interface},
                        {"up", interface.up},
                        {"rx_bytes", interface.rx_bytes},
                        {"rx_packets", interface.rx_packets},
                        {"tx_bytes", interface.tx_bytes},
                        {"tx_packets", interface.tx_packets},
                        {"drops", interface.drops}});
    }
    return dump({{"ok", true}, {"interfaces", list}});
}

std::string emit_link_status(const LinkStatus& link) {
    ordered_json out = {{"ok", true},           {"node", link.node}, {"interface", link.interface},
                        {"far", link.far},      {"up", link.up},     {"relayed", link.relayed},
                        {"broken", link.broken}};
    put_faults(out, "out", link.out);
    put_faults(out, "in", link.in);
    put_counters(out, "out_counters", link.out_counters);
    put_counters(out, "in_counters", link.in_counters);
    return dump(out);
}

std::string emit_events(const std::vector<LabEvent>& events, std::uint64_t cursor) {
    ordered_json list = ordered_json::array();
    for (const LabEvent& event : events) {
        list.push_back({{"time_ns", event.time_ns}, {"node", event.node}, {"text", event.text}});
    }
    return dump({{"ok", true}, {"events", list}, {"cursor", cursor}});
}

Result<> parse_done(std::string_view reply) {
    struct Nothing {};
    if (auto parsed = parse_reply<Nothing>(reply, [](JsonReader&, Nothing&) {}); !parsed) {
        return tl::unexpected(parsed.error());
    }
    return {};
}

Result<std::string> parse_text(std::string_view reply) {
    return parse_reply<std::string>(reply,
                                    [](JsonReader& in, std::string& text) { in.read("text", text, true); });
}

Result<std::int64_t> parse_number(std::string_view reply) {
    return parse_reply<std::int64_t>(reply,
                                     [](JsonReader& in, std::int64_t& number) { in.read("number", number); });
}

Result<std::vector<std::string>> parse_failures(std::string_view reply) {
    using List = std::vector<std::string>;
    return parse_reply<List>(reply, [](JsonReader& in, List& list) { in.read("failures", list); });
}

Result<std::vector<NodeStatus>> parse_nodes(std::string_view reply) {
    return parse_reply<std::vector<NodeStatus>>(reply, [](JsonReader& in, std::vector<NodeStatus>& nodes) {
        in.array("nodes", [&](const json& value, const std::string& path) {
            nodes.push_back(read_node(value, path, in.problem()));
        });
    });
}

Result<LabStatus> parse_status(std::string_view reply) {
    return parse_reply<LabStatus>(reply, [](JsonReader& in, LabStatus& status) {
        in.read("name", status.name, true);
        in.array("nodes", [&](const json& value, const std::string& path) {
            status.nodes.push_back(read_node(value, path, in.problem()));
        });
        in.read("segments", status.segments);
    });
}

Result<std::vector<InterfaceStatus>> parse_interfaces(std::string_view reply) {
    using List = std::vector<InterfaceStatus>;
    return parse_reply<List>(reply, [](JsonReader& in, List& interfaces) {
        in.array("interfaces", [&](const json& value, const std::string& path) {
            InterfaceStatus interface;
            JsonReader item(value, path, in.problem());
            item.read("node", interface.node, true);
            item.read("interface", interface.interface, true);
            item.read("up", interface.up);
            item.read("rx_bytes", interface.rx_bytes);
            item.read("rx_packets", interface.rx_packets);
            item.read("tx_bytes", interface.tx_bytes);
            item.read("tx_packets", interface.tx_packets);
            item.read("drops", interface.drops);
            interfaces.push_back(std::move(interface));
        });
    });
}

Result<LinkStatus> parse_link_status(std::string_view reply) {
    return parse_reply<LinkStatus>(reply, [](JsonReader& in, LinkStatus& link) {
        in.read("node", link.node, true);
        in.read("interface", link.interface, true);
        in.read("far", link.far);
        in.read("up", link.up);
        in.read("relayed", link.relayed);
        in.read("broken", link.broken);
        read_faults(in, "out", link.out);
        read_faults(in, "in", link.in);
        read_counters(in, "out_counters", link.out_counters);
        read_counters(in, "in_counters", link.in_counters);
    });
}

Result<std::vector<LabEvent>> parse_events(std::string_view reply, std::uint64_t& cursor) {
    using List = std::vector<LabEvent>;
    std::uint64_t next = cursor;
    auto parsed = parse_reply<List>(reply, [&](JsonReader& in, List& events) {
        in.array("events", [&](const json& value, const std::string& path) {
            LabEvent event;
            JsonReader item(value, path, in.problem());
            item.read("time_ns", event.time_ns);
            item.read("node", event.node);
            item.read("text", event.text);
            events.push_back(std::move(event));
        });
        in.read("cursor", next);
    });
    if (parsed) {
        cursor = next;
    }
    return parsed;
}

std::string emit_progress(const LaunchProgress& progress) {
    return dump(
        {{"progress", {{"done", progress.done}, {"total", progress.total}, {"step", progress.step}}}});
}

std::optional<LaunchProgress> parse_progress(std::string_view message) {
    const auto parsed = parse_json(message);
    if (!parsed || !parsed->is_object() || !parsed->contains("progress")) {
        return std::nullopt;
    }
    LaunchProgress progress;
    std::uint64_t done = 0, total = 0;
    JsonProblem problem;
    {
        JsonReader in(parsed->at("progress"), "progress", problem);
        in.read("done", done);
        in.read("total", total);
        in.read("step", progress.step);
    }
    progress.done = done;
    progress.total = total;
    return progress;
}

} // namespace fulcrum::netns
