// L2 DSR (SPEC M3): the frame goes to the server with new MAC addresses and is otherwise untouched, TTL
// included: for the network the server simply has the VIP. Answers go from the server to the client and are
// never seen here.
#include "engine/balance/mode.h"

namespace fulcrum::balance {

namespace {

class L2Dsr final : public ModeHandler {
public:
    explicit L2Dsr(FlowPaths& paths) : paths_(paths) {}

    FlowKey return_key(const FlowKey&, std::uint32_t, std::uint16_t) const override { return {}; }

    void forward(const stack::Packet& packet, FlowRecord& flow, Direction, Instant now) const override {
        stack::IpStack& stack = paths_.stack();
        FlowHop& hop = flow.hops[0];
        if (!paths_.is_fresh(hop)) {
            const auto next = paths_.renew(hop, packet.vrf, flow.server_address, now);
            if (!next) {
                stack.drops().add(wire::DropReason::no_route);
                return;
            }
            if (!paths_.is_fresh(hop)) {
                stack.dispatch(packet.frame, *next, now); // waits for the neighbour
                return;
            }
        }
        // The servers' segment has a smaller MTU than the one the packet came from. A packet that may not be
        // cut is answered, by the VIP, so that the client's path MTU discovery works.
        if (packet.ip.total_length() > hop.mtu_bytes && packet.ip.dont_fragment() &&
            packet_on_wire_bytes(packet) > hop.mtu_bytes) {
            stack.drops().add(wire::DropReason::too_big);
            stack.send_icmp_error(packet, wire::IcmpType::unreachable, wire::icmp_code::fragmentation_needed,
                                  static_cast<std::uint16_t>(hop.mtu_bytes), packet.ip.destination(), now);
            return;
        }
        stack.dispatch_to(packet.frame, stack::InterfaceId{hop.interface}, hop.destination);
    }

    void forward_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                       Instant now) const override {
        forward(packet, flow, direction, now);
    }

private:
    FlowPaths& paths_;
};

} // namespace

std::unique_ptr<ModeHandler> make_l2_dsr(FlowPaths& paths) {
    return std::make_unique<L2Dsr>(paths);
}

} // namespace fulcrum::balance
