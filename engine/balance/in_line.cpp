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
    // The router's step with a translation in the middle.
    template <class Translate>
    void move(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now,
              Translate&& translate) const {
        paths_.pass_on(
            packet, flow, direction, now,
            [&](stack::InterfaceId egress) { return paths_.stack().may_forward(packet, egress, now); },
            [&] {
                packet.ip.decrement_ttl();
                translate();
            });
    }

    FlowPaths& paths_;
};

} // namespace

std::unique_ptr<ModeHandler> make_in_line(FlowPaths& paths) {
    return std::make_unique<InLine>(paths);
}

} // namespace fulcrum::balance
