// The next hop of each direction of a flow, kept in its record: a packet of a known flow costs no route and
// no neighbour look-up. All hops grow old together, a few times a second and at every change of
// configuration; the next packet of a flow then looks its hop up again. That follows a neighbour's changed
// MAC and keeps the neighbour table's own ageing going.
#pragma once

#include <cstdint>
#include <optional>

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

private:
    stack::IpStack& stack_;
    std::uint32_t epoch_ = 1;
    Instant renew_{};
};

// The largest IP packet that a frame of a flow puts on the wire: one segment of a GSO frame, else all of it.
std::uint32_t packet_on_wire_bytes(const stack::Packet& packet);

} // namespace fulcrum::balance
