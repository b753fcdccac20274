// In-line (SPEC M2): a router that translates the destination, and nothing else. Client → VIP:port becomes
// client → server:server_port; the server's answer, which comes this way because this engine is its gateway,
// gets VIP:port back as its source, and goes to the router that the request came from (auto gateway). TTL
// counts down as in any router.
#include "engine/balance/mode.h"
#include "engine/balance/quoted_packet.h"
#include "engine/wire/rewrite.h"

namespace fulcrum::balance {

namespace {

class InLine final : public ModeHandler {
public:
    explicit InLine(FlowPaths& paths) : paths_(paths) {}

    FlowKey return_key(const FlowKey& in, std::uint32_t server, std::uint16_t server_port) const override {
        return {server, in.source, server_port, in.source_port, in.protocol, 0, in.vrf};
    }

    bool routes_transit() const override { return true; }

    void forward(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                 Instant now) const override {
        move(packet, flow, direction, now, [&] {
            if (direction == Direction::in) {
                wire::rewrite_endpoint(packet.ip, packet.frame.meta, wire::Side::destination,
                                       flow.server_address, flow.server_port);
            } else {
                wire::rewrite_endpoint(packet.ip, packet.frame.meta, wire::Side::source,
                                       flow.keys[0].destination, flow.keys[0].destination_port);
            }
        });
    }

    // An error about a packet VIP → client goes to the server, which sent that packet from its own address;
    // one about client → server goes to the client, which sent that packet to the VIP. The latter speaks with
    // the VIP's voice: the client must not learn what is behind it (SPEC M7).
    void forward_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                       Instant now) const override {
        move(packet, flow, direction, now, [&] {
            if (direction == Direction::in) {
                rewrite_quote(packet, wire::Side::source, flow.server_address, flow.server_port);
                packet.ip.set_destination_value(flow.server_address);
            } else {
                rewrite_quote(packet, wire::Side::destination, flow.keys[0].destination,
                              flow.keys[0].destination_port);
                packet.ip.set_source_value(flow.keys[0].destination);
            }
        });
    }

private:
    // The router's step with a translation in the middle: what is told to the sender quotes the packet as it
    // came.
    template <class Translate>
    void move(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now,
              Translate&& translate) const {
        stack::IpStack& stack = paths_.stack();
        FlowHop& hop = flow.hops[static_cast<std::size_t>(direction)];
        if (direction == Direction::out && flow.client_interface != no_interface) { // auto gateway (SPEC N6)
            const stack::InterfaceId egress{flow.client_interface};
            const stack::InterfaceSettings* interface = stack.interface(egress);
            if (interface != nullptr && packet.ip.ttl() > 1 &&
                (packet.ip.total_length() <= interface->mtu_bytes ||
                 packet_on_wire_bytes(packet) <= interface->mtu_bytes)) {
                packet.ip.decrement_ttl();
                translate();
                stack.dispatch_to(packet.frame, egress, flow.client_mac);
                return;
            }
        }
        const bool easy =
            paths_.is_fresh(hop) && packet.ip.ttl() > 1 &&
            (packet.ip.total_length() <= hop.mtu_bytes || packet_on_wire_bytes(packet) <= hop.mtu_bytes);
        if (easy) {
            packet.ip.decrement_ttl();
            translate();
            stack.dispatch_to(packet.frame, stack::InterfaceId{hop.interface}, hop.destination);
            return;
        }
        const std::uint32_t target = direction == Direction::in ? flow.server_address : flow.keys[0].source;
        const auto next = paths_.renew(hop, packet.vrf, target, now);
        if (!next) {
            stack.drops().add(wire::DropReason::no_route);
            stack.send_icmp_error(packet, wire::IcmpType::unreachable, wire::icmp_code::host_unreachable, 0,
                                  std::nullopt, now);
            return;
        }
        if (stack.may_forward(packet, *next, now)) {
            packet.ip.decrement_ttl();
            translate();
            stack.dispatch(packet.frame, *next, now);
        }
    }

    FlowPaths& paths_;
};

} // namespace

std::unique_ptr<ModeHandler> make_in_line(FlowPaths& paths) {
    return std::make_unique<InLine>(paths);
}

} // namespace fulcrum::balance
