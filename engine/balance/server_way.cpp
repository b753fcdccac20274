#include "engine/balance/server_way.h"

namespace fulcrum::balance {

Tunnel tunnel_of(engine::Mode mode) {
    return mode == engine::Mode::l3_dsr_ipip  ? Tunnel::ipip
           : mode == engine::Mode::l3_dsr_gre ? Tunnel::gre
                                              : Tunnel::none;
}

ServerWay way_to(const Server& server, const Service& service) {
    const Tunnel tunnel = tunnel_of(service.config.mode);
    const IpAddress& own = server.config.address;
    return {.asked = (tunnel == Tunnel::none ? own : service.config.vip).v4_value(),
            .server = own.v4_value(),
            .tunnel = tunnel};
}

void WaySender::send(const device::Frame& frame, const ServerWay& way, const IpAddress& source,
                     const stack::Hop& hop, Instant now) {
    if (way.tunnel == Tunnel::none) {
        stack_.dispatch(frame, hop, now);
        return;
    }
    inside_.clear();
    if (!stack_.make_wire_frames(frame, inside_)) { // no card cuts what is inside a tunnel
        return;
    }
    for (device::Frame& packet : inside_) {
        encapsulate(packet, way.tunnel, source, IpAddress::v4(way.server), true, identification_++);
        stack_.dispatch(packet, hop, now);
    }
}

} // namespace fulcrum::balance
