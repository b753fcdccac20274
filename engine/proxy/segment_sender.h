// Puts a connection's segments into frames: IPv4 and TCP headers, payload gathered from its slices, checksum
// left to offload, large bursts as one GSO frame.
#pragma once

#include "engine/balance/flow_paths.h"
#include "engine/balance/server_way.h"
#include "engine/stack/ip_stack.h"
#include "engine/tcp/connection.h"
#include "engine/tcp/handshake.h"

namespace fulcrum::proxy {

// The last hop that a peer was heard from.
struct Station {
    std::uint16_t interface = balance::no_interface;
    Mac mac;
    bool is_known() const { return interface != balance::no_interface; }
};

class SegmentSender final : public tcp::Transmitter {
public:
    explicit SegmentSender(balance::FlowPaths& paths) : paths_(paths), way_sender_(paths.stack()) {}

    // Where the next segments go: by the routes, with `hop` kept fresh here …
    void aim(const tcp::Endpoints& ends, balance::FlowHop& hop, Instant now);
    // … the way of a server that may be asked as the VIP …
    void aim(const tcp::Endpoints& ends, const balance::ServerWay& way, balance::FlowHop& hop, Instant now);
    // … or to a station (auto gateway).
    void aim(const tcp::Endpoints& ends, const Station& station, Instant now);

    void transmit(const wire::TcpHeader& header, std::span<const tcp::Slice> slices,
                  std::uint32_t payload_bytes, std::uint32_t mss_bytes) override;

    std::uint64_t sent_bytes() const { return sent_bytes_; } // of IP packets, a GSO frame is one

private:
    static constexpr std::uint32_t pending_limit = 512U << 10; // bytes made and not handed over: they stay in
                                                               // the cache
    void dispatch(const device::Frame& frame);

    balance::FlowPaths& paths_;
    tcp::Endpoints ends_;
    Station station_;
    balance::ServerWay way_;
    balance::WaySender way_sender_;
    balance::FlowHop* hop_ = nullptr; // null: to the station
    Instant now_;
    std::uint32_t pending_bytes_ = 0;
    std::uint16_t identification_ = 0;
    std::uint64_t sent_bytes_ = 0;
};

} // namespace fulcrum::proxy
