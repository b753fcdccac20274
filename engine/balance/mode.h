// How a service moves packets between client and server (SPEC M1 to M4). A mode sees packets of flows that
// exist: which flow, which server, whether at all, has been decided before. Adding a mode is adding a class
// here.
#pragma once

#include <memory>
#include <string>

#include "engine/balance/flow_paths.h"
#include "engine/balance/flow_record.h"
#include "engine/balance/tunnel.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

class ModeHandler {
public:
    virtual ~ModeHandler() = default;

    // The key of packets server → client of a flow client → VIP as they reach this engine; unset when they
    // never do.
    virtual FlowKey return_key(const FlowKey& in, std::uint32_t server, std::uint16_t server_port) const = 0;

    // Whether servers see an address of this engine's as the source: return_key() then leaves it open.
    virtual bool translates_source() const { return false; }

    // Sends a packet of the flow on, or drops and counts it. The packet's L4 header is known to be legal.
    virtual void forward(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                         Instant now) const = 0;

    // Sends on an ICMP error about a packet of the flow. `direction`: the way the error travels, in = towards
    // the server. The quoted IP header and the ports behind it are known to be there.
    virtual void forward_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                               Instant now) const = 0;

    // Whether packets that are for nobody here are routed (the in-line engine is the servers' router).
    virtual bool routes_transit() const { return false; }
};

std::unique_ptr<ModeHandler> make_in_line(FlowPaths& paths);
std::unique_ptr<ModeHandler> make_l2_dsr(FlowPaths& paths);
std::unique_ptr<ModeHandler> make_l3_dsr(FlowPaths& paths, Tunnel tunnel);
std::unique_ptr<ModeHandler> make_full_proxy_udp(FlowPaths& paths); // TCP is a StreamTaker's

// Why a service cannot run on this engine yet; empty when it can.
std::string unavailable(const engine::ServiceConfig& service);

} // namespace fulcrum::balance
