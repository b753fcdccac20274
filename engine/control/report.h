// What an engine tells: counters, health, live flows and the flow log, as plain values. Read over the control
// socket by the command line and the window (engine/control/client.h); written by the service engine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/control/config.h"

namespace fulcrum::engine {

struct ServerReport {
    std::string name;
    IpAddress address;
    std::uint16_t port = 0;
    bool up = false;
    bool draining = false;
    std::string why;               // "ping: 2 of 2 lost", "not probed yet", "disabled"
    std::uint64_t connections = 0; // flows given to it since the start
    std::uint64_t active = 0;      // flows it has now
    std::uint64_t bytes_in = 0;    // towards the server, IP bytes
    std::uint64_t bytes_out = 0;   // from the server through the SE; 0 in DSR, which never sees them
};

struct ServiceReport {
    std::string name;
    std::string vrf;
    IpAddress vip;
    std::uint16_t port = 0; // the first port
    Mode mode = Mode::full_proxy;
    bool placed = false; // this SE owns the VIP now
    std::uint64_t connections = 0;
    std::uint64_t active = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::vector<ServerReport> servers;
};

struct InterfaceReport {
    std::string name;
    Mac mac;
    std::uint64_t rx_frames = 0, rx_bytes = 0, tx_frames = 0, tx_bytes = 0;
    std::uint64_t largest_rx_bytes = 0, largest_tx_bytes = 0; // GSO frames seen whole
    std::uint64_t kernel_drops = 0;                           // PACKET_STATISTICS
};

// Connections that end in this engine (full proxy).
struct ProxyReport {
    std::uint64_t sessions = 0;                // client connections now, each with its server connection
    std::uint64_t session_bytes = 0;           // memory of an idle one, both connections, without its flow
    std::uint64_t idle_server_connections = 0; // open, waiting for the next request (layer 7)
    std::uint64_t half_open = 0, time_wait = 0;
    std::uint64_t buffer_bytes = 0, buffer_limit_bytes = 0; // payload held, of all sessions
    std::uint64_t syns = 0, handshakes = 0, cookies_sent = 0, cookies_accepted = 0, syn_acks_repeated = 0;
    std::uint64_t connect_failures = 0, connect_retries = 0, idle_timeouts = 0;
    std::uint64_t shed_sessions = 0;                  // that made no progress while memory was short
    std::uint64_t retransmitted_bytes = 0;            // of sessions that have ended
    std::uint64_t requests = 0, request_log_lost = 0; // layer 7
};

// One request of a layer-7 service, when it has ended.
struct RequestReport {
    std::string service, pool, server; // empty: none was chosen
    std::string method, host, path;
    std::string end;    // "complete", "refused", … (engine/http/request_log.h)
    std::string reason; // of a refusal
    std::uint16_t status = 0;
    bool server_reused = false;
    std::uint32_t retries = 0;
    IpAddress client, vip;
    std::uint16_t client_port = 0, vip_port = 0;
    std::uint64_t bytes_from_client = 0, bytes_to_client = 0;
    std::uint64_t began_ns = 0;                                            // CLOCK_REALTIME
    std::uint64_t head_us = 0, sent_us = 0, answered_us = 0, total_us = 0; // since then; 0: never
};

struct EngineReport {
    std::string name;
    Role role = Role::active;
    std::uint64_t uptime_ms = 0;
    std::uint64_t cpu_us = 0; // processor time of the engine's process since it started
    std::vector<InterfaceReport> interfaces;
    std::vector<ServiceReport> services;
    std::map<std::string, std::uint64_t> drops; // by reason, named as in engine/wire/drop_reason.h
    std::uint64_t flows = 0, max_flows = 0, flow_bytes = 0; // flow_bytes: memory per flow, table included
    std::uint64_t flow_log_lost = 0;
    ProxyReport proxy;
};

enum class FlowState : std::uint8_t { opening, established, closing, closed, reset, timed_out };
std::string_view name_of(FlowState);

// One balanced connection (TCP) or exchange (UDP), both legs, and why this server was chosen.
struct FlowReport {
    std::uint64_t id = 0;                  // unique in one engine's life
    std::string service, vrf, server, why; // why: "round-robin", "maglev", "least-connections: 3 active", …
    Mode mode = Mode::full_proxy;
    Protocol protocol = Protocol::tcp;
    FlowState state = FlowState::opening;
    IpAddress client, vip, server_address, source; // source: what the server sees as the peer
    std::uint16_t client_port = 0, vip_port = 0, server_port = 0, source_port = 0;
    Mac client_mac, server_mac; // last hop towards each, as used on the wire
    std::uint64_t packets_in = 0, bytes_in = 0, packets_out = 0, bytes_out = 0;
    std::uint64_t started_ns = 0, last_ns = 0; // CLOCK_REALTIME
};

} // namespace fulcrum::engine
