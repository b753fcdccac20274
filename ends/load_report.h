// What a load run has seen, and how it is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ends/latency_histogram.h"

namespace fulcrum::ends {

struct LoadAnswer {
    int status = 0;
    std::string local; // our own address and port, "172.16.1.10:40112"
    std::string body;  // its first 4 KB
    std::chrono::nanoseconds latency{};
};

struct LoadReport {
    std::string url;
    std::uint64_t requests = 0;                  // answered in full, whatever the status
    std::map<std::string, std::uint64_t> errors; // by kind: "connection refused", "timed out", …
    std::map<int, std::uint64_t> statuses;       // HTTP only
    std::uint64_t connections = 0;               // that were established; UDP: sockets
    std::uint64_t bytes = 0;                     // body bytes received
    std::chrono::nanoseconds elapsed{};
    // From the first byte of the request (without keep-alive: from the start of the connection) to the last
    // of the answer.
    LatencyHistogram latency;
    std::map<std::string, std::uint64_t> servers; // by the name they gave
    std::vector<LoadAnswer> answers;              // the first few, when asked for
    // Our own addresses and ports of attempts that failed once they had one: the first few, when answers are
    // asked for.
    std::vector<std::string> unanswered;

    std::uint64_t failed() const;
    double requests_per_second() const;
    double connections_per_second() const;
};

std::string emit_json(const LoadReport& report); // one object, one line; times in milliseconds
std::string emit_text(const LoadReport& report);

} // namespace fulcrum::ends
