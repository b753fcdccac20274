// CUBIC (RFC 9438) with the Reno-friendly region, fast convergence, and HyStart++ (RFC 9406) to leave slow
// start before the queue overflows. Works in bytes. Knows nothing of what was lost: the sender tells it.
#pragma once

#include <cstdint>

#include "engine/base/clock.h"

namespace fulcrum::tcp {

class Congestion {
public:
    explicit Congestion(std::uint32_t mss_bytes = 1460);

    std::uint32_t window() const { return window_; } // bytes
    std::uint32_t threshold() const { return threshold_; }
    bool in_slow_start() const { return window_ < threshold_; }

    void
    set_mss(std::uint32_t mss_bytes); // path MTU changed; the window is kept in bytes, at least two segments
    // `acked` bytes were delivered in order outside recovery while the window was the limit; `rtt` is this
    // acknowledgement's sample, 0 when it has none; `round` counts round trips (for HyStart++).
    void on_acknowledged(std::uint32_t acked, Duration rtt, Duration smoothed_rtt, std::uint64_t round,
                         Instant now);
    void on_loss(std::uint32_t in_flight, Instant now);    // once per recovery episode
    void on_timeout(std::uint32_t in_flight, Instant now); // RFC 5681 (4): down to one segment
    void on_idle();                       // RFC 5681 section 4.1: restart from the initial window
    void undo();                          // the last on_loss or on_timeout was spurious (RFC 3522, RFC 4015)
    std::uint32_t initial_window() const; // RFC 6928

private:
    void reduce(std::uint32_t in_flight, Instant now);

    std::uint32_t mss_;
    std::uint32_t window_;
    std::uint32_t threshold_ = UINT32_MAX;
    double w_max_ = 0, w_est_ = 0, k_seconds_ = 0; // segments, segments, seconds
    Instant epoch_{};                              // start of the current congestion-avoidance stage; 0: none
    double fraction_ = 0;                          // bytes of growth not yet added
    std::uint32_t undo_window_ = 0, undo_threshold_ = 0;
    // HyStart++
    std::uint64_t round_ = 0;
    Duration last_round_min_{Duration::max()}, this_round_min_{Duration::max()};
    std::uint32_t samples_ = 0, css_rounds_ = 0;
    Duration css_baseline_{0};
    bool conservative_ = false;
};

} // namespace fulcrum::tcp
