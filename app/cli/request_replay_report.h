// What came of a request replay, told in words or as JSON: every answer held against the recorded one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/request_sender.h"

namespace fulcrum::cli {

struct RequestReplay {
    std::string capture;                            // the file's name
    std::vector<capture::RecordedRequest> requests; // as they were sent
    std::size_t incomplete = 0;                     // left out: not whole in the capture
    std::vector<std::string> senders, targets;      // by request: a node, "10.1.1.100:80"
    SentRequests sent;
    std::optional<capture::Damage> damage; // of the file
};

// Prints it and returns the command's exit code: 1 when a request got no answer, not all were sent, the file
// is damaged or, asked to compare, a status or body differs.
int report_requests(const RequestReplay& replay, bool json, bool compare);

} // namespace fulcrum::cli
