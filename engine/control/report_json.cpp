#include "engine/control/report_json.h"

#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/control/json_text.h"
#include "engine/control/request_json.h"
#include "engine/control/strict_json.h"

namespace fulcrum::engine {

using nlohmann::json;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::uint64_t any64 = std::numeric_limits<std::uint64_t>::max();
constexpr JsonLimits reply_limits{.size_bytes = 64U << 20, .depth = 12};
constexpr std::size_t max_text_bytes = 4096;

constexpr ProxyField proxy_field_list[] = {
    {"sessions", &ProxyReport::sessions},
    {"session_bytes", &ProxyReport::session_bytes},
    {"idle_server_connections", &ProxyReport::idle_server_connections},
    {"half_open", &ProxyReport::half_open},
    {"time_wait", &ProxyReport::time_wait},
    {"buffer_bytes", &ProxyReport::buffer_bytes},
    {"buffer_limit_bytes", &ProxyReport::buffer_limit_bytes},
    {"syns", &ProxyReport::syns},
    {"handshakes", &ProxyReport::handshakes},
    {"cookies_sent", &ProxyReport::cookies_sent},
    {"cookies_accepted", &ProxyReport::cookies_accepted},
    {"syn_acks_repeated", &ProxyReport::syn_acks_repeated},
    {"connect_failures", &ProxyReport::connect_failures},
    {"connect_retries", &ProxyReport::connect_retries},
    {"idle_timeouts", &ProxyReport::idle_timeouts},
    {"shed_sessions", &ProxyReport::shed_sessions},
    {"retransmitted_bytes", &ProxyReport::retransmitted_bytes},
    {"requests", &ProxyReport::requests},
    {"request_log_lost", &ProxyReport::request_log_lost},
};

Json emit_proxy(const ProxyReport& p) {
    Json out;
    for (const ProxyField& field : proxy_fields()) {
        out[field.name] = p.*field.value;
    }
    return out;
}

ProxyReport parse_proxy(const json& value, const std::string& path, JsonComplaint& complaint) {
    ProxyReport out;
    JsonObject object(value, path, complaint);
    for (const ProxyField& field : proxy_fields()) {
        object.number(field.name, out.*field.value, 0, any64);
    }
    object.finish();
    return out;
}

Json emit_server(const ServerReport& s) {
    return Json{{"name", s.name},
                {"address", s.address.text()},
                {"port", s.port},
                {"up", s.up},
                {"draining", s.draining},
                {"why", s.why},
                {"connections", s.connections},
                {"active", s.active},
                {"bytes_in", s.bytes_in},
                {"bytes_out", s.bytes_out}};
}

Json emit_service(const ServiceReport& s) {
    Json servers = Json::array();
    for (const ServerReport& server : s.servers) {
        servers.push_back(emit_server(server));
    }
    return Json{{"name", s.name},
                {"vrf", s.vrf},
                {"vip", s.vip.text()},
                {"port", s.port},
                {"mode", name_of(s.mode)},
                {"placed", s.placed},
                {"connections", s.connections},
                {"active", s.active},
                {"bytes_in", s.bytes_in},
                {"bytes_out", s.bytes_out},
                {"servers", servers}};
}

Json emit_interface(const InterfaceReport& i) {
    return Json{{"name", i.name},
                {"mac", i.mac.text()},
                {"rx_frames", i.rx_frames},
                {"rx_bytes", i.rx_bytes},
                {"tx_frames", i.tx_frames},
                {"tx_bytes", i.tx_bytes},
                {"largest_rx_bytes", i.largest_rx_bytes},
                {"largest_tx_bytes", i.largest_tx_bytes},
                {"kernel_drops", i.kernel_drops}};
}

ServerReport parse_server(const json& value, const std::string& path, JsonComplaint& complaint) {
    ServerReport out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_text_bytes);
    object.address("address", out.address);
    object.number("port", out.port, 0, 65535);
    object.boolean("up", out.up);
    object.boolean("draining", out.draining);
    object.text("why", out.why, max_text_bytes);
    object.number("connections", out.connections, 0, any64);
    object.number("active", out.active, 0, any64);
    object.number("bytes_in", out.bytes_in, 0, any64);
    object.number("bytes_out", out.bytes_out, 0, any64);
    object.finish();
    return out;
}

