// L3 DSR (SPEC M4): the packet travels to the server as it is, inside another one: IP in IP (RFC 2003) or GRE
// (RFC 2784, no options). The server takes it out, finds its own VIP, and answers the client directly;
// answers are never seen here.
//
// The tunnel's header makes room for less: a packet that does not fit and may not be cut is answered by the
// VIP, so that the client's path MTU discovery works; routers on the way to the server tell this engine of
// less room (RFC 2003 section 5.1), of which the client hears at once, from the VIP, and with every packet.
// A GSO frame is cut into its segments first, because no card cuts what is inside a tunnel it knows nothing
// of.
#include "engine/balance/mode.h"
#include "engine/balance/tunnel.h"

namespace fulcrum::balance {

namespace {

class L3Dsr final : public ModeHandler {
public:
    L3Dsr(FlowPaths& paths, Tunnel tunnel)
        : paths_(paths), tunnel_(tunnel), overhead_(tunnel_overhead_bytes(tunnel)) {}

    FlowKey return_key(const FlowKey&, std::uint32_t, std::uint16_t) const override { return {}; }

    void forward(const stack::Packet& packet, FlowRecord& flow, Direction, Instant now) const override {
        stack::IpStack& stack = paths_.stack();
        const IpAddress server = IpAddress::v4(flow.server_address);
        const auto next = stack.route(packet.vrf, server, flow.server_address);
        const auto source = next ? stack.source_address(*next) : std::nullopt;
        if (!source) {
            stack.drops().add(wire::DropReason::no_route);
            return;
        }
        const std::uint32_t mtu = stack.interface(next->egress)->mtu_bytes;
        const std::uint32_t room =
            paths_.path_mtu_bytes(packet.vrf, flow.server_address, mtu, now) - overhead_;
        if (packet.ip.total_length() > room && packet.ip.dont_fragment() &&
            packet_on_wire_bytes(packet) > room) {
            stack.drops().add(wire::DropReason::too_big);
            stack.send_icmp_error(packet, wire::IcmpType::unreachable, wire::icmp_code::fragmentation_needed,
                                  static_cast<std::uint16_t>(room), packet.ip.destination(), now);
            return;
        }
        if (overhead_ + packet.ip.total_length() > 65535 && !packet.frame.meta.is_gso()) {
            stack.drops().add(wire::DropReason::too_big); // no packet is that long
            return;
        }
        frames_.clear();
        if (!stack.make_wire_frames(packet.frame, frames_)) {
            return;
        }
        FlowHop& hop = flow.hops[0];
        for (device::Frame& frame : frames_) {
            encapsulate(frame, tunnel_, *source, server, packet.ip.dont_fragment(), identification_++);
            if (paths_.is_fresh(hop)) {
                stack.dispatch_to(frame, stack::InterfaceId{hop.interface}, hop.destination);
            } else {
                paths_.renew(hop, packet.vrf, flow.server_address, now);
                stack.dispatch(frame, *next, now); // may wait for the neighbour
            }
        }
    }

    void forward_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                       Instant now) const override {
        forward(packet, flow, direction, now);
    }

private:
    FlowPaths& paths_;
    Tunnel tunnel_;
    std::uint32_t overhead_;
    mutable std::uint16_t identification_ = 0;
    mutable std::vector<device::Frame> frames_; // scratch
};

} // namespace

std::unique_ptr<ModeHandler> make_l3_dsr(FlowPaths& paths, Tunnel tunnel) {
    return std::make_unique<L3Dsr>(paths, tunnel);
}

} // namespace fulcrum::balance
