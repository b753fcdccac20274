// Server connections that no session has at the moment: idle ones that wait for the next request (SPEC M9,
// connection reuse), and those that are being closed while their session goes on without them.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/balance/flow_key.h"
#include "engine/balance/flow_record.h"
#include "engine/proxy/listener.h"
#include "engine/tcp/connection.h"

namespace fulcrum::proxy {

class ServerConnections {
public:
    static constexpr Duration idle_timeout = std::chrono::seconds(30);    // below what servers commonly allow
    static constexpr Duration closing_timeout = std::chrono::seconds(30); // then it is reset
    static constexpr std::size_t most_per_server = 256;

    ServerConnections(Listener& listener, SegmentSender& sender, const balance::FlowHasher& hasher)
        : listener_(listener), sender_(sender), connections_(0, Hash{hasher}), idle_(0, Hash{hasher}) {}

    // Keys are of the server's segments as they arrive. `service`: the number of its name; connections are
    // not shared between services.
    void park(const balance::FlowKey& key, std::uint32_t service, tcp::Connection connection, Instant now);
    void close(const balance::FlowKey& key, tcp::Connection connection, Instant now);
    // An idle connection to a server, newest first; none: there is none. Then take() it.
    std::optional<balance::FlowKey> find_idle(std::uint32_t service, std::uint32_t server, std::uint16_t port,
                                              std::uint16_t vrf) const;
    std::optional<tcp::Connection> take(const balance::FlowKey& key);
    bool holds(const balance::FlowKey& key) const { return connections_.contains(key); }

    // True when it was for one of these.
    bool process_segment(const balance::FlowKey& key, tcp::Segment& segment, Instant now);
    // Calls over(key) for each that is gone: its port is free again.
    template <class Over>
    void poll(Instant now, Over&& over) {
        if (now < next_look_) {
            return;
        }
        next_look_ = now + look_interval;
        for (auto it = connections_.begin(); it != connections_.end();) {
            const bool gone = advance(it->first, it->second, now);
            if (gone) {
                retransmitted_bytes_ += it->second.connection.sender().retransmitted_bytes();
                forget_idle(it->first, it->second);
                over(it->first);
            }
            it = gone ? connections_.erase(it) : std::next(it);
        }
    }
    Instant next_deadline() const { return connections_.empty() ? Instant::max() : next_look_; }
    void close_idle(Instant now); // the configuration has changed

    std::size_t idle() const { return idle_count_; }
    std::size_t size() const { return connections_.size(); }
    std::uint64_t retransmitted_bytes() const { return retransmitted_bytes_; } // of those that are gone

private:
    static constexpr Duration look_interval = std::chrono::milliseconds(100);
    struct Held {
        tcp::Connection connection;
        balance::FlowHop hop;
        std::uint32_t service = 0;
        Instant since;
        bool idle = false;
    };
    struct Hash {
        balance::FlowHasher hasher;
        std::size_t operator()(const balance::FlowKey& key) const { return hasher(key); }
    };
    // The server, and the service in place of our own address.
    static balance::FlowKey idle_key(const balance::FlowKey& key, std::uint32_t service) {
        return {key.source, service, key.source_port, 0, key.protocol, 0, key.vrf};
    }
    bool advance(const balance::FlowKey& key, Held& held, Instant now); // true: over
    void send(const balance::FlowKey& key, Held& held, Instant now);
    void forget_idle(const balance::FlowKey& key, Held& held);

    Listener& listener_;
    SegmentSender& sender_;
    std::unordered_map<balance::FlowKey, Held, Hash> connections_;
    std::unordered_map<balance::FlowKey, std::vector<balance::FlowKey>, Hash> idle_; // newest last
    std::size_t idle_count_ = 0;
    std::uint64_t retransmitted_bytes_ = 0;
    Instant next_look_{};
};

} // namespace fulcrum::proxy
