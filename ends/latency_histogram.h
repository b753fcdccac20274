// Latencies in buckets that grow with the value, as HdrHistogram does it: every value is kept to within 1/128
// of itself, recording is an index and an increment, and the memory (57 KB) does not depend on how many there
// are.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace fulcrum::ends {

class LatencyHistogram {
public:
    void record(std::chrono::nanoseconds value); // negative counts as zero
    std::uint64_t count() const { return count_; }
    std::chrono::nanoseconds max() const { return max_; } // exact
    std::chrono::nanoseconds mean() const;
    // The value that `percent` of all values do not exceed, at most 1/128 too high, never above max(). Zero
    // when nothing was recorded. percent: 0 to 100.
    std::chrono::nanoseconds percentile(double percent) const;

private:
    static constexpr unsigned precision_bits = 7;
    static constexpr std::size_t per_octave = std::size_t{1} << precision_bits;
    static constexpr std::size_t octaves = 64 - precision_bits;
    static std::size_t index_of(std::uint64_t value);
    static std::uint64_t upper_edge(std::size_t index);

    std::array<std::uint64_t, per_octave*(octaves + 1)> buckets_{};
    std::uint64_t count_ = 0;
    double sum_ = 0; // nanoseconds
    std::chrono::nanoseconds max_{0};
};

} // namespace fulcrum::ends
