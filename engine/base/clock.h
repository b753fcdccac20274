// Time is an argument: everything below the event loop takes an Instant and never asks for one, so that
// tests run hours of timers in microseconds.
#pragma once

#include <chrono>

namespace fulcrum {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline Instant monotonic_now() { return std::chrono::steady_clock::now(); }

} // namespace fulcrum
