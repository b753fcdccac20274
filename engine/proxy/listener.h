// What happens before there is a session and after it: handshakes (kept half open, or in cookies when too
// many are), and late segments of connections that are over. Nothing here reaches a server.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "engine/proxy/half_open.h"
#include "engine/proxy/segment_sender.h"
#include "engine/proxy/time_wait.h"

namespace fulcrum::proxy {

struct ListenerCounters {
    std::uint64_t syns = 0, cookies_sent = 0, cookies_accepted = 0, handshakes = 0, syn_acks_repeated = 0;
};

class Listener {
public:
    Listener(stack::IpStack& stack, SegmentSender& sender, const tcp::HashKey& key,
             std::size_t half_open_limit, std::size_t time_wait_limit)
        : stack_(stack), sender_(sender), secrets_(key), half_open_(key, half_open_limit),
          time_wait_(key, time_wait_limit) {}

    // Answers a SYN from memory, with a new half-open entry, or with a cookie.
    void process_syn(const stack::Packet& packet, const tcp::Endpoints& ends, const tcp::Segment& syn,
                     Instant now);
    // The handshake that an ACK completes; none: of no handshake of ours.
    std::optional<tcp::Handshake> complete(const stack::Packet& packet, const tcp::Endpoints& ends,
                                           const tcp::Segment& ack, Instant now);
    // Cookies are out: a segment that fits nothing may follow one that completes a handshake and was lost.
    bool awaits_cookies(Instant now) const { return now < cookies_until_; }
    void process_reset(const tcp::Endpoints& ends, const tcp::Segment& reset);
    // True when the segment belonged to a connection that is over, and has been answered if need be. False
    // also for a SYN that may start anew (RFC 6191).
    bool process_late(const stack::Packet& packet, const tcp::Endpoints& ends, const tcp::Segment& segment,
                      Instant now);
    bool is_lingering(const tcp::Endpoints& ends) { return time_wait_.find(ends) != nullptr; }
    // Takes over what is left of a connection, when that is in TIME-WAIT.
    void linger(const tcp::Connection& connection, const tcp::Endpoints& ends, Instant now);
    void forget_lingering(const tcp::Endpoints& ends) { time_wait_.erase(ends); }
    // Resets a client whose handshake was completed in vain.
    void reset(const stack::Packet& packet, const tcp::Endpoints& ends, const tcp::Segment& segment,
               Instant now);

    void poll(Instant now);
    Instant next_deadline() const { return half_open_.next_deadline(); }

    // For connections through an interface: what its MTU lets us take. Lives as long as the listener.
    const tcp::Settings& settings_for(stack::InterfaceId interface);
    const tcp::HandshakeSecrets& secrets() const { return secrets_; }
    const ListenerCounters& counters() const { return counters_; }
    std::size_t half_open() const { return half_open_.size(); }
    std::size_t time_wait() const { return time_wait_.size(); }

    // False: what is said before there is a connection goes by the routes, as everything else does.
    void set_auto_gateway(bool on) { auto_gateway_ = on; }

private:
    void answer(const Station& station, const tcp::Endpoints& ends, const wire::TcpHeader& header,
                Instant now) {
        balance::FlowHop by_routes;
        if (auto_gateway_) {
            sender_.aim(ends, station, now);
        } else {
            sender_.aim(ends, by_routes, now);
        }
        sender_.transmit(header, {}, 0, 1);
    }

    stack::IpStack& stack_;
    SegmentSender& sender_;
    tcp::HandshakeSecrets secrets_;
    HalfOpenTable half_open_;
    TimeWaitTable time_wait_;
    std::map<std::uint32_t, std::unique_ptr<tcp::Settings>> settings_; // by MTU
    ListenerCounters counters_;
    Instant cookies_until_{};
    bool auto_gateway_ = true;
};

} // namespace fulcrum::proxy
