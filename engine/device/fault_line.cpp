#include "engine/device/fault_line.h"

#include <algorithm>
#include <cstring>

namespace fulcrum::device {

namespace {

bool happens(double probability, std::mt19937_64& random) {
    // Drawn even for a probability of 0, so that changing one fault leaves the others' choices as they were.
    return std::uniform_real_distribution<double>(0, 1)(random) < probability;
}

// How long that many bytes take at the rate.
Duration time_of(std::uint64_t bytes, std::uint64_t rate_bps) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(8.0 * static_cast<double>(bytes) / static_cast<double>(rate_bps)));
}

} // namespace

void FaultLine::admit(const Frame& frame, Instant now, bool lose) {
    const bool lost = happens(faults_.loss, random_);
    const bool twice = happens(faults_.duplicate, random_);
    const bool late = happens(faults_.reorder, random_);
    const double swing = std::uniform_real_distribution<double>(-1, 1)(random_);
    if (lose || lost) {
        ++counters_.lost;
        return;
    }
    const auto passed = pass_rate(frame.size, now);
    if (!passed) {
        ++counters_.queue_drops;
        return;
    }
    const auto jitter =
        Duration(static_cast<Duration::rep>(swing * static_cast<double>(faults_.jitter.count())));
    Instant leaves = *passed + std::max(Duration(0), faults_.delay + jitter);
    if (late) {
        ++counters_.reordered;
        leaves += faults_.reorder_by;
    } else {
        leaves = std::max(leaves, last_leaves_);
        last_leaves_ = leaves;
    }
    hold(frame, leaves, now);
    if (twice) {
        ++counters_.duplicated;
        hold(frame, leaves, now);
    }
}

std::optional<Instant> FaultLine::pass_rate(std::size_t bytes, Instant now) {
    if (held_bytes_ + bytes > most_held_bytes) {
        return std::nullopt;
    }
    if (faults_.rate_bps == 0) {
        return now;
    }
    const Instant begins = std::max(now, wire_free_);
    const std::uint64_t limit = faults_.queue_bytes > 0
                                    ? faults_.queue_bytes
                                    : std::max<std::uint64_t>(least_queue_bytes, faults_.rate_bps / 8 / 10);
    // One frame always fits: it is the one on the wire.
    if (begins > now && begins - now + time_of(bytes, faults_.rate_bps) > time_of(limit, faults_.rate_bps)) {
        return std::nullopt;
    }
    wire_free_ = begins + time_of(bytes, faults_.rate_bps);
    return wire_free_;
}

void FaultLine::hold(const Frame& frame, Instant leaves, Instant now) {
    Held held{leaves, next_order_++, leaves <= now,
              std::vector<std::uint8_t>(min_headroom_bytes + frame.size), frame.meta};
    std::memcpy(held.buffer.data() + min_headroom_bytes, frame.data, frame.size);
    held_bytes_ += frame.size;
    held_.push_back(std::move(held));
    std::push_heap(held_.begin(), held_.end(), later);
}

std::optional<FaultLine::Held> FaultLine::take(Instant now) {
    if (held_.empty() || held_.front().leaves > now) {
        return std::nullopt;
    }
    std::pop_heap(held_.begin(), held_.end(), later);
    Held held = std::move(held_.back());
    held_.pop_back();
    held_bytes_ -= held.buffer.size() - min_headroom_bytes;
    ++counters_.passed;
    return held;
}

} // namespace fulcrum::device
