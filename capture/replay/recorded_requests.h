// The HTTP requests of a capture as their clients sent them, whole, and what they were answered: what a
// request replay sends again and holds its answers against.
#pragma once

#include <string>
#include <vector>

#include "capture/ladder/ladder.h"

namespace fulcrum::capture {

struct RecordedRequest {
    std::int64_t time_ns = 0;     // of its first packet
    std::uint32_t connection = 0; // requests of one number came over one connection, in this order
    std::string node;             // that sent it, as its interface is named; may be empty
    Socket server;                // that it was addressed to
    std::string method, target;
    std::string bytes;           // head and body
    std::string answer;          // the final one, head and body; empty: not whole in the capture
    std::int64_t latency_ns = 0; // from the request's last packet to the answer's first; 0 without an answer
};

struct RecordedRequests {
    std::vector<RecordedRequest> requests; // in the order of time
    std::size_t incomplete = 0; // left out: not whole in the capture, or larger than a message may be
};

// A head and body larger than this is left out.
inline constexpr std::uint32_t longest_recorded_message = 16U << 20;

// In a capture of several links a request is taken where the ladder sees it first. `file` is loaded.
RecordedRequests recorded_requests(const CaptureFile& file);

} // namespace fulcrum::capture
