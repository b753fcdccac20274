// Whoever ends TCP connections itself (full proxy): the balancer finds service, flow and server, and gives
// it the segments. The other way round, the taker asks the balancer for flows and servers (balancer.h).
#pragma once

#include "engine/balance/flow_record.h"
#include "engine/balance/service.h"
#include "engine/base/clock.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

class StreamTaker {
public:
    virtual ~StreamTaker() = default;

    // All segments have a legal header and a right checksum.
    // For a port of a full-proxy service, of no flow: a handshake, or a stray.
    virtual void process_unknown(const stack::Packet& packet, const FlowKey& key, const Endpoint& endpoint,
                                 Instant now) = 0;
    // Of a flow; in: from the client, out: from the server.
    virtual void process_known(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                               Instant now) = 0;
    // For an address this engine calls servers from, of no flow.
    virtual void process_stray(const stack::Packet& packet, const FlowKey& key, Instant now) = 0;
    // ICMP about a segment of ours. `direction`: the way the error travels, in = towards the server, so about
    // a segment that had gone to the client. `mtu_bytes`: of "fragmentation needed", else 0.
    virtual void process_error(FlowRecord& flow, Direction direction, std::uint32_t quoted_sequence,
                               std::uint16_t mtu_bytes, Instant now) = 0;

    // Server connections without a flow: whether one has this key, and an idle one to a server.
    virtual bool holds(const FlowKey& out) const = 0;
    virtual std::optional<FlowKey> find_idle(const Service& service, std::uint32_t server, std::uint16_t port,
                                             std::uint16_t vrf) const = 0;

    // The configuration took the flow's service or server away; its record goes after this call.
    virtual void flow_ended(FlowRecord& flow, Instant now) = 0;
    virtual void flow_moved(FlowRecord& flow, std::uint32_t index) = 0; // to another place in the table
};

} // namespace fulcrum::balance
