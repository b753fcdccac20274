// What a TCP payload begins with, told by its first bytes: protocols above TCP are found by content, since in
// a lab they run on any port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fulcrum::capture {

// A whole PROXY header in front (haproxy.org proxy-protocol.txt): its length in bytes; 0: none.
std::size_t proxy_header_bytes(std::span<const std::uint8_t> payload);

bool starts_http(std::span<const std::uint8_t> payload); // a request or status line of HTTP/1.x
// Whether `payload` may go on to be one: it is shorter than what starts_http() needs, and like one so far.
bool may_start_http(std::span<const std::uint8_t> payload);
// An empty line in front of something else, which may stand before a request (RFC 9112 section 2.2): its
// length, or 0.
std::size_t empty_line_bytes(std::span<const std::uint8_t> payload);
bool starts_tls(std::span<const std::uint8_t> payload); // a record header (RFC 8446 section 5.1)
bool starts_bgp(std::span<const std::uint8_t> payload); // a message header (RFC 4271 section 4.1)

// The bytes of the start line and the header fields with the empty line; all of `payload` when that line is
// not in it. starts_http() must hold.
std::size_t http_head_bytes(std::span<const std::uint8_t> payload);

// The parts of an HTTP head. starts_http() must hold. Views into the payload.
struct HttpStart {
    bool is_response = false;
    std::string_view method, uri, version; // request
    int code = 0;                          // response
    std::string_view phrase;
};
HttpStart http_start(std::string_view head);
// All fields of one name, in their order: X-Forwarded-For may be there several times.
class HttpFieldWalk {
public:
    HttpFieldWalk(std::string_view head, std::string_view name) : rest_(head), name_(name) {}
    std::optional<std::string_view> next(); // as http_field()

private:
    std::string_view rest_, name_;
};
// The first field of that name (case does not matter), without white space around; none when absent.
std::optional<std::string_view> http_field(std::string_view head, std::string_view name);

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace fulcrum::capture
