// The field lines of an HTTP/1.1 message and the words inside them, as strictly as RFC 9112 allows a
// recipient to be: this code reads hostile input, and being generous here is how request smuggling starts.
// Shared by the server (requests) and the load generator (responses).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fulcrum::ends {

struct HttpField {
    std::string_view name, value; // value without the white space around it
};

inline constexpr std::size_t max_head_bytes = 16 * 1024; // start line and fields, blank line included
inline constexpr std::size_t max_fields = 100;

// Up to and including the blank line that ends a head; none: not all here yet.
std::optional<std::size_t> head_length(std::string_view bytes);

// What is certain about a head that has not fully arrived: a line end without CR, or a control byte, will not
// become right by waiting. Null: nothing wrong so far.
const char* fault_of_partial_head(std::string_view bytes);

// Field lines, each ended by CRLF, without the blank line (RFC 9112 section 5). Refuses folded lines, space
// before the colon, empty names and control bytes. Returns null, or what is wrong. The views point into
// `lines`.
const char* parse_fields(std::string_view lines, std::vector<HttpField>& fields);

bool is_token(std::string_view text);                                // RFC 9110 section 5.6.2
bool list_has(std::string_view comma_list, std::string_view token);  // "keep-alive, Upgrade"
std::optional<std::uint64_t> parse_decimal(std::string_view digits); // digits only, no overflow

// How long the body is (RFC 9112 section 6.3), from Content-Length and Transfer-Encoding.
struct BodyFraming {
    bool chunked = false;
    std::optional<std::uint64_t> length; // none, and not chunked: nothing was said
};
// Returns null, or what is wrong: both given, a length given twice, a length that is no number, another
// coding.
const char* parse_framing(const std::vector<HttpField>& fields, BodyFraming& framing);

} // namespace fulcrum::ends
