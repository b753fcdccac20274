// Deadlines of proxied sessions: two wheels, a fine one for retransmissions and delayed acknowledgements, a
// coarse one for keep-alive and idle time-outs, so that a million idle sessions cost nothing until their hour
// comes.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/balance/flow_record.h"
#include "engine/base/clock.h"

namespace fulcrum::proxy {

using balance::no_session;

// Embedded in each session.
struct TimerLink {
    std::uint32_t next = no_session, previous = no_session, slot = no_session;
};

class SessionTimers {
public:
    static constexpr std::uint32_t fine_slots = 2048;   // of 1 ms: 2 s
    static constexpr std::uint32_t coarse_slots = 8192; // of 1 s: 2.2 hours; later ones wait in the last

    explicit SessionTimers(Instant now);

    // `link_of(index)` gives the TimerLink of a session; the caller owns them.
    template <class LinkOf>
    void set(std::uint32_t index, Instant deadline, LinkOf&& link_of) {
        const std::uint32_t slot = slot_for(deadline);
        TimerLink& link = link_of(index);
        if (link.slot == slot) {
            return;
        }
        clear(index, link_of);
        link.slot = slot;
        link.previous = no_session;
        link.next = heads_[slot];
        if (link.next != no_session) {
            link_of(link.next).previous = index;
        }
        heads_[slot] = index;
        ++armed_;
        (slot < fine_slots ? fine_armed_ : coarse_armed_) += 1;
    }
    template <class LinkOf>
    void clear(std::uint32_t index, LinkOf&& link_of) {
        TimerLink& link = link_of(index);
        if (link.slot == no_session) {
            return;
        }
        if (link.previous != no_session) {
            link_of(link.previous).next = link.next;
        } else {
            heads_[link.slot] = link.next;
        }
        if (link.next != no_session) {
            link_of(link.next).previous = link.previous;
        }
        (link.slot < fine_slots ? fine_armed_ : coarse_armed_) -= 1;
        link = TimerLink{};
        --armed_;
    }
    // Calls expire(index) for each session whose slot has come; it sets its timer again or not.
    template <class LinkOf, class Expire>
    void advance(Instant now, LinkOf&& link_of, Expire&& expire) {
        const std::int64_t fine_now = milliseconds_of(now), coarse_now = fine_now / 1000;
        sweep(fine_at_, fine_now, 0, fine_slots, fine_armed_, link_of, expire);
        sweep(coarse_at_, coarse_now, fine_slots, coarse_slots, coarse_armed_, link_of, expire);
    }
    // A lower bound: advance() has nothing to do before. Instant::max() when nothing is armed.
    Instant next_deadline() const;
    std::uint32_t armed() const { return armed_; }

private:
    static std::int64_t milliseconds_of(Instant t) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
    }
    std::uint32_t slot_for(Instant deadline) const;

    template <class LinkOf, class Expire>
    void sweep(std::int64_t& at, std::int64_t target, std::uint32_t first, std::uint32_t count,
               std::uint32_t& armed, LinkOf&& link_of, Expire&& expire) {
        // Each slot once at most, however long ago the last call was.
        const std::int64_t from = target - at >= count ? target - count + 1 : at + 1;
        for (std::int64_t tick = from; tick <= target && armed > 0; ++tick) {
            const std::uint32_t slot = first + static_cast<std::uint32_t>(tick % count);
            std::uint32_t index = heads_[slot];
            while (index != no_session) {
                clear(index, link_of);
                due_.push_back(index);
                index = heads_[slot];
            }
        }
        at = target;
        while (!due_.empty()) {
            const std::uint32_t index = due_.back();
            due_.pop_back();
            expire(index);
        }
    }

    std::vector<std::uint32_t> heads_;
    std::vector<std::uint32_t> due_;
    std::int64_t fine_at_, coarse_at_; // last tick worked off
    std::uint32_t armed_ = 0, fine_armed_ = 0, coarse_armed_ = 0;
};

} // namespace fulcrum::proxy
