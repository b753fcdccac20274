// How what this engine itself has to say to a server gets there. In L3 DSR that is the way its clients'
// packets take: addressed to the VIP, inside the server's tunnel. So a health probe fails where they would:
// with nobody at the tunnel's end, or the VIP missing on the server. In L2 DSR the server is asked by its own
// address, and nothing that comes from the VIP is ever on the engine's link.
#pragma once

#include <vector>

#include "engine/balance/service.h"
#include "engine/balance/tunnel.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

struct ServerWay {
    std::uint32_t asked = 0;  // host order: whom it is addressed to, and who answers
    std::uint32_t server = 0; // host order: whom it is handed to; its own address
    Tunnel tunnel = Tunnel::none;

    bool is_direct() const { return tunnel == Tunnel::none; }
    friend bool operator==(const ServerWay&, const ServerWay&) = default;
};

ServerWay way_to(const Server& server, const Service& service);

// Tunnel::none: servers are asked by their own addresses.
Tunnel tunnel_of(engine::Mode mode);

// Sends packets made here the way of one server. One is enough for an owner of many: the scratch space and
// the tunnel's numbering are all it has.
class WaySender {
public:
    explicit WaySender(stack::IpStack& stack) : stack_(stack) {}

    // `frame` holds a packet from `source` to `way.asked`; `hop` leads to `way.server`. What waits for a
    // neighbour, and what finds no room and is counted, is as in IpStack::dispatch().
    void send(const device::Frame& frame, const ServerWay& way, const IpAddress& source,
              const stack::Hop& hop, Instant now);

private:
    stack::IpStack& stack_;
    std::uint16_t identification_ = 0;
    std::vector<device::Frame> inside_;
};

} // namespace fulcrum::balance
