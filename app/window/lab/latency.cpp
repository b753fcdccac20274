#include "app/window/lab/latency.h"

#include <algorithm>
#include <cmath>

namespace fulcrum::window {

std::optional<Latency> latencies_of(const LabSnapshot& snapshot) {
    std::vector<std::uint64_t> microseconds;
    for (const auto& [se, said] : snapshot.engines) {
        for (const engine::RequestReport& request : said.requests) {
            if (request.answered_us > 0) {
                microseconds.push_back(request.answered_us);
            }
        }
    }
    if (microseconds.empty()) {
        return std::nullopt;
    }
    std::sort(microseconds.begin(), microseconds.end());
    // The smallest value that so many percent do not exceed.
    const auto percentile = [&](double percent) {
        const double rank = std::ceil(percent / 100 * static_cast<double>(microseconds.size()));
        return static_cast<double>(microseconds[static_cast<std::size_t>(std::max(1.0, rank)) - 1]) / 1000;
    };
    return Latency{percentile(50), percentile(90), percentile(99)};
}

} // namespace fulcrum::window
