#include "engine/http/http_policy.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/wire/http_tokens.h"

namespace fulcrum::http {

bool Rule::matches(std::string_view asked_host, std::string_view path) const {
    return path.starts_with(path_prefix) && (host.empty() || host_matches(host, asked_host));
}

const std::variant<ToPool, Redirect, FixedAnswer>* HttpPolicy::find_rule(std::string_view host,
                                                                         std::string_view path) const {
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.matches(host, path); });
    return found == rules.end() ? nullptr : &found->then;
}

const CookieServer* CookiePersistence::find_value(std::string_view pool, std::string_view value) const {
    const auto found = std::find_if(servers.begin(), servers.end(), [&](const CookieServer& s) {
        return s.value == value && s.pool == pool;
    });
    return found == servers.end() ? nullptr : &*found;
}

const CookieServer* CookiePersistence::find_server(std::string_view pool, std::string_view server) const {
    const auto found = std::find_if(servers.begin(), servers.end(), [&](const CookieServer& s) {
        return s.server == server && s.pool == pool;
    });
    return found == servers.end() ? nullptr : &*found;
}

std::string cookie_value(const tcp::HashKey& key, std::string_view pool, std::string_view server) {
    std::string text(pool);
    text += '\0';
    text += server;
    return fmt::format("{:016x}",
                       tcp::sip_hash(key, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

HttpPolicy make_http_policy(const engine::EngineConfig& config, const engine::ServiceConfig& service,
                            const tcp::HashKey& key) {
    HttpPolicy out;
    out.default_pool = service.pool;
    out.forwarded_for = service.forwarded_for;
    out.forwarded_proto = out.forwarded_port = service.forwarded_proto;
    for (const engine::ContentRule& from : service.rules) {
        Rule rule{from.host, from.path_prefix, ToPool{from.pool}};
        std::transform(rule.host.begin(), rule.host.end(), rule.host.begin(), lower);
        if (from.pool.empty()) {
            rule.then = Redirect{from.redirect_status, from.redirect, from.redirect_keeps_path};
        }
        out.rules.push_back(std::move(rule));
    }
    const auto is_used = [&](const std::string& pool) {
        return pool == service.pool ||
               std::any_of(service.rules.begin(), service.rules.end(),
                           [&](const engine::ContentRule& r) { return r.pool == pool; });
    };
    for (const engine::PoolConfig& pool : config.pools) {
        if (pool.persistence != engine::Persistence::cookie || !is_used(pool.name)) {
            continue;
        }
        if (!out.cookie) {
            out.cookie.emplace();
        }
        for (const engine::ServerConfig& server : pool.servers) {
            out.cookie->servers.push_back(
                {pool.name, server.name, cookie_value(key, pool.name, server.name)});
        }
    }
    return out;
}

} // namespace fulcrum::http
