// The answer to a request, as it was recorded or as it came when the request was sent again, and what two of
// them do not have alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fulcrum::cli {

struct HttpAnswer {
    int status = 0; // 0: there is none
    std::string head, body;
    std::string failure;         // why there is none
    bool asked = false;          // its request was sent, or at least a connection for it was begun
    bool given_up = false;       // asked, and interrupted before an answer could come
    bool asked_twice = false;    // the first time, the server was just closing the kept connection
    std::int64_t latency_ns = 0; // from the request's last byte to the answer's first
    std::int64_t late_ns = 0;    // sent after its time: the answer before was waited for
    std::string server() const;  // that the built-in server, or a Server field, names; may be empty
};

// An answer as it was recorded, whole.
HttpAnswer parse_answer(std::string_view bytes, bool to_head);

// What two answers to one request do not have alike: status, body, fields of the head that do not change by
// themselves. Empty when they are the same.
std::vector<std::string> differences(const HttpAnswer& recorded, const HttpAnswer& now);

} // namespace fulcrum::cli
