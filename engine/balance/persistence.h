// Source-IP persistence: which server a client had last.
//
// A fixed table of buckets of eight: remembering costs no allocation, and strangers with many addresses
// cannot make it grow. When a bucket is full the entry used longest ago is forgotten, and that client is
// scheduled anew.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/balance/flow_key.h"
#include "engine/base/clock.h"

namespace fulcrum::balance {

class PersistenceTable {
public:
    static constexpr std::size_t bucket_count = 8192;
    static constexpr std::size_t bucket_size = 8; // 65,536 clients, 1 MiB, allocated when the first one comes

    PersistenceTable(Duration timeout, const FlowHasher& hasher) : timeout_(timeout), hasher_(hasher) {}

    // The client's server, and from now on remembered for another `timeout`; none when unknown or too long
    // ago.
    std::optional<std::uint32_t> find(std::uint32_t client, Instant now);
    void remember(std::uint32_t client, std::uint32_t server, Instant now);

    // After a live change: `moved[old]` is the server's new index, or nothing when it is gone.
    void renumber(const std::vector<std::optional<std::uint32_t>>& moved);
    void set_timeout(Duration timeout) { timeout_ = timeout; }

private:
    struct Entry {
        std::uint32_t client = 0;
        std::uint32_t server = 0;
        Instant used{}; // the clock's epoch: free
    };
    Entry* bucket_of(std::uint32_t client);

    Duration timeout_;
    FlowHasher hasher_;
    std::vector<Entry> entries_;
};

} // namespace fulcrum::balance