ServiceReport parse_service(const json& value, const std::string& path, JsonComplaint& complaint) {
    ServiceReport out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_text_bytes);
    object.text("vrf", out.vrf, max_text_bytes);
    object.address("vip", out.vip);
    object.number("port", out.port, 0, 65535);
    object.word("mode", out.mode, parse_mode);
    object.boolean("placed", out.placed);
    object.number("connections", out.connections, 0, any64);
    object.number("active", out.active, 0, any64);
    object.number("bytes_in", out.bytes_in, 0, any64);
    object.number("bytes_out", out.bytes_out, 0, any64);
    object.array("servers", 65536, [&](const json& element, const std::string& place) {
        out.servers.push_back(parse_server(element, place, complaint));
    });
    object.finish();
    return out;
}

InterfaceReport parse_interface(const json& value, const std::string& path, JsonComplaint& complaint) {
    InterfaceReport out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_text_bytes);
    object.mac("mac", out.mac);
    object.number("rx_frames", out.rx_frames, 0, any64);
    object.number("rx_bytes", out.rx_bytes, 0, any64);
    object.number("tx_frames", out.tx_frames, 0, any64);
    object.number("tx_bytes", out.tx_bytes, 0, any64);
    object.number("largest_rx_bytes", out.largest_rx_bytes, 0, any64);
    object.number("largest_tx_bytes", out.largest_tx_bytes, 0, any64);
    object.number("kernel_drops", out.kernel_drops, 0, any64);
    object.finish();
    return out;
}

EngineReport parse_report(const json& value, const std::string& path, JsonComplaint& complaint) {
    EngineReport out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_text_bytes);
    object.word("role", out.role, parse_role);
    object.number("uptime_ms", out.uptime_ms, 0, any64);
    object.number("cpu_us", out.cpu_us, 0, any64);
    object.array("interfaces", 65536, [&](const json& element, const std::string& place) {
        out.interfaces.push_back(parse_interface(element, place, complaint));
    });
    object.array("services", 65536, [&](const json& element, const std::string& place) {
        out.services.push_back(parse_service(element, place, complaint));
    });
    if (const json* drops = object.raw("drops")) {
        if (drops->is_object()) {
            for (const auto& [reason, count] : drops->items()) {
                if (count.is_number_unsigned()) {
                    out.drops[reason] = count.get<std::uint64_t>();
                } else {
                    complaint.add(object.path_of("drops") + "." + reason, "is not a count");
                }
            }
        } else {
            object.complain("drops", "is not an object");
        }
    }
    object.number("flows", out.flows, 0, any64);
    object.number("max_flows", out.max_flows, 0, any64);
    object.number("flow_bytes", out.flow_bytes, 0, any64);
    object.number("flow_log_lost", out.flow_log_lost, 0, any64);
    if (const json* proxy = object.raw("proxy")) {
        out.proxy = parse_proxy(*proxy, object.path_of("proxy"), complaint);
    }
    object.finish();
    return out;
}

FlowReport parse_flow(const json& value, const std::string& path, JsonComplaint& complaint) {
    FlowReport out;
    JsonObject object(value, path, complaint);
    object.number("id", out.id, 0, any64);
    object.text("service", out.service, max_text_bytes);
    object.text("vrf", out.vrf, max_text_bytes);
    object.text("server", out.server, max_text_bytes);
    object.text("why", out.why, max_text_bytes);
    object.word("mode", out.mode, parse_mode);
    object.word("protocol", out.protocol, parse_protocol);
    object.word("state", out.state, parse_flow_state);
    object.address("client", out.client);
    object.number("client_port", out.client_port, 0, 65535);
    object.address("vip", out.vip);
    object.number("vip_port", out.vip_port, 0, 65535);
    object.address("server_address", out.server_address);
    object.number("server_port", out.server_port, 0, 65535);
    object.address("source", out.source);
    object.number("source_port", out.source_port, 0, 65535);
    object.mac("client_mac", out.client_mac);
    object.mac("server_mac", out.server_mac);
    object.number("packets_in", out.packets_in, 0, any64);
    object.number("bytes_in", out.bytes_in, 0, any64);
    object.number("packets_out", out.packets_out, 0, any64);
    object.number("bytes_out", out.bytes_out, 0, any64);
    object.number("started_ns", out.started_ns, 0, any64);
    object.number("last_ns", out.last_ns, 0, any64);
    object.finish();
    return out;
}

std::vector<FlowReport> parse_flow_array(JsonObject& object, std::string_view key, JsonComplaint& complaint) {
    std::vector<FlowReport> out;
    object.array(key, 1'000'000, [&](const json& element, const std::string& path) {
        out.push_back(parse_flow(element, path, complaint));
    });
    return out;
}

