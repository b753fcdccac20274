#include "engine/balance/server_way.h"

namespace fulcrum::balance {

using engine::Mode;

bool servers_have_vip(Mode mode) {
    return mode == Mode::l2_dsr || mode == Mode::l3_dsr_ipip || mode == Mode::l3_dsr_gre;
}

ServerWay way_to(const Server& server, const Service& service) {
    const Mode mode = service.config.mode;
    const std::uint32_t own = server.config.address.v4_value();
    return {.asked = servers_have_vip(mode) ? service.config.vip.v4_value() : own,
            .server = own,
            .tunnel = mode == Mode::l3_dsr_ipip  ? Tunnel::ipip
                      : mode == Mode::l3_dsr_gre ? Tunnel::gre
                                                 : Tunnel::none};
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
