// Recorded HTTP requests sent again: each recorded connection becomes a new one, each request goes out at its
// time, or when the one before on its connection has been answered, whichever is later.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "capture/replay/recorded_requests.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::cli {

struct HttpAnswer {
    int status = 0; // 0: there is none
    std::string head, body;
    std::string failure;         // why there is none
    std::int64_t latency_ns = 0; // from the request's last byte to the answer's first
    std::int64_t late_ns = 0;    // sent after its time: the answer before was waited for
    std::string server() const;  // that the built-in server, or a Server field, names; may be empty
};

// An answer as it was recorded, whole.
HttpAnswer parse_answer(std::string_view bytes, bool to_head);

struct RequestSending {
    // Opens a socket (unconnected) for a request, and says where to.
    std::function<Result<UniqueFd>(const capture::RecordedRequest&)> open;
    std::function<capture::Socket(const capture::RecordedRequest&)> target;
    double speed = 1; // times as fast as recorded; 0: nothing waits for its time
    std::chrono::milliseconds timeout{10'000};
    std::function<bool()> cancelled;
};

// By request. Fails when a socket cannot be opened at all.
Result<std::vector<HttpAnswer>> send_requests(const std::vector<capture::RecordedRequest>& requests,
                                              const RequestSending& sending);

// What two answers to one request do not have alike: status, body, fields of the head that do not change by
// themselves. Empty when they are the same.
std::vector<std::string> differences(const HttpAnswer& recorded, const HttpAnswer& now);

} // namespace fulcrum::cli
