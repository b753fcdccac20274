// Engine configuration from JSON. Each function reads one object and names its keys once.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/control/config.h"
#include "engine/control/config_check.h"
#include "engine/control/strict_json.h"

namespace fulcrum::engine {

using nlohmann::json;

namespace {

constexpr std::size_t max_name_bytes = 63;      // a hostname label (RFC 1035 section 2.3.4)
constexpr std::size_t max_interface_bytes = 15; // IFNAMSIZ - 1
constexpr std::size_t max_http_bytes = 1024;
constexpr std::uint64_t max_timer_ms = 7ULL * 24 * 3600 * 1000;

void parse_prefixes(JsonObject& object, std::string_view key, std::vector<IpPrefix>& out,
                    JsonComplaint& complaint) {
    object.array(key, 64, [&](const json& element, const std::string& path) {
        if (const auto prefix = read_prefix(element)) {
            out.push_back(*prefix);
        } else {
            complaint.add(path, "is not an address with a prefix length");
        }
    });
}

void parse_addresses(JsonObject& object, std::string_view key, std::vector<IpAddress>& out,
                     JsonComplaint& complaint) {
    object.array(key, 64, [&](const json& element, const std::string& path) {
        if (const auto address = read_address(element)) {
            out.push_back(*address);
        } else {
            complaint.add(path, "is not an IP address");
        }
    });
}

InterfaceConfig parse_interface(const json& value, const std::string& path, JsonComplaint& complaint) {
    InterfaceConfig out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_interface_bytes, JsonObject::required);
    object.mac("mac", out.mac, JsonObject::required);
    object.text("vrf", out.vrf, max_name_bytes);
    object.number("mtu_bytes", out.mtu_bytes, 68, 65535); // RFC 791: every link carries 68 bytes
    parse_prefixes(object, "addresses", out.addresses, complaint);
    parse_addresses(object, "floating", out.floating, complaint);
    object.finish();
    return out;
}

RouteConfig parse_route(const json& value, const std::string& path, JsonComplaint& complaint) {
    RouteConfig out;
    JsonObject object(value, path, complaint);
    object.text("vrf", out.vrf, max_name_bytes);
    object.prefix("destination", out.destination, JsonObject::required);
    object.address("gateway", out.gateway);
    object.text("interface", out.interface, max_interface_bytes);
    object.finish();
    return out;
}

HealthConfig parse_health(const json& value, const std::string& path, JsonComplaint& complaint) {
    HealthConfig out;
    JsonObject object(value, path, complaint);
    object.word("kind", out.kind, parse_health_kind, JsonObject::required);
    object.duration_ms("interval_ms", out.interval, 10, 3'600'000);
    out.timeout = std::min(out.timeout, out.interval);
    object.duration_ms("timeout_ms", out.timeout, 1, 3'600'000);
    object.number("rise", out.rise, 1, 255);
    object.number("fall", out.fall, 1, 255);
    object.number("port", out.port, 0, 65535);
    object.text("method", out.method, 32);
    object.text("path", out.path, max_http_bytes);
    object.text("host", out.host, 255);
    object.number("expect_status", out.expect_status, 100, 599);
    object.text("expect_body", out.expect_body, max_http_bytes);
    object.finish();
    return out;
}

ServerConfig parse_server(const json& value, const std::string& path, JsonComplaint& complaint) {
    ServerConfig out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_name_bytes, JsonObject::required);
    object.address("address", out.address, JsonObject::required);
    object.number("port", out.port, 0, 65535);
    object.number("weight", out.weight, 1, 65535);
    object.boolean("drain", out.drain);
    object.boolean("enabled", out.enabled);
    object.finish();
    return out;
}

PoolConfig parse_pool(const json& value, const std::string& path, JsonComplaint& complaint) {
    PoolConfig out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_name_bytes, JsonObject::required);
    object.word("algorithm", out.algorithm, parse_algorithm);
    object.word("persistence", out.persistence, parse_persistence);
    object.duration_ms("persistence_timeout_ms", out.persistence_timeout, 1, max_timer_ms);
    object.number("passive_failures", out.passive_failures, 0, 65535);
    object.duration_ms("passive_out_ms", out.passive_out, 1, max_timer_ms);
    object.array("health", 8, [&](const json& element, const std::string& place) {
        out.health.push_back(parse_health(element, place, complaint));
    });
    object.array("servers", 4096, [&](const json& element, const std::string& place) {
        out.servers.push_back(parse_server(element, place, complaint));
    });
    object.finish();
    return out;
}

ServicePort parse_port(const json& value, const std::string& path, JsonComplaint& complaint) {
    ServicePort out;
    JsonObject object(value, path, complaint);
    object.word("protocol", out.protocol, parse_protocol);
    object.number("port", out.port, 1, 65535, JsonObject::required);
    object.number("server_port", out.server_port, 0, 65535);
    object.finish();
    return out;
}

