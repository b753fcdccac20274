// Full proxy for UDP (SPEC M1, M8): there is no connection to end, so both endpoints are translated. Client →
// VIP becomes engine → server; the server's answer comes back to the engine's own address and port and leaves
// as VIP → client. What passes has been received and is sent anew: TTL starts over, and a client never learns
// of what is behind the VIP.
#include "engine/balance/mode.h"
#include "engine/balance/quoted_packet.h"
#include "engine/wire/rewrite.h"

namespace fulcrum::balance {

namespace {

constexpr std::uint8_t fresh_ttl = 64;

class FullProxyUdp final : public ModeHandler {
public:
    explicit FullProxyUdp(FlowPaths& paths) : paths_(paths) {}

    bool translates_source() const override { return true; }
    // Without the source address and port, which the balancer chooses.
    FlowKey return_key(const FlowKey& in, std::uint32_t server, std::uint16_t server_port) const override {
        return {server, 0, server_port, 0, in.protocol, 0, in.vrf};
    }

    void forward(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                 Instant now) const override {
        move(packet, flow, direction, now, [&] {
            const FlowKey& key = direction == Direction::in ? flow.keys[1] : flow.keys[0];
            // The keys are of packets as they arrive, so what leaves is the other one reversed.
            wire::rewrite_endpoint(packet.ip, packet.frame.meta, wire::Side::source, key.destination,
                                   key.destination_port);
            wire::rewrite_endpoint(packet.ip, packet.frame.meta, wire::Side::destination, key.source,
                                   key.source_port);
            packet.ip.set_ttl(fresh_ttl);
        });
    }

    void forward_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                       Instant now) const override {
        move(packet, flow, direction, now, [&] {
            const FlowKey& key = direction == Direction::in ? flow.keys[1] : flow.keys[0];
            rewrite_quote(packet, wire::Side::source, key.source, key.source_port);
            rewrite_quote(packet, wire::Side::destination, key.destination, key.destination_port);
            packet.ip.set_source_value(key.destination);
            packet.ip.set_destination_value(key.source);
        });
    }

private:
    template <class Translate>
    void move(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now,
              Translate&& translate) const {
        paths_.pass_on(
            packet, flow, direction, now,
            [&](stack::InterfaceId egress) { return paths_.stack().fits(packet, egress, now); }, translate);
    }

    FlowPaths& paths_;
};

} // namespace

std::unique_ptr<ModeHandler> make_full_proxy_udp(FlowPaths& paths) {
    return std::make_unique<FullProxyUdp>(paths);
}

} // namespace fulcrum::balance
