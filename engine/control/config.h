// What one service engine is told: a plain value, written by the planner, read by fulcrum-se at start and
// again on every live change. An engine takes a whole configuration and replaces the one it had (an immutable
// snapshot); flows that still make sense under the new one live on.
//
// JSON form: docs/engine-control.md. Parsing refuses unknown keys, wrong types and dangling names, with the
// path.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/result.h"

namespace fulcrum::engine {

using std::chrono::milliseconds;

enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };

// How a service moves a request to a server (SPEC M1 to M4).
enum class Mode : std::uint8_t { full_proxy, in_line, l2_dsr, l3_dsr_ipip, l3_dsr_gre };

// How the network finds the VIP (SPEC N3 to N5).
enum class Attachment : std::uint8_t { arp, bgp, static_route };

enum class Algorithm : std::uint8_t {
    round_robin,
    ratio, // smooth weighted round robin
    least_connections,
    least_load, // fewest bytes in flight
    fastest_response,
    maglev, // consistent hash of client address and port
};

enum class Persistence : std::uint8_t { none, source_ip, cookie };

enum class HealthKind : std::uint8_t { ping, tcp_half_open, tcp, http, udp };

// Active: owns VIPs and floating addresses. Standby: knows them, probes for itself, owns none.
enum class Role : std::uint8_t { active, standby };

// What happens to traffic for a VIP's closed port (SPEC M7).
enum class ClosedPort : std::uint8_t { drop, refuse };

// How a layer-7 service tells servers the client's address (SPEC M9, M10).
enum class ForwardedFor : std::uint8_t { append, replace, off };
enum class ProxyProtocol : std::uint8_t { off, v1, v2 };

struct InterfaceConfig {
    std::string name; // "eth0", in the node's network namespace
    Mac mac; // the engine's own; the kernel's device has another one, so the kernel ignores our frames
    std::string vrf = "global";
    std::uint16_t mtu_bytes = 1500;
    std::vector<IpPrefix> addresses; // the SE's own, always answered for
    std::vector<IpAddress> floating; // next hop of servers or routers; answered for while active
};

struct RouteConfig {
    std::string vrf = "global";
    IpPrefix destination;             // 0.0.0.0/0 is the default route
    std::optional<IpAddress> gateway; // none: on link
    std::string interface;            // may be empty when the gateway is inside a connected subnet
};

struct HealthConfig {
    HealthKind kind = HealthKind::tcp_half_open;
    milliseconds interval{1000};
    milliseconds timeout{1000}; // at most the interval
    std::uint8_t rise = 1;      // successes in a row until up
    std::uint8_t fall = 2;      // failures in a row until down
    std::uint16_t port = 0;     // 0: the server's service port
    // http only
    std::string method = "GET";
    std::string path = "/";
    std::string host;
    std::uint16_t expect_status = 200;
    std::string expect_body; // keyword; empty: any body
};

struct ServerConfig {
    std::string name; // node name, unique in its pool
    IpAddress address;
    std::uint16_t port = 0; // 0: the port the client asked for, or the service port's server_port
    std::uint16_t weight = 1;
    bool drain = false; // finish what it has, get nothing new
    bool enabled = true;
};

