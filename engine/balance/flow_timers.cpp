#include "engine/balance/flow_timers.h"

#include <algorithm>
#include <bit>

namespace fulcrum::balance {

FlowTimers::FlowTimers(FlowTable& table, Instant now)
    : table_(table), heads_(slot_count, no_flow_index), current_(tick_of(now)) {}

void FlowTimers::set(FlowRecord& flow, Instant deadline) {
    clear(flow);
    // Rounded up: a flow never ends early. The slot being worked off is not filled again, or advance would
    // spin.
    const std::int64_t wanted = tick_of(deadline) + 1;
    const std::int64_t tick = std::clamp(wanted, current_ + 1, current_ + slot_count - 1);
    const auto slot = static_cast<std::uint32_t>(tick % slot_count);
    const std::uint32_t index = table_.index_of(flow);
    flow.timer_slot = slot;
    flow.timer_prev = no_flow_index;
    flow.timer_next = heads_[slot];
    if (heads_[slot] != no_flow_index) {
        table_.at(heads_[slot]).timer_prev = index;
    }
    heads_[slot] = index;
    used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    ++armed_;
}

void FlowTimers::clear(FlowRecord& flow) {
    if (flow.timer_slot == no_flow_index) {
        return;
    }
    if (flow.timer_next != no_flow_index) {
        table_.at(flow.timer_next).timer_prev = flow.timer_prev;
    }
    if (flow.timer_prev != no_flow_index) {
        table_.at(flow.timer_prev).timer_next = flow.timer_next;
    } else {
        heads_[flow.timer_slot] = flow.timer_next;
        if (flow.timer_next == no_flow_index) {
            used_[flow.timer_slot / 64] &= ~(std::uint64_t{1} << (flow.timer_slot % 64));
        }
    }
    flow.timer_slot = no_flow_index;
    --armed_;
}

std::int64_t FlowTimers::next_used(std::int64_t from, std::int64_t limit) const {
    if (armed_ == 0) {
        return limit;
    }
    std::int64_t tick = from;
    while (tick < limit) {
        const auto slot = static_cast<std::uint32_t>(tick % slot_count);
        const std::uint64_t rest = used_[slot / 64] >> (slot % 64);
        if (rest != 0) {
            return std::min(tick + std::countr_zero(rest), limit);
        }
        tick += 64 - slot % 64;
    }
    return limit;
}

Instant FlowTimers::next_deadline() const {
    return armed_ == 0 ? Instant::max() : end_of(next_used(current_, current_ + slot_count));
}

} // namespace fulcrum::balance