ContentRule parse_rule(const json& value, const std::string& path, JsonComplaint& complaint) {
    ContentRule out;
    JsonObject object(value, path, complaint);
    object.text("host", out.host, 255);
    object.text("path_prefix", out.path_prefix, max_http_bytes);
    object.text("pool", out.pool, max_name_bytes);
    object.text("redirect", out.redirect, max_http_bytes);
    if (out.pool.empty() == out.redirect.empty()) {
        object.complain("pool", "needs exactly one of pool and redirect");
    }
    object.number("redirect_status", out.redirect_status, 301, 308);
    if (out.redirect_status > 303 &&
        out.redirect_status < 307) { // RFC 9110 section 15.4: no redirections to a place
        object.complain("redirect_status", "is not 301, 302, 303, 307 or 308");
    }
    object.boolean("redirect_keeps_path", out.redirect_keeps_path);
    for (const char c : out.redirect) { // it becomes a header field: a line end in it would begin another
        if (c <= ' ' || c == 0x7f || static_cast<unsigned char>(c) >= 0x80) {
            object.complain("redirect", "has a character that a URL cannot have");
            break;
        }
    }
    object.finish();
    return out;
}

LimitsConfig parse_limits(const json& value, const std::string& path, JsonComplaint& complaint) {
    LimitsConfig out;
    JsonObject object(value, path, complaint);
    object.number("client_connections", out.client_connections, 0, 0xffffffffU);
    object.number("client_rate_per_s", out.client_rate_per_s, 0, 0xffffffffU);
    object.number("service_connections", out.service_connections, 0, 0xffffffffU);
    object.finish();
    return out;
}

PortRange parse_port_range(const json& value, const std::string& path, JsonComplaint& complaint) {
    PortRange out;
    JsonObject object(value, path, complaint);
    object.number("first", out.first, first_source_port, last_source_port);
    object.number("last", out.last, first_source_port, last_source_port);
    if (out.last < out.first) {
        object.complain("last", "is below first");
    }
    object.finish();
    return out;
}

ServiceConfig parse_service(const json& value, const std::string& path, JsonComplaint& complaint) {
    ServiceConfig out;
    JsonObject object(value, path, complaint);
    object.text("name", out.name, max_name_bytes, JsonObject::required);
    object.text("vrf", out.vrf, max_name_bytes);
    object.address("vip", out.vip, JsonObject::required);
    object.array(
        "ports", 1024,
        [&](const json& element, const std::string& place) {
            out.ports.push_back(parse_port(element, place, complaint));
        },
        JsonObject::required);
    if (out.ports.empty()) {
        object.complain("ports", "is empty");
    }
    object.word("mode", out.mode, parse_mode);
    object.word("attachment", out.attachment, parse_attachment);
    object.text("pool", out.pool, max_name_bytes, JsonObject::required);
    object.word("closed_ports", out.closed_ports, parse_closed_port);
    object.boolean("enabled", out.enabled);
    object.boolean("ping_reply", out.ping_reply);
    object.duration_ms("tcp_idle_timeout_ms", out.tcp_idle_timeout, 100, max_timer_ms);
    object.duration_ms("udp_idle_timeout_ms", out.udp_idle_timeout, 100, max_timer_ms);
    parse_addresses(object, "snat", out.snat, complaint);
    object.duration_ms("connect_timeout_ms", out.connect_timeout, 10, 600'000);
    object.number("connect_retries", out.connect_retries, 0, 255);
    if (const json* limits = object.raw("limits")) {
        out.limits = parse_limits(*limits, object.path_of("limits"), complaint);
    }
    object.word("proxy_out", out.proxy_out, parse_proxy_protocol);
    object.boolean("proxy_in", out.proxy_in);
    object.boolean("layer7", out.layer7);
    object.word("forwarded_for", out.forwarded_for, parse_forwarded_for);
    object.boolean("forwarded_proto", out.forwarded_proto);
    object.boolean("server_reuse", out.server_reuse);
    object.array("rules", 1024, [&](const json& element, const std::string& place) {
        out.rules.push_back(parse_rule(element, place, complaint));
    });
    object.finish();
    return out;
}

} // namespace

Result<EngineConfig> parse_config(std::string_view text) {
    const auto document = read_json(text);
    if (!document) {
        return tl::unexpected(document.error());
    }
    EngineConfig out;
    JsonComplaint complaint;
    JsonObject object(*document, "", complaint);
    object.text("name", out.name, max_name_bytes, JsonObject::required);
    object.word("role", out.role, parse_role);
    object.number("max_flows", out.max_flows, 1, 16'000'000);
    object.boolean("auto_gateway", out.auto_gateway);
    if (const json* ports = object.raw("source_ports")) {
        out.source_ports = parse_port_range(*ports, "source_ports", complaint);
    }
    object.array("interfaces", 64, [&](const json& element, const std::string& path) {
        out.interfaces.push_back(parse_interface(element, path, complaint));
    });
    object.array("routes", 65536, [&](const json& element, const std::string& path) {
        out.routes.push_back(parse_route(element, path, complaint));
    });
    object.array("pools", 4096, [&](const json& element, const std::string& path) {
        out.pools.push_back(parse_pool(element, path, complaint));
    });
    object.array("services", 4096, [&](const json& element, const std::string& path) {
        out.services.push_back(parse_service(element, path, complaint));
    });
    object.finish();
    if (complaint.any()) {
        return bad_input(complaint.message());
    }
    if (const auto checked = check_config(out); !checked) {
        return tl::unexpected(checked.error());
    }
    return out;
}

} // namespace fulcrum::engine