struct PoolConfig {
    std::string name;
    Algorithm algorithm = Algorithm::round_robin;
    Persistence persistence = Persistence::none;
    milliseconds persistence_timeout{std::chrono::minutes(5)};
    std::vector<HealthConfig> health; // all must pass; none: always up
    // Passive health (SPEC M6), full proxy: so many connections in a row refused, unanswered or reset, or
    // answers with a 5xx status, take a server out for a while. 0: off.
    std::uint16_t passive_failures = 0;
    milliseconds passive_out{10'000};
    std::vector<ServerConfig> servers;
};

struct ServicePort {
    Protocol protocol = Protocol::tcp;
    std::uint16_t port = 80;
    std::uint16_t server_port = 0; // 0: no translation
};

// Layer-7 rule: the first that matches decides. An empty host or path matches all; "*.example.org" matches
// every name below it.
struct ContentRule {
    std::string host, path_prefix;
    std::string pool;                    // of this configuration; empty: `redirect` is set
    std::string redirect;                // an absolute URL or path, visible ASCII
    std::uint16_t redirect_status = 302; // 301, 302, 303, 307 or 308
    bool redirect_keeps_path = false;    // the request's path and query follow `redirect`
};

// Who may have how much of a service (SPEC M13). 0: no limit.
struct LimitsConfig {
    std::uint32_t client_connections = 0;  // at once, per client address
    std::uint32_t client_rate_per_s = 0;   // new connections, per client address
    std::uint32_t service_connections = 0; // at once
};

// Ports an engine calls servers from: 64,000 of them (SPEC M12), and those above are the health probes'.
inline constexpr std::uint16_t first_source_port = 1024, last_source_port = 65023;
struct PortRange {
    std::uint16_t first = first_source_port, last = last_source_port; // inclusive
    constexpr std::uint32_t count() const { return last < first ? 0 : std::uint32_t{last} - first + 1; }
    bool operator==(const PortRange&) const = default;
};

struct ServiceConfig {
    std::string name;
    std::string vrf = "global";
    IpAddress vip;
    std::vector<ServicePort> ports;
    Mode mode = Mode::full_proxy;
    Attachment attachment = Attachment::arp;
    std::string pool;
    ClosedPort closed_ports = ClosedPort::drop;
    bool enabled = true;
    bool ping_reply = true; // the VIP answers ICMP echo while placed here
    milliseconds tcp_idle_timeout{std::chrono::minutes(5)};
    milliseconds udp_idle_timeout{std::chrono::seconds(30)};

    // Full proxy only
    std::vector<IpAddress>
        snat; // what servers see as the source (SPEC M12); empty: this engine's own address
    milliseconds connect_timeout{std::chrono::seconds(3)}; // per server tried
    std::uint8_t connect_retries = 2;                      // other servers asked when one does not answer
    LimitsConfig limits;
    ProxyProtocol proxy_out = ProxyProtocol::off; // header that opens each server connection
    bool proxy_in = false;                        // clients open with a PROXY header, v1 or v2
    bool layer7 = false;                          // HTTP/1.1 is understood: the rest needs it
    ForwardedFor forwarded_for = ForwardedFor::append;
    bool forwarded_proto = false; // X-Forwarded-Proto and X-Forwarded-Port as well, replacing what came
    bool server_reuse = true;     // idle server connections serve other clients' requests
    std::vector<ContentRule> rules;
};

struct EngineConfig {
    std::string name; // node name, e.g. "se1"
    Role role = Role::active;
    std::vector<InterfaceConfig> interfaces;
    std::vector<RouteConfig> routes;
    std::vector<PoolConfig> pools;
    std::vector<ServiceConfig> services;
    // SPEC N6: what clients are answered goes back to the station and interface they were last heard from.
    // Without it, by the routes.
    bool auto_gateway = true;
    PortRange source_ports;
    std::uint32_t max_flows = 1'000'000; // flow table limit; beyond it new flows are a counted drop
};

// Fails (bad_input) with the JSON path and the reason: unknown key, wrong type, value out of range,
// unknown pool or interface, duplicate name, address outside every interface.
Result<EngineConfig> parse_config(std::string_view json);
std::string emit_config(const EngineConfig& config); // stable key order, two-space indent

// The words used in JSON, in the drawing and on the command line: "full-proxy", "in-line", "l2-dsr", …
std::string_view name_of(Mode);
std::string_view name_of(Attachment);
std::string_view name_of(Algorithm);
std::string_view name_of(Persistence);
std::string_view name_of(HealthKind);
std::string_view name_of(Protocol);
std::string_view name_of(Role);
std::string_view name_of(ClosedPort);
std::string_view name_of(ForwardedFor);
std::string_view name_of(ProxyProtocol);
std::optional<Mode> parse_mode(std::string_view);
std::optional<Attachment> parse_attachment(std::string_view);
std::optional<Algorithm> parse_algorithm(std::string_view);
std::optional<Persistence> parse_persistence(std::string_view);
std::optional<HealthKind> parse_health_kind(std::string_view);
std::optional<Protocol> parse_protocol(std::string_view);
std::optional<Role> parse_role(std::string_view);
std::optional<ClosedPort> parse_closed_port(std::string_view);
std::optional<ForwardedFor> parse_forwarded_for(std::string_view);
std::optional<ProxyProtocol> parse_proxy_protocol(std::string_view);

} // namespace fulcrum::engine
