#include "engine/proxy/session_timers.h"

#include <algorithm>

namespace fulcrum::proxy {

SessionTimers::SessionTimers(Instant now)
    : heads_(fine_slots + coarse_slots, no_session), fine_at_(milliseconds_of(now)),
      coarse_at_(milliseconds_of(now) / 1000) {}

std::uint32_t SessionTimers::slot_for(Instant deadline) const {
    // Rounded up: a timer is never early.
    const std::int64_t tick = std::max(milliseconds_of(deadline) + 1, fine_at_ + 1);
    if (tick - fine_at_ < fine_slots) {
        return static_cast<std::uint32_t>(tick % fine_slots);
    }
    const std::int64_t second = std::min(tick / 1000 + 1, coarse_at_ + coarse_slots - 1);
    return fine_slots + static_cast<std::uint32_t>(second % coarse_slots);
}

Instant SessionTimers::next_deadline() const {
    const auto at = [](std::int64_t ms) { return Instant(std::chrono::milliseconds(ms)); };
    if (fine_armed_ > 0) {
        for (std::int64_t tick = fine_at_ + 1; tick < fine_at_ + fine_slots; ++tick) {
            if (heads_[static_cast<std::uint32_t>(tick % fine_slots)] != no_session) {
                return at(tick);
            }
        }
    }
    if (coarse_armed_ > 0) {
        for (std::int64_t second = coarse_at_ + 1; second < coarse_at_ + coarse_slots; ++second) {
            if (heads_[fine_slots + static_cast<std::uint32_t>(second % coarse_slots)] != no_session) {
                return at(second * 1000);
            }
        }
    }
    return Instant::max();
}

} // namespace fulcrum::proxy
