// Everything the engine remembers of one balanced flow: 176 bytes, in one piece, never moved while the flow
// lives.
#pragma once

#include <cstdint>

#include "engine/balance/flow_key.h"
#include "engine/base/address.h"
#include "engine/control/report.h"

namespace fulcrum::balance {

// Where frames of one direction go: resolved when the flow starts, and again only when routes or neighbours
// have changed since (`epoch` differs from the stack's).
struct FlowHop {
    Mac destination;
    std::uint16_t interface = 0; // index of the interface the frame leaves by
    std::uint32_t epoch = 0;     // 0: not resolved
    std::uint32_t mtu_bytes = 0; // largest IP packet the interface carries
};
static_assert(sizeof(FlowHop) == 16);

// Why a server was chosen; the text is made when somebody asks (explain in scheduler.h).
enum class PickReason : std::uint8_t {
    round_robin,
    ratio,
    least_connections, // value: the server's active flows before this one
    least_load,        // value: its recent bytes
    fastest_response,  // value: microseconds
    maglev,
    source_ip,     // persistence
    adopted,       // a flow that began before this engine did, found again by its hash
    second_choice, // the scheduler's choice did not answer, or had no free port or return path left
    cookie,        // persistence
};

inline constexpr std::uint32_t no_flow_index = 0xffffffffU;
inline constexpr std::uint16_t no_interface = 0xffffU;
inline constexpr std::uint32_t no_session = 0xffffffffU;
inline constexpr std::uint32_t no_server = 0xffffffffU;

struct FlowRecord {
    FlowKey keys[2]; // by Direction: client → VIP; server → client (not set when the engine never sees it)
    FlowHop hops[2];                   // by Direction
    std::uint64_t packets[2] = {0, 0}; // frames as handed over, a GSO frame is one
    std::uint64_t bytes[2] = {0, 0};   // IP bytes
    std::int64_t started_ns = 0;       // monotonic
    std::int64_t last_ns = 0;          // monotonic, last packet of either direction
    std::uint64_t id = 0;              // unique in one engine's life
    std::uint32_t service = 0;         // index into the balancer's services
    std::uint32_t server = 0;          // index into the pool; no_server: full proxy before it has one
    std::uint32_t server_address = 0;  // host order
    std::uint32_t pick_value = 0;
    std::uint16_t server_port = 0;
    // Where the client's frames come in, and from which last hop: what auto gateway answers to. Follows the
    // client; no_interface: answers go by the routes.
    std::uint16_t client_interface = no_interface;
    Mac client_mac;
    std::uint8_t seen = 0; // what has passed so far: tcp_tracker.cpp
    engine::FlowState state = engine::FlowState::opening;
    engine::Mode mode = engine::Mode::in_line;
    PickReason reason = PickReason::round_robin;
    std::uint16_t use = 0; // index into the service's pools (Service::uses)
    std::uint32_t timer_next = no_flow_index, timer_prev = no_flow_index,
                  timer_slot = no_flow_index; // flow_timers.h
    std::uint32_t older = no_flow_index,
                  newer = no_flow_index; // all live flows by age; `older` links free ones
    std::uint32_t session = no_session;  // full proxy: whose connections end here (stream_taker.h)

    engine::Protocol protocol() const { return static_cast<engine::Protocol>(keys[0].protocol); }
    bool has_server() const { return server != no_server; }
    bool is_over() const { return state >= engine::FlowState::closed; }
};
static_assert(sizeof(FlowRecord) == 176,
              "the stated memory per flow: change EngineReport's documentation with it");

} // namespace fulcrum::balance
