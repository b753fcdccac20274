// A capture in numbers, to be held against those of another: of a run before and after a change, or of what
// was recorded and what came of its replay.
#pragma once

#include <QString>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "capture/index/capture_file.h"

namespace fulcrum::window {

struct Percentiles {
    double p50 = 0, p90 = 0, p99 = 0; // 0: there is none
};

// One request with its answer, at one interface.
struct AskedRequest {
    QString interface, text;        // "GET shop.example/index.html"
    std::uint32_t packet = 0;       // that completes the request
    int status = 0;                 // 0: no answer was seen
    std::uint32_t answer_bytes = 0; // head and body
    std::optional<double> waited_ms;
};

struct CaptureFigures {
    double packets = 0, bytes = 0, duration_s = 0, drops = 0;
    double tcp_connections = 0, resets = 0, udp_conversations = 0, retransmissions = 0;
    Percentiles handshake_ms, answer_ms;
    std::map<int, int> statuses;        // answers by status; 0: requests without one
    std::vector<AskedRequest> requests; // in the order of time
};

// Of a capture that is loaded. Takes long for a large one; nothing to be trusted when cancelled.
CaptureFigures figures_of(const capture::CaptureFile& file, const std::atomic<bool>* cancelled);

// Requests of two captures that are the same: the first of its kind with the first, the second with the
// second. Of the same interface where the captures have interfaces in common. A request without a partner
// stands alone.
struct RequestPair {
    const AskedRequest* left = nullptr;
    const AskedRequest* right = nullptr;
    // Another status, another length, or no partner. How long the answers took is no difference by itself.
    bool differs() const;
};
std::vector<RequestPair> pair_requests(const CaptureFigures& left, const CaptureFigures& right);

} // namespace fulcrum::window
