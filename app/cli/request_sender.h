// Recorded HTTP requests sent again: each recorded connection becomes a new one, each request goes out at its
// time, or when the one before on its connection has been answered, whichever is later.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "app/cli/request_answer.h"
#include "capture/replay/recorded_requests.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::cli {

struct RequestSending {
    // Opens a socket (unconnected) for a request, and says where to. A request whose socket cannot be opened
    // gets no answer, for that reason.
    std::function<Result<UniqueFd>(const capture::RecordedRequest&)> open;
    std::function<capture::Socket(const capture::RecordedRequest&)> target;
    double speed = 1; // times as fast as recorded; 0: nothing waits for its time, 256 connections at once
    std::chrono::milliseconds timeout{10'000};
    std::function<bool()> cancelled;
};

struct SentRequests {
    std::vector<HttpAnswer> answers; // by request
    bool interrupted = false;        // the rest was not sent
};

// A connection is closed when the last of its requests is answered. While this process has no descriptor left
// connections wait for one of the others to end. What a server cannot have worked on, because it closed a
// connection that it had kept, is asked a second time (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
SentRequests send_requests(const std::vector<capture::RecordedRequest>& requests,
                           const RequestSending& sending);

} // namespace fulcrum::cli
