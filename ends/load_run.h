// A closed loop of requests over N connections: each connection sends the next request when the last one is
// answered. One thread, epoll; all names are resolved before the clock starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "ends/load_report.h"
#include "ends/url.h"
#include "engine/base/result.h"

namespace fulcrum::ends {

struct LoadOptions {
    Url url; // udp: datagrams to the built-in echo
    std::size_t connections = 10;
    std::uint64_t requests = 1000; // attempts in all, failed ones included; 0: as many as fit
    std::optional<std::chrono::nanoseconds> duration; // what is under way at its end is not counted
    bool keep_alive = true;                    // false: one request per connection, the server closes first
    bool proxy_header = false;                 // each TCP connection opens with a PROXY header, version 1
    std::chrono::milliseconds timeout{10'000}; // per request; for UDP see load_main.cpp
    std::size_t keep_answers = 0;
    std::function<void(const LoadReport&)> progress; // about four times a second; may be empty
    int stop_fd = -1;                                // readable: end now and report; -1: none
};

Result<LoadReport> run_load(const LoadOptions& options); // bad_input when the host cannot be resolved

} // namespace fulcrum::ends
