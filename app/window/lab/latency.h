// Percentiles of how long requests took: of the layer-7 requests that the engines have logged since the
// snapshot before.
#pragma once

#include <optional>

#include "app/window/lab/lab_snapshot.h"

namespace fulcrum::window {

// From the first byte of a request at the engine until its answer began, in milliseconds.
struct Latency {
    double p50_ms = 0, p90_ms = 0, p99_ms = 0;
};

// None when no request was answered.
std::optional<Latency> latencies_of(const LabSnapshot& snapshot);

} // namespace fulcrum::window
