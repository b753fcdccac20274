// How far packets are apart. The times of a file are whatever somebody wrote into it, to the ends of 64 bits.
#pragma once

#include <cstdint>
#include <limits>

namespace fulcrum::capture {

// Nanoseconds from one time to another; what does not fit into 64 bits ends at their limits, 292 years.
inline std::int64_t ns_between(std::int64_t from_ns, std::int64_t to_ns) {
    std::int64_t between = 0;
    if (__builtin_sub_overflow(to_ns, from_ns, &between)) {
        return to_ns < from_ns ? std::numeric_limits<std::int64_t>::min()
                               : std::numeric_limits<std::int64_t>::max();
    }
    return between;
}

} // namespace fulcrum::capture
