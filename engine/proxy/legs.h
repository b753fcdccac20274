// What sessions and spare server connections have in common: the ends of a leg, and when it is over.
#pragma once

#include "engine/balance/flow_key.h"
#include "engine/tcp/connection.h"
#include "engine/tcp/handshake.h"

namespace fulcrum::proxy {

// The ends of a leg as its connection sees them. Keys are of arriving packets: theirs is the source.
inline tcp::Endpoints ends_of(const balance::FlowKey& key) {
    return {key.source, key.destination, key.source_port, key.destination_port, key.vrf};
}

inline bool is_done(const tcp::Connection& c) {
    return c.is_over() || c.state() == tcp::State::time_wait;
}

inline bool has_failed(const tcp::Connection& c) {
    return c.is_over() && c.end() != tcp::End::closed;
}

} // namespace fulcrum::proxy
