// The next hop of each direction of a flow, kept in its record: a packet of a known flow costs no route and
// no neighbour look-up. All hops grow old together, a few times a second and at every change of
// configuration; the next packet of a flow then looks its hop up again. That follows a neighbour's changed
// MAC and keeps the neighbour table's own ageing going.
//
// Beside the hops stands what routers have told of the paths behind them: the MTU of tunnels to servers.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "engine/balance/flow_record.h"
#include "engine/base/clock.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

class FlowPaths {
public:
    static constexpr Duration lifetime{std::chrono::milliseconds(250)};

    explicit FlowPaths(stack::IpStack& stack) : stack_(stack) {}

    stack::IpStack& stack() const { return stack_; }
    void tick(Instant now) { // once per batch
        if (now >= renew_) {
            ++epoch_;
            renew_ = now + lifetime;
        }
    }
    void invalidate() { ++epoch_; }

    // True when the hop can be used as it is: what every packet but the first in a while takes.
    bool is_fresh(const FlowHop& hop) const { return hop.epoch == epoch_; }

    // Looks the hop towards `target` up. Returns it when there is a route; `hop` is fresh only when the
    // neighbour's MAC is known too. Counts and tells nobody.
    std::optional<stack::Hop> renew(FlowHop& hop, stack::VrfId vrf, std::uint32_t target, Instant now) const;

    // Sends a packet of the flow on: towards the client to the station it came from where auto gateway says
    // so (SPEC N6), else by the routes. `may_leave(egress)` decides whether it can go that way and has told
    // the sender if not; `translate()` changes the packet, and is called after that, because what the sender
    // is told quotes the packet as it came. No route is counted and told.
    template <class MayLeave, class Translate>
    void pass_on(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now,
                 MayLeave&& may_leave, Translate&& translate) const;

    // The largest outer packet on the way to `server`, as far as a router has told (RFC 1191): `most` when
    // none has, or too long ago. Whoever calls learn has seen that the router quotes a packet of ours.
    std::uint32_t path_mtu_bytes(stack::VrfId vrf, std::uint32_t server, std::uint32_t most,
                                 Instant now) const;
    void learn_path_mtu(stack::VrfId vrf, std::uint32_t server, std::uint32_t mtu_bytes, Instant now);

private:
    struct PathMtu {
        std::uint32_t bytes = 0;
        Instant until;
    };

    stack::IpStack& stack_;
    std::uint32_t epoch_ = 1;
    Instant renew_{};
    std::unordered_map<std::uint64_t, PathMtu> path_mtus_; // by VRF and server; as many as servers at most
};

// The largest IP packet that a frame of a flow puts on the wire: one segment of a GSO frame, else all of it.
std::uint32_t packet_on_wire_bytes(const stack::Packet& packet);

template <class MayLeave, class Translate>
void FlowPaths::pass_on(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now,
                        MayLeave&& may_leave, Translate&& translate) const {
    const auto pass_to = [&](stack::InterfaceId egress, const Mac& station) {
        if (may_leave(egress)) {
            translate();
            stack_.dispatch_to(packet.frame, egress, station);
        }
    };
    const stack::InterfaceId gateway{flow.client_interface};
    if (direction == Direction::out && flow.client_interface != no_interface &&
        stack_.interface(gateway) != nullptr) {
        pass_to(gateway, flow.client_mac);
        return;
    }
    FlowHop& hop = flow.hops[static_cast<std::size_t>(direction)];
    if (is_fresh(hop)) {
        pass_to(stack::InterfaceId{hop.interface}, hop.destination);
        return;
    }
    const std::uint32_t target = direction == Direction::in ? flow.server_address : flow.keys[0].source;
    const auto next = renew(hop, packet.vrf, target, now);
    if (!next) {
        stack_.drops().add(wire::DropReason::no_route);
        stack_.send_icmp_error(packet, wire::IcmpType::unreachable, wire::icmp_code::host_unreachable, 0,
                               std::nullopt, now);
    } else if (may_leave(next->egress)) {
        translate();
        stack_.dispatch(packet.frame, *next, now); // may wait for the neighbour
    }
}

} // namespace fulcrum::balance
