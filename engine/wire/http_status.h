// The names of HTTP's status codes (RFC 9110 section 15).
#pragma once

#include <cstdint>
#include <string_view>

namespace fulcrum::http {

// "" for a code without a name here: the reason phrase may be empty (RFC 9112 section 4).
std::string_view reason_phrase(std::uint16_t status);

} // namespace fulcrum::http
