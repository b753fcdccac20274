// Handshakes that have begun: a SYN came, our SYN-ACK went out, the ACK has not come. Bounded; when it is
// full new SYNs are answered with cookies and cost nothing (RFC 4987). No server hears of any of them.
#pragma once

#include <unordered_map>

#include "engine/proxy/segment_sender.h"
#include "engine/tcp/handshake.h"

namespace fulcrum::proxy {

struct HalfOpen {
    tcp::Handshake handshake;
    const tcp::Settings* settings = nullptr; // of the interface it came in by
    Station station;
    Instant began, repeat_at;
    std::uint8_t repeats = 0;     // of our SYN-ACK, by our own clock
    bool was_asked_again = false; // their SYN came more than once
};

struct EndpointsHash {
    std::size_t operator()(const tcp::Endpoints& ends) const noexcept; // keyed: strangers choose the ends
    tcp::HashKey key;
};

class HalfOpenTable {
public:
    static constexpr std::size_t default_limit = 4096; // about 0.6 MB when full

    HalfOpenTable(const tcp::HashKey& key, std::size_t limit = default_limit)
        : limit_(limit), entries_(0, EndpointsHash{key}) {}

    bool is_full() const { return entries_.size() >= limit_; }
    std::size_t size() const { return entries_.size(); }
    HalfOpen* find(const tcp::Endpoints& ends);
    HalfOpen& insert(const tcp::Endpoints& ends, const HalfOpen& entry) { return entries_[ends] = entry; }
    void erase(const tcp::Endpoints& ends) { entries_.erase(ends); }

    // Calls repeat(ends, entry) for those whose SYN-ACK is due again; forgets those repeated three times.
    template <class Repeat>
    void poll(Instant now, Repeat&& repeat) {
        if (now < next_look_) {
            return;
        }
        next_look_ = now + look_interval;
        for (auto it = entries_.begin(); it != entries_.end();) {
            HalfOpen& entry = it->second;
            if (now < entry.repeat_at) {
                ++it;
                continue;
            }
            if (entry.repeats >= 3) {
                it = entries_.erase(it);
                continue;
            }
            ++entry.repeats;
            entry.repeat_at = now + std::chrono::seconds(1 << entry.repeats);
            repeat(it->first, entry);
            ++it;
        }
    }
    Instant next_deadline() const { return entries_.empty() ? Instant::max() : next_look_; }

private:
    static constexpr Duration look_interval = std::chrono::milliseconds(250);
    std::size_t limit_;
    std::unordered_map<tcp::Endpoints, HalfOpen, EndpointsHash> entries_;
    Instant next_look_{};
};

} // namespace fulcrum::proxy
