#include "engine/proxy/server_connections.h"

#include <algorithm>

#include "engine/proxy/legs.h"

namespace fulcrum::proxy {

using balance::FlowKey;

void ServerConnections::park(const FlowKey& key, std::uint32_t service, tcp::Connection connection,
                             Instant now) {
    auto& row = idle_[idle_key(key, service)];
    if (row.size() >= most_per_server) {
        close(key, std::move(connection), now);
        return;
    }
    row.push_back(key);
    ++idle_count_;
    connections_.emplace(key, Held{std::move(connection), {}, service, now, true});
}

void ServerConnections::close(const FlowKey& key, tcp::Connection connection, Instant now) {
    const auto [at, fresh] = connections_.emplace(key, Held{std::move(connection), {}, 0, now, false});
    at->second.connection.close();
    if (at->second.connection.readable() > 0 && !is_done(at->second.connection)) {
        at->second.connection.abort(now); // nobody reads it any more
    }
    send(key, at->second, now);
}

std::optional<FlowKey> ServerConnections::find_idle(std::uint32_t service, std::uint32_t server,
                                                    std::uint16_t port, std::uint16_t vrf) const {
    const auto row = idle_.find(FlowKey{server, service, port, 0, wire::protocol_tcp, 0, vrf});
    return row == idle_.end() || row->second.empty() ? std::nullopt : std::optional(row->second.back());
}

std::optional<tcp::Connection> ServerConnections::take(const FlowKey& key) {
    const auto found = connections_.find(key);
    if (found == connections_.end() || !found->second.idle) {
        return std::nullopt;
    }
    forget_idle(key, found->second);
    tcp::Connection out = std::move(found->second.connection);
    connections_.erase(found);
    return out;
}

void ServerConnections::forget_idle(const FlowKey& key, Held& held) {
    if (!held.idle) {
        return;
    }
    held.idle = false;
    --idle_count_;
    const auto row = idle_.find(idle_key(key, held.service));
    // The newest is taken most often, and is at the end.
    const auto at = std::find(row->second.rbegin(), row->second.rend(), key);
    row->second.erase(std::next(at).base());
    if (row->second.empty()) {
        idle_.erase(row);
    }
}

bool ServerConnections::process_segment(const FlowKey& key, tcp::Segment& segment, Instant now) {
    const auto found = connections_.find(key);
    if (found == connections_.end()) {
        return false;
    }
    Held& held = found->second;
    held.connection.process_segment(std::move(segment), now);
    // Whatever a server says without being asked ends the connection: mostly it has closed it.
    if (held.idle &&
        (held.connection.readable() > 0 || held.connection.peer_finished() || is_done(held.connection))) {
        forget_idle(key, held);
        held.since = now;
        held.connection.close();
    }
    if (!held.idle && held.connection.readable() > 0 && !is_done(held.connection)) {
        held.connection.abort(now); // nobody reads it any more: the server must not go on sending
    }
    send(key, held, now);
    return true;
}

bool ServerConnections::advance(const FlowKey& key, Held& held, Instant now) {
    if (held.idle && now >= held.since + idle_timeout) {
        forget_idle(key, held);
        held.since = now;
        held.connection.close();
    }
    if (!held.idle && now >= held.since + closing_timeout && !is_done(held.connection)) {
        held.connection.abort(now);
    }
    if (now >= held.connection.next_deadline()) {
        held.connection.process_deadline(now);
    }
    send(key, held, now);
    if (!is_done(held.connection)) {
        return false;
    }
    listener_.linger(held.connection, ends_of(key), now);
    return true;
}

void ServerConnections::send(const FlowKey& key, Held& held, Instant now) {
    sender_.aim(ends_of(key), held.hop, now);
    held.connection.flush(sender_, now);
}

void ServerConnections::close_idle(Instant now) {
    for (auto& [key, held] : connections_) {
        if (held.idle) {
            forget_idle(key, held);
            held.since = now;
            held.connection.close();
            send(key, held, now);
        }
    }
}

} // namespace fulcrum::proxy
