// Requests with their answers, as each interface saw them.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "capture/index/capture_file.h"

namespace fulcrum::capture {

struct HttpExchange {
    std::uint32_t request = 0;             // index in HttpTracker::messages()
    std::optional<std::uint32_t> response; // none: not seen
    std::int64_t began_ns = 0;             // of the request's first packet
    // From the request's last packet to the answer's first; none without an answer or without times.
    std::optional<std::int64_t> waited_ns;
};

// In the order in which the requests began. On a connection answers come in the order of requests (RFC 9112
// section 9.3); interim ones (1xx) answer nothing. Ends early when cancelled.
std::vector<HttpExchange> find_exchanges(const CaptureFile& file,
                                         const std::atomic<bool>* cancelled = nullptr);

} // namespace fulcrum::capture
