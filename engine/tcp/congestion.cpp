#include "engine/tcp/congestion.h"

#include <algorithm>
#include <cmath>

namespace fulcrum::tcp {

namespace {
constexpr double cubic_c = 0.4;                  // RFC 9438 section 5
constexpr double cubic_beta = 0.7;               // section 4.6
constexpr std::uint32_t window_limit = 1U << 30; // RFC 7323: no window is larger
// HyStart++, RFC 9406 section 4.3
constexpr std::uint32_t rtt_samples = 8;
constexpr Duration min_rtt_thresh = std::chrono::milliseconds(4);
constexpr Duration max_rtt_thresh = std::chrono::milliseconds(16);
constexpr std::uint32_t css_growth_divisor = 4, css_rounds = 5;
} // namespace

Congestion::Congestion(std::uint32_t mss_bytes) : mss_(mss_bytes), window_(initial_window()) {}

std::uint32_t Congestion::initial_window() const {
    return std::min(10 * mss_, std::max(2 * mss_, 14600U));
}

void Congestion::set_mss(std::uint32_t mss_bytes) {
    mss_ = mss_bytes;
    window_ = std::max(window_, 2 * mss_);
}

void Congestion::on_acknowledged(std::uint32_t acked, Duration rtt, Duration smoothed_rtt,
                                 std::uint64_t round, Instant now) {
    if (round != round_) { // a new round trip begins
        round_ = round;
        last_round_min_ = this_round_min_;
        this_round_min_ = Duration::max();
        samples_ = 0;
        if (conservative_ && ++css_rounds_ >= css_rounds) {
            threshold_ = window_; // HyStart++ ends slow start
        }
    }
    if (in_slow_start()) {
        if (rtt.count() > 0) {
            this_round_min_ = std::min(this_round_min_, rtt);
            ++samples_;
            if (samples_ >= rtt_samples && last_round_min_ != Duration::max()) {
                const Duration thresh = std::clamp(last_round_min_ / 8, min_rtt_thresh, max_rtt_thresh);
                if (!conservative_ && this_round_min_ >= last_round_min_ + thresh) {
                    conservative_ = true;
                    css_baseline_ = this_round_min_;
                    css_rounds_ = 0;
                } else if (conservative_ && this_round_min_ < css_baseline_) {
                    conservative_ = false; // the delay was no queue after all
                }
            }
        }
        const std::uint32_t growth = conservative_ ? std::max(1U, acked / css_growth_divisor) : acked;
        window_ = std::min({window_ + growth, std::max(threshold_, window_), window_limit});
        return;
    }
    const double mss = mss_;
    const double segments = window_ / mss;
    if (epoch_ == Instant{}) {
        epoch_ = now;
        if (w_max_ < segments) {
            w_max_ = segments;
        }
        k_seconds_ =
            std::cbrt((w_max_ - segments) / cubic_c); // RFC 9438 equation 2, cwnd_epoch being the window now
        w_est_ = segments;
    }
    const double t = std::chrono::duration<double>(now - epoch_ + smoothed_rtt).count();
    const double w_cubic = cubic_c * std::pow(t - k_seconds_, 3) + w_max_; // equation 1, one RTT ahead
    // Reno-friendly region, equation 4: alpha until the window of the last loss is reached, then 1.
    const double alpha = w_est_ < w_max_ ? 3.0 * (1 - cubic_beta) / (1 + cubic_beta) : 1.0;
    w_est_ += alpha * (acked / mss) / segments;
    double target = std::clamp(w_cubic, segments, 1.5 * segments);
    double growth = (target - segments) / segments * acked;
    if (w_cubic < w_est_) {
        growth = std::max(growth, (w_est_ - segments) * mss);
    }
    fraction_ += growth;
    const auto whole = static_cast<std::uint32_t>(std::min(fraction_, 1e9));
    fraction_ -= whole;
    window_ = std::min(window_ + whole, window_limit);
}

void Congestion::reduce(std::uint32_t in_flight, Instant) {
    undo_window_ = window_;
    undo_threshold_ = threshold_;
    const double segments = static_cast<double>(window_) / mss_;
    // Fast convergence (section 4.7): a flow that lost before it got back gives room to newer ones.
    w_max_ = segments < w_max_ ? segments * (1 + cubic_beta) / 2 : segments;
    const auto reduced = static_cast<std::uint32_t>(std::min(in_flight, window_) * cubic_beta);
    threshold_ = std::max(reduced, 2 * mss_);
    epoch_ = Instant{};
    fraction_ = 0;
    conservative_ = false;
}

void Congestion::on_loss(std::uint32_t in_flight, Instant now) {
    reduce(in_flight, now);
    window_ = threshold_;
}

void Congestion::on_timeout(std::uint32_t in_flight, Instant now) {
    reduce(in_flight, now);
    window_ = mss_;
}

void Congestion::on_idle() {
    window_ = std::min(window_, initial_window());
    epoch_ = Instant{};
}

void Congestion::undo() {
    if (undo_window_ != 0) {
        window_ = std::max(window_, undo_window_);
        threshold_ = std::max(threshold_, undo_threshold_);
        undo_window_ = 0;
        epoch_ = Instant{};
    }
}

} // namespace fulcrum::tcp
