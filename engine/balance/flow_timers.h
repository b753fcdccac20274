// When flows end for lack of packets: a timer wheel that packets never touch.
//
// A packet only writes the time into its record. When a flow's slot comes up, the owner is asked for the
// flow's true deadline, and the flow is put into the slot of that one. So a busy flow costs one re-insertion
// per time-out, and a time-out is exact to one tick. A deadline beyond the wheel's span waits in the last
// slot and is looked at again.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/balance/flow_table.h"
#include "engine/base/clock.h"

namespace fulcrum::balance {

class FlowTimers {
public:
    static constexpr unsigned tick_bits = 26;         // a tick is 2^26 ns, about 67 ms
    static constexpr std::uint32_t slot_count = 4096; // a span of about 275 s

    FlowTimers(FlowTable& table, Instant now);

    void set(FlowRecord& flow, Instant deadline); // also when it is set already
    void clear(FlowRecord& flow);

    // Calls `expire(flow)` for every flow whose slot has come up; that sets its timer again or removes the
    // flow. At most `budget` flows a call: the rest come with the next one, so packets never wait for a mass
    // expiry.
    template <class Expire>
    void advance(Instant now, std::uint32_t budget, Expire&& expire) {
        const std::int64_t target = tick_of(now);
        while (current_ <= target && budget > 0) {
            const auto slot = static_cast<std::uint32_t>(current_ % slot_count);
            while (heads_[slot] != no_flow_index && budget > 0) {
                FlowRecord& flow = table_.at(heads_[slot]);
                clear(flow);
                expire(flow);
                --budget;
            }
            if (heads_[slot] == no_flow_index) {
                current_ = next_used(current_ + 1, target + 1);
            }
        }
    }

    // When advance() has something to do; Instant::max() when no flow has a timer.
    Instant next_deadline() const;

private:
    static std::int64_t tick_of(Instant t) { return t.time_since_epoch().count() >> tick_bits; }
    static Instant end_of(std::int64_t tick) { return Instant(Duration(tick << tick_bits)); }
    // First tick at or after `from` whose slot is in use, at most `limit`.
    std::int64_t next_used(std::int64_t from, std::int64_t limit) const;

    FlowTable& table_;
    std::vector<std::uint32_t> heads_;                  // first flow of each slot
    std::array<std::uint64_t, slot_count / 64> used_{}; // one bit a slot
    std::int64_t current_;                              // first tick not worked off
    std::uint32_t armed_ = 0;
};

} // namespace fulcrum::balance
