// The head of one HTTP/1.1 request out of untrusted bytes (RFC 9112). A small strict parser of our own: it
// makes no allocation per field and refuses what a general library must let through.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ends/http_fields.h"

namespace fulcrum::ends {

struct HttpRequest {
    std::string_view method;
    std::string_view path; // origin form, or the path of an absolute form; "*" for OPTIONS
    int minor_version = 1; // HTTP/1.x
    std::vector<HttpField> fields;
    BodyFraming framing; // no length and not chunked: no body
    bool keep_alive = true;
    bool expects_continue = false;

    bool has_body() const { return framing.chunked || framing.length.value_or(0) > 0; }
};

struct RequestOutcome {
    enum class Kind { complete, incomplete, refused } kind = Kind::incomplete;
    std::size_t length = 0;  // complete: bytes of the head, blank lines before it included
    int status = 400;        // refused: the answer, 400, 414, 417, 431, 501 or 505
    const char* reason = ""; // refused
};

// Views in `request` point into `bytes`. `request` is reused between calls so that its fields keep their
// memory.
RequestOutcome parse_request(std::string_view bytes, HttpRequest& request);

} // namespace fulcrum::ends
