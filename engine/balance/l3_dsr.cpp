// L3 DSR (SPEC M4): the packet travels to the server as it is, inside another one: IP in IP (RFC 2003) or GRE
// (RFC 2784, no options). The server takes it out, finds its own VIP, and answers the client directly;
// answers are never seen here.
//
// The tunnel's header makes room for less: a packet that does not fit and may not be cut is answered by the
// VIP, so that the client's path MTU discovery works; routers on the way to the server tell this engine of
// less room (RFC 2003 section 5.1), and the client hears of it with its next packet. A GSO frame is cut into
// its segments first, because no card cuts what is inside a tunnel it knows nothing of.
#include "engine/balance/mode.h"

#include "engine/wire/ethernet.h"

namespace fulcrum::balance {

namespace {

constexpr std::uint32_t gre_header_bytes = 4; // no checksum, no key, no sequence number

class L3Dsr final : public ModeHandler {
public:
    L3Dsr(FlowPaths& paths, bool gre)
        : paths_(paths), gre_(gre),
          overhead_(static_cast<std::uint32_t>(wire::ipv4_min_header_bytes) + (gre ? gre_header_bytes : 0)) {}

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
            encapsulate(frame, *source, server, packet.ip.dont_fragment());
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
    void encapsulate(device::Frame& frame, const IpAddress& source, const IpAddress& server,
                     bool dont_fragment) const {
        const std::uint32_t inner_bytes =
            frame.size - static_cast<std::uint32_t>(wire::ethernet_header_bytes);
        std::uint8_t* out = frame.push(overhead_);
        store_be16(out + 12, wire::ethertype_ipv4);
        const wire::Ipv4Header outer{.total_length = static_cast<std::uint16_t>(overhead_ + inner_bytes),
                                     .identification = identification_++,
                                     .dont_fragment = dont_fragment, // RFC 2003 section 3.1
                                     .protocol = gre_ ? wire::protocol_gre : wire::protocol_ipip,
                                     .source = source,
                                     .destination = server};
        outer.emit(out + wire::ethernet_header_bytes);
        if (gre_) {
            std::uint8_t* gre = out + wire::ethernet_header_bytes + wire::ipv4_min_header_bytes;
            store_be16(gre, 0);
            store_be16(gre + 2, wire::ethertype_ipv4);
        }
    }

    FlowPaths& paths_;
    bool gre_;
    std::uint32_t overhead_;
    mutable std::uint16_t identification_ = 0;
    mutable std::vector<device::Frame> frames_; // scratch
};

} // namespace

std::unique_ptr<ModeHandler> make_l3_dsr(FlowPaths& paths, bool gre) {
    return std::make_unique<L3Dsr>(paths, gre);
}

} // namespace fulcrum::balance