void append_flow(fmt::memory_buffer& out, const FlowReport& f) {
    const auto put = std::back_inserter(out);
    fmt::format_to(put, R"({{"id":{},"service":)", f.id);
    append_quoted(out, f.service);
    out.append(std::string_view(R"(,"vrf":)"));
    append_quoted(out, f.vrf);
    out.append(std::string_view(R"(,"server":)"));
    append_quoted(out, f.server);
    out.append(std::string_view(R"(,"why":)"));
    append_quoted(out, f.why);
    fmt::format_to(
        put, R"(,"mode":"{}","protocol":"{}","state":"{}","client":"{}","client_port":{},"vip":"{}",)",
        name_of(f.mode), name_of(f.protocol), name_of(f.state), f.client.text(), f.client_port, f.vip.text());
    fmt::format_to(put,
                   R"("vip_port":{},"server_address":"{}","server_port":{},"source":"{}","source_port":{},)",
                   f.vip_port, f.server_address.text(), f.server_port, f.source.text(), f.source_port);
    fmt::format_to(put,
                   R"("client_mac":"{}","server_mac":"{}","packets_in":{},"bytes_in":{},"packets_out":{},)",
                   f.client_mac.text(), f.server_mac.text(), f.packets_in, f.bytes_in, f.packets_out);
    fmt::format_to(put, R"("bytes_out":{},"started_ns":{},"last_ns":{}}})", f.bytes_out, f.started_ns,
                   f.last_ns);
}

} // namespace

std::span<const ProxyField> proxy_fields() {
    return proxy_field_list;
}

std::string emit_report(const EngineReport& report) {
    Json interfaces = Json::array();
    for (const InterfaceReport& i : report.interfaces) {
        interfaces.push_back(emit_interface(i));
    }
    Json services = Json::array();
    for (const ServiceReport& s : report.services) {
        services.push_back(emit_service(s));
    }
    Json drops = Json::object();
    for (const auto& [reason, count] : report.drops) {
        drops[reason] = count;
    }
    const Json out{{"name", report.name},
                   {"role", name_of(report.role)},
                   {"uptime_ms", report.uptime_ms},
                   {"cpu_us", report.cpu_us},
                   {"interfaces", interfaces},
                   {"services", services},
                   {"drops", drops},
                   {"flows", report.flows},
                   {"max_flows", report.max_flows},
                   {"flow_bytes", report.flow_bytes},
                   {"flow_log_lost", report.flow_log_lost},
                   {"proxy", emit_proxy(report.proxy)}};
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<EngineReport> parse_report(std::string_view text) {
    const auto document = read_json(text, reply_limits);
    if (!document) {
        return tl::unexpected(document.error());
    }
    JsonComplaint complaint;
    EngineReport out = parse_report(*document, "", complaint);
    if (complaint.any()) {
        return bad_input(complaint.message());
    }
    return out;
}

std::string emit_flows(std::span<const FlowReport> flows) {
    fmt::memory_buffer out;
    append_array(out, flows, append_flow);
    return fmt::to_string(out);
}

Result<std::vector<FlowReport>> parse_flows(std::string_view text) {
    const auto document = read_json(text, reply_limits);
    if (!document) {
        return tl::unexpected(document.error());
    }
    JsonComplaint complaint;
    std::vector<FlowReport> out;
    if (!document->is_array()) {
        complaint.add("", "is not an array");
    } else {
        for (std::size_t i = 0; i < document->size() && !complaint.any(); ++i) {
            out.push_back(parse_flow((*document)[i], fmt::format("[{}]", i), complaint));
        }
    }
    if (complaint.any()) {
        return bad_input(complaint.message());
    }
    return out;
}

Result<ControlReply> parse_reply(std::string_view line) {
    const auto document = read_json(line, reply_limits);
    if (!document) {
        return fail(document.error(), "engine's reply");
    }
    ControlReply out;
    JsonComplaint complaint;
    JsonObject object(*document, "", complaint);
    bool ok = false;
    std::string error;
    std::string kind;
    object.boolean("ok", ok);
    object.text("error", error, max_text_bytes);
    object.text("kind", kind, max_text_bytes);
    if (const json* stats = object.raw("stats")) {
        out.stats = parse_report(*stats, "stats", complaint);
    }
    out.flows = parse_flow_array(object, "flows", complaint);
    out.requests = parse_request_array(object, "requests", complaint);
    object.number("cursor", out.cursor, 0, any64);
    object.finish();
    if (complaint.any()) {
        return fail("engine's reply: " + complaint.message());
    }
    if (!ok) {
        return fail(error.empty() ? "engine refused without a reason" : error,
                    kind == "bad-input" ? ErrorKind::bad_input : ErrorKind::failed);
    }
    return out;
}

} // namespace fulcrum::engine
