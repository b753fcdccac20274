// What a layer-7 service does with requests: an immutable value made from the configuration, shared by the
// service's sessions. A live change makes a new one; requests under way finish under theirs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/control/config.h"
#include "engine/http/chunk_scanner.h"
#include "engine/http/head_scanner.h"
#include "engine/tcp/secret_hash.h"

namespace fulcrum::http {

using std::chrono::milliseconds;

struct ToPool {
    std::string pool;
};
struct Redirect {
    std::uint16_t status = 302; // 301, 302, 303, 307 or 308
    std::string location;       // absolute URL or path
    bool append_target = false; // the request's path and query follow it
};
struct FixedAnswer {
    std::uint16_t status = 200;
    std::string body; // text/plain
};

// The first rule that matches decides. An empty host or path prefix matches all.
struct Rule {
    std::string host; // lower case; "*.example.org" matches every name below it, not example.org itself
    std::string path_prefix; // of the path as it was sent, byte by byte
    std::variant<ToPool, Redirect, FixedAnswer> then;

    bool matches(std::string_view asked_host, std::string_view path) const;
};

// A cookie that leads a client back to its server (SPEC M5). Its value names the server only to who knows the
// key: a keyed hash of pool and server name.
struct CookieServer {
    std::string pool, server, value;
};
struct CookiePersistence {
    std::string name = "FULCRUM";
    bool strip = true; // servers do not see it
    std::vector<CookieServer> servers;

    // Null: nobody, or the server is not of that pool.
    const CookieServer* find_value(std::string_view pool, std::string_view value) const;
    const CookieServer* find_server(std::string_view pool, std::string_view server) const;
};

struct HttpPolicy {
    std::string default_pool; // when no rule matches
    std::vector<Rule> rules;
    std::optional<CookiePersistence> cookie;

    engine::ForwardedFor forwarded_for = engine::ForwardedFor::append; // off: what came is left alone
    bool forwarded_proto = false; // X-Forwarded-Proto, replacing what came
    bool forwarded_port = false;  // X-Forwarded-Port: the port of the VIP, replacing what came
    bool allow_upgrade = true;    // websockets and the like; HTTP/2 in the clear never
    bool allow_connect = false;
    bool server_keep_alive = true; // false: every server connection carries one request

    HeadLimits head;
    ChunkLimits chunk;
    std::uint32_t buffer_bytes =
        128 * 1024; // waiting to be sent, per direction; one more slice may come on top
    std::uint32_t requests_per_connection = 0; // then the client connection is closed; 0: no limit

    milliseconds head_timeout{std::chrono::seconds(10)};       // from a head's first byte to its last
    milliseconds keep_alive_timeout{std::chrono::seconds(60)}; // between requests
    milliseconds body_timeout{std::chrono::seconds(30)};       // without a byte of a request's body
    milliseconds response_timeout{std::chrono::seconds(60)};   // without a byte from the server
    milliseconds linger_timeout{std::chrono::seconds(2)}; // for the client to close after our last answer

    const std::variant<ToPool, Redirect, FixedAnswer>* find_rule(std::string_view host,
                                                                 std::string_view path) const;
};

// `key` is the same on all engines of a service, so that a cookie of one is understood by the others.
HttpPolicy make_http_policy(const engine::EngineConfig& config, const engine::ServiceConfig& service,
                            const tcp::HashKey& key);
std::string cookie_value(const tcp::HashKey& key, std::string_view pool,
                         std::string_view server); // 16 hex digits

} // namespace fulcrum::http
