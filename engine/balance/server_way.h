// How what this engine itself has to say to a server gets there. In the direct return modes that is the way
// its clients' packets take: addressed to the VIP, handed to the server's MAC or put into its tunnel. So a
// health probe fails where they would: with the VIP missing on the server, or nobody at the tunnel's end.
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

    bool is_direct() const { return asked == server; }
    friend bool operator==(const ServerWay&, const ServerWay&) = default;
};

ServerWay way_to(const Server& server, const Service& service);

// Direct server return: servers own the VIP beside this engine.
bool servers_have_vip(engine::Mode mode);

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
