#include "ends/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fulcrum::ends {

// Values below 128 have a bucket each; above, each power of two is divided into 128.
std::size_t LatencyHistogram::index_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= precision_bits) {
        return static_cast<std::size_t>(value);
    }
    const unsigned octave = width - precision_bits; // 1 for 128..255
    return octave * per_octave + static_cast<std::size_t>((value >> (octave - 1)) - per_octave);
}

std::uint64_t LatencyHistogram::upper_edge(std::size_t index) {
    const auto octave = static_cast<unsigned>(index / per_octave);
    if (octave == 0) {
        return index;
    }
    const std::uint64_t base = per_octave + index % per_octave;
    return ((base + 1) << (octave - 1)) - 1;
}

void LatencyHistogram::record(std::chrono::nanoseconds value) {
    value = std::max(value, std::chrono::nanoseconds{0});
    ++buckets_[index_of(static_cast<std::uint64_t>(value.count()))];
    ++count_;
    sum_ += static_cast<double>(value.count());
    max_ = std::max(max_, value);
}

std::chrono::nanoseconds LatencyHistogram::mean() const {
    return std::chrono::nanoseconds(count_ == 0 ? 0 : std::llround(sum_ / static_cast<double>(count_)));
}

std::chrono::nanoseconds LatencyHistogram::percentile(double percent) const {
    if (count_ == 0) {
        return {};
    }
    const auto rank = static_cast<std::uint64_t>(
        std::ceil(std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= std::max<std::uint64_t>(rank, 1)) {
            return std::min(max_, std::chrono::nanoseconds(static_cast<std::int64_t>(upper_edge(i))));
        }
    }
    return max_;
}

} // namespace fulcrum::ends
