// Connections that are over but for late segments (RFC 9293 TIME-WAIT): 64 bytes each instead of two
// connections, for a fixed time, the oldest leaving when the table is full. A repeated FIN is answered; a
// newer SYN is let through (RFC 6191); a source port waiting here may be used again when timestamps prove the
// newer connection newer.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/proxy/half_open.h"

namespace fulcrum::proxy {

struct Lingering : tcp::LastWords {
    Instant until;
};

class TimeWaitTable {
public:
    static constexpr Duration duration = std::chrono::seconds(10);
    static constexpr std::size_t default_limit = 131072;

    TimeWaitTable(const tcp::HashKey& key, std::size_t limit = default_limit)
        : limit_(limit), entries_(0, EndpointsHash{key}) {}

    void insert(const tcp::Endpoints& ends, const tcp::LastWords& words, Instant now);
    Lingering* find(const tcp::Endpoints& ends);
    void erase(const tcp::Endpoints& ends) { entries_.erase(ends); }
    void poll(Instant now);
    std::size_t size() const { return entries_.size(); }

private:
    std::size_t limit_;
    std::unordered_map<tcp::Endpoints, Lingering, EndpointsHash> entries_;
    std::deque<std::pair<Instant, tcp::Endpoints>> order_; // may name entries that are gone or renewed
};

} // namespace fulcrum::proxy
