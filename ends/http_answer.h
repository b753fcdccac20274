// What the built-in server says to one request: the contract of the paths, without sockets.
//
//   /            JSON {server, peer, local, headers, proxy}
//   /bytes/N     N bytes of the pattern
//   /echo        the request's body
//   /status/N    status N, 200 to 599
//   /delay/MS    the JSON of "/", MS milliseconds later (at most an hour)
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ends/http_request.h"
#include "ends/proxy_header.h"

namespace fulcrum::ends {

// Who answers, and over which connection.
struct Speaker {
    std::string_view server;
    std::string peer, local;            // "10.1.1.1:1234"
    const ProxyHeader* proxy = nullptr; // null: none came
};

struct HttpAnswer {
    int status = 200;
    std::string_view content_type = "application/json";
    std::string body;
    std::optional<std::uint64_t> pattern_bytes; // instead of `body`
    bool echo = false;                          // instead of `body`: the request's
    std::chrono::milliseconds delay{0};
};

HttpAnswer answer_to(const HttpRequest& request, const Speaker& speaker);
HttpAnswer refusal(int status, std::string_view reason);

bool status_has_body(int status); // RFC 9110 section 6.4.1

// Bytes of the pattern from `offset` on, at least 64 KB at a time. The byte at offset i is
// "0123456789abcdefghijklmnopqrstuvwxyz\n"[i % 37]: 37 is prime, so a segment lost, doubled or moved shows.
std::string_view pattern_from(std::uint64_t offset);

} // namespace fulcrum::ends
