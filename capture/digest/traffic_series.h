// What happened over time in a capture, in equal pieces of time: the lines of a chart.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/index/capture_file.h"

namespace fulcrum::capture {

enum class SeriesKind {
    throughput,      // bits a second, on the wire
    packets,         // a second
    latency,         // of HTTP requests, ms: p50, p90, p99
    round_trip,      // of TCP handshakes, ms: p50, p90, p99
    retransmissions, // a second
    flows            // TCP connections and UDP conversations open at the moment
};

struct SeriesWanted {
    SeriesKind kind = SeriesKind::throughput;
    bool by_interface = false;                         // throughput, packets, retransmissions
    std::optional<std::vector<std::uint32_t>> packets; // only these (the same three); none: all
};

struct TrafficLine {
    std::string name;                              // of an interface, "p99", "TCP"; empty: the total
    std::vector<std::pair<double, double>> points; // seconds since the first packet, value
};

struct TrafficSeries {
    static constexpr std::size_t pieces = 240;
    static constexpr std::size_t most_lines = 8; // the busiest interfaces; the rest is one more line

    double duration_s = 0;
    double piece_s = 0;
    std::vector<TrafficLine> lines;
    std::size_t others = 0; // interfaces in the last line, when it is of several
};

// Packets without a time are left out. Ends early, with nothing to be trusted, when cancelled.
TrafficSeries make_series(const CaptureFile& file, const SeriesWanted& wanted,
                          const std::atomic<bool>* cancelled = nullptr);

} // namespace fulcrum::capture
