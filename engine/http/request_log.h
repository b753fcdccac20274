// One record per request: what was asked, who answered, how long each part took, how it ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace fulcrum::http {

enum class RequestEnd : std::uint8_t {
    complete,         // answered by a server, to the end
    answered_here,    // a redirect or a fixed answer
    refused,          // the request was malformed, too large or not allowed: `reason` says what
    no_server,        // the pool had none
    server_failed,    // no connection, a reset, or an answer that cannot be read: 502
    server_timed_out, // 504, or silence within an answer
    server_truncated, // the answer ended too early; the client's connection was reset so that it knows
    client_timed_out, // 408
    client_gone,      // before the answer was complete
};
std::string_view name_of(RequestEnd end);

struct RequestLog {
    std::string method, host, path; // as sent; each cut at max_text bytes
    std::string pool, server;       // empty: none was chosen
    std::string_view reason;        // static text; empty when there is nothing to add
    std::uint16_t status = 0;       // that the client was given; 0: none
    RequestEnd end = RequestEnd::complete;
    bool server_reused = false; // the request went over a connection that had carried others
    std::uint8_t retries = 0;   // sent again after a reused connection turned out to be closed
    std::uint64_t bytes_from_client = 0, bytes_to_client = 0; // heads and bodies, as on the wire
    Instant began;                                            // first byte of the head
    Instant head_done;                                        // the head was complete
    Instant sent;                                             // the head went to a server; the epoch: never
    Instant answered; // the final answer's head was complete; the epoch: never
    Instant ended;

    static constexpr std::size_t max_text = 512;
};

class RequestSink {
public:
    virtual ~RequestSink() = default;
    // The record is valid during the call; the session must not be called from within.
    virtual void request_done(const RequestLog& log) = 0;
};

} // namespace fulcrum::http
