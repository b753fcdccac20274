// Engine configuration to JSON: every value written out, in the order of the declarations in config.h.
#include <nlohmann/json.hpp>

#include "engine/control/config.h"

namespace fulcrum::engine {

using Json = nlohmann::ordered_json;

namespace {

Json emit_interface(const InterfaceConfig& i) {
    Json addresses = Json::array();
    for (const IpPrefix& a : i.addresses) {
        addresses.push_back(a.text());
    }
    Json floating = Json::array();
    for (const IpAddress& a : i.floating) {
        floating.push_back(a.text());
    }
    return Json{{"name", i.name},           {"mac", i.mac.text()},    {"vrf", i.vrf},
                {"mtu_bytes", i.mtu_bytes}, {"addresses", addresses}, {"floating", floating}};
}

Json emit_route(const RouteConfig& r) {
    Json out{{"vrf", r.vrf}, {"destination", r.destination.text()}};
    if (r.gateway) {
        out["gateway"] = r.gateway->text();
    }
    if (!r.interface.empty()) {
        out["interface"] = r.interface;
    }
    return out;
}

Json emit_health(const HealthConfig& h) {
    Json out{{"kind", name_of(h.kind)},
             {"interval_ms", h.interval.count()},
             {"timeout_ms", h.timeout.count()},
             {"rise", h.rise},
             {"fall", h.fall},
             {"port", h.port}};
    if (h.kind == HealthKind::http) {
        out["method"] = h.method;
        out["path"] = h.path;
        out["host"] = h.host;
        out["expect_status"] = h.expect_status;
        out["expect_body"] = h.expect_body;
    }
    return out;
}

Json emit_pool(const PoolConfig& p) {
    Json health = Json::array();
    for (const HealthConfig& h : p.health) {
        health.push_back(emit_health(h));
    }
    Json servers = Json::array();
    for (const ServerConfig& s : p.servers) {
        servers.push_back(Json{{"name", s.name},
                               {"address", s.address.text()},
                               {"port", s.port},
                               {"weight", s.weight},
                               {"drain", s.drain},
                               {"enabled", s.enabled}});
    }
    Json out{{"name", p.name},
             {"algorithm", name_of(p.algorithm)},
             {"persistence", name_of(p.persistence)},
             {"persistence_timeout_ms", p.persistence_timeout.count()},
             {"health", health},
             {"servers", servers}};
    if (p.passive_failures != 0) {
        out["passive_failures"] = p.passive_failures;
        out["passive_out_ms"] = p.passive_out.count();
    }
    return out;
}

Json emit_rule(const ContentRule& r) {
    Json out{{"host", r.host}, {"path_prefix", r.path_prefix}};
    if (r.redirect.empty()) {
        out["pool"] = r.pool;
    } else {
        out["redirect"] = r.redirect;
        out["redirect_status"] = r.redirect_status;
        out["redirect_keeps_path"] = r.redirect_keeps_path;
    }
    return out;
}

// What only a full proxy has; the other modes are not told of it.
void emit_full_proxy(Json& out, const ServiceConfig& s) {
    out["snat"] = Json::array();
    for (const IpAddress& address : s.snat) {
        out["snat"].push_back(address.text());
    }
    out["connect_timeout_ms"] = s.connect_timeout.count();
    out["connect_retries"] = s.connect_retries;
    out["limits"] = Json{{"client_connections", s.limits.client_connections},
                         {"client_rate_per_s", s.limits.client_rate_per_s},
                         {"service_connections", s.limits.service_connections}};
    out["proxy_out"] = name_of(s.proxy_out);
    out["proxy_in"] = s.proxy_in;
    out["layer7"] = s.layer7;
    if (s.layer7) {
        out["forwarded_for"] = name_of(s.forwarded_for);
        out["forwarded_proto"] = s.forwarded_proto;
        out["server_reuse"] = s.server_reuse;
        out["rules"] = Json::array();
        for (const ContentRule& rule : s.rules) {
            out["rules"].push_back(emit_rule(rule));
        }
    }
}

Json emit_service(const ServiceConfig& s) {
    Json ports = Json::array();
    for (const ServicePort& p : s.ports) {
        ports.push_back(
            Json{{"protocol", name_of(p.protocol)}, {"port", p.port}, {"server_port", p.server_port}});
    }
    Json out{{"name", s.name},
             {"vrf", s.vrf},
             {"vip", s.vip.text()},
             {"ports", ports},
             {"mode", name_of(s.mode)},
             {"attachment", name_of(s.attachment)},
             {"pool", s.pool},
             {"closed_ports", name_of(s.closed_ports)},
             {"enabled", s.enabled},
             {"ping_reply", s.ping_reply},
             {"tcp_idle_timeout_ms", s.tcp_idle_timeout.count()},
             {"udp_idle_timeout_ms", s.udp_idle_timeout.count()}};
    if (s.mode == Mode::full_proxy) {
        emit_full_proxy(out, s);
    }
    return out;
}

template <class Values, class Emit>
Json emit_each(const Values& values, Emit emit) {
    Json out = Json::array();
    for (const auto& value : values) {
        out.push_back(emit(value));
    }
    return out;
}

} // namespace

std::string emit_config(const EngineConfig& config) {
    const Json out{
        {"name", config.name},
        {"role", name_of(config.role)},
        {"interfaces", emit_each(config.interfaces, emit_interface)},
        {"routes", emit_each(config.routes, emit_route)},
        {"pools", emit_each(config.pools, emit_pool)},
        {"services", emit_each(config.services, emit_service)},
        {"auto_gateway", config.auto_gateway},
        {"source_ports", Json{{"first", config.source_ports.first}, {"last", config.source_ports.last}}},
        {"max_flows", config.max_flows}};
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace fulcrum::engine
