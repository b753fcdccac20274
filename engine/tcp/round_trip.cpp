#include "engine/tcp/round_trip.h"

#include <algorithm>

namespace fulcrum::tcp {

void RoundTrip::sample(Duration measured) {
    measured = std::max(measured, Duration(1));
    if (!known()) {
        smoothed_ = measured;
        variation_ = measured / 2;
        minimum_ = measured;
        return;
    }
    minimum_ = std::min(minimum_, measured);
    // RFC 6298 (2.3): alpha 1/8, beta 1/4, variation first.
    const Duration error = smoothed_ > measured ? smoothed_ - measured : measured - smoothed_;
    variation_ += (error - variation_) / 4;
    smoothed_ += (measured - smoothed_) / 8;
}

Duration RoundTrip::timeout() const {
    if (!known()) {
        return initial;
    }
    return std::clamp(smoothed_ + std::max<Duration>(4 * variation_, floor), floor, ceiling);
}

} // namespace fulcrum::tcp
