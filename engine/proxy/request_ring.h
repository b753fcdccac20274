// The last requests of layer-7 services: a ring of fixed size that never waits. What a slow reader misses is
// counted.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/balance/flow_key.h"
#include "engine/control/report.h"
#include "engine/http/request_log.h"

namespace fulcrum::proxy {

class RequestRing {
public:
    static constexpr std::size_t capacity = 8192;

    void append(const http::RequestLog& log, const std::string& service, const balance::FlowKey& client);
    // Up to `limit` from `cursor` on, oldest first; moves the cursor behind the last.
    std::vector<engine::RequestReport> read(std::uint64_t& cursor, std::size_t limit,
                                            std::int64_t wall_ns) const;
    std::uint64_t lost() const { return next_ > capacity ? next_ - capacity : 0; }

private:
    struct Entry {
        http::RequestLog log;
        std::string service;
        balance::FlowKey client;
    };
    static engine::RequestReport report_of(const Entry& entry, std::int64_t wall_ns);

    std::vector<Entry> ring_; // grows to its capacity, then overwrites
    std::uint64_t next_ = 0;  // number of the next record; the first ever is 0
};

} // namespace fulcrum::proxy
