// The flow log: one record when a flow begins and one when it ends, in a ring of fixed size. Writing never
// waits and never allocates once the ring is full; what a slow reader misses is counted.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/balance/flow_record.h"

namespace fulcrum::balance {

// A flow as it was at one moment, with names as NameTable numbers.
struct FlowLogRecord {
    std::uint64_t id = 0;
    std::int64_t started_ns = 0, last_ns = 0; // monotonic
    std::uint64_t packets[2] = {0, 0}, bytes[2] = {0, 0};
    std::uint32_t client = 0, vip = 0, server_address = 0, source = 0; // host order; source: what servers see
    std::uint32_t pick_value = 0;
    std::uint32_t service_name = 0, vrf_name = 0, server_name = 0;
    std::uint16_t client_port = 0, vip_port = 0, server_port = 0, source_port = 0;
    Mac client_mac, server_mac;
    engine::Protocol protocol = engine::Protocol::tcp;
    engine::Mode mode = engine::Mode::in_line;
    engine::FlowState state = engine::FlowState::opening;
    PickReason reason = PickReason::round_robin;
};
static_assert(sizeof(FlowLogRecord) == 112, "the ring's memory is a stated figure");

class FlowLog {
public:
    static constexpr std::size_t default_capacity = 65536; // 7.3 MB, touched as it fills

    explicit FlowLog(std::size_t capacity = default_capacity) : capacity_(capacity) {
        ring_.reserve(capacity);
    }

    void append(const FlowLogRecord& record);

    // Up to `limit` records from `cursor` on, oldest first; moves the cursor behind the last. 0 starts at the
    // oldest that is still there. A cursor from before that one continues there: the gap is in lost().
    std::vector<FlowLogRecord> read(std::uint64_t& cursor, std::size_t limit);

    // Records overwritten before any reader had fetched them.
    std::uint64_t lost() const { return lost_; }

private:
    std::size_t capacity_;
    std::vector<FlowLogRecord> ring_;
    std::uint64_t next_ = 1;       // sequence number of the next record; the first ever is 1
    std::uint64_t read_up_to_ = 1; // records before were fetched by somebody
    std::uint64_t lost_ = 0;
};

} // namespace fulcrum::balance
