// The listener's side of a handshake, before there is a connection: initial sequence numbers and timestamp
// offsets that nobody can guess (RFC 6528, RFC 7323 section 5.4), and SYN cookies (RFC 4987 section 3.6) that
// carry a handshake through the client instead of through memory.
//
// A cookie is our initial sequence number: 5 bits of a clock that ticks every 64 s, 3 bits of MSS, 24 bits of
// keyed hash. Window scale and SACK fit into the low 6 bits of our timestamp, when the client sends
// timestamps; without them a cookie connection has neither, as everywhere.
#pragma once

#include <optional>

#include "engine/tcp/connection.h"
#include "engine/tcp/secret_hash.h"

namespace fulcrum::tcp {

// Both ends of a connection, ours second; addresses and ports in host order.
struct Endpoints {
    std::uint32_t their_address = 0, our_address = 0;
    std::uint16_t their_port = 0, our_port = 0;
    std::uint32_t vrf = 0;
    bool operator==(const Endpoints&) const = default;
};
static_assert(sizeof(Endpoints) == 16);

class HandshakeSecrets {
public:
    explicit HandshakeSecrets(const HashKey& key) : key_(key) {}

    Sequence initial_sequence(const Endpoints& ends, Instant now) const; // RFC 6528 section 3
    std::uint32_t timestamp_offset(const Endpoints& ends) const;

    // What to answer a SYN with, remembering nothing.
    struct Answer {
        Handshake handshake;         // .ours is the cookie
        std::uint32_t timestamp = 0; // our TSval, when handshake.timestamps
    };
    Answer make_cookie(const Endpoints& ends, const Segment& syn, const Settings& settings,
                       Instant now) const;
    // The handshake that an ACK completes; none: no cookie of ours, or older than two ticks.
    std::optional<Handshake> check_cookie(const Endpoints& ends, const Segment& ack, const Settings& settings,
                                          Instant now) const;

private:
    std::uint32_t cookie_hash(const Endpoints& ends, Sequence theirs, std::uint32_t tick,
                              unsigned mss_index) const;
    HashKey key_;
};

// What a SYN offers, as far as `settings` wants it; sequence numbers left out.
Handshake read_offer(const Segment& syn, const Settings& settings);
// The SYN-ACK that answers a handshake; ports are the caller's.
wire::TcpHeader syn_ack_for(const Handshake& handshake, const Settings& settings, std::uint32_t timestamp);
// Our window shift for these settings.
std::uint8_t window_shift(const Settings& settings);

} // namespace fulcrum::tcp
