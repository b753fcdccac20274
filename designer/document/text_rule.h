// What texts, numbers and prefixes of a drawing may be: the same rules when a file is read and before one is
// written. A rule answers with the reason why a value breaks it.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/address.h"

namespace fulcrum::designer {

inline constexpr std::size_t longest_name_bytes = 255; // of ids too

enum class TextRule {
    id,        // 1 to 255 bytes of UTF-8 without control characters
    reference, // an id, or nothing
    name,      // as an id
    line,      // at most 4096 bytes without control characters; may be empty
    free,      // at most 65536 bytes; line feeds and tabs allowed
    argument,  // of a program: as free, and carriage returns
    color,     // "#rrggbb" or nothing
};
std::optional<std::string> broken(TextRule rule, std::string_view text);

// Inclusive. `low` and `high` of an unsigned field fit into its type.
struct Range {
    double low = 0, high = 0;
};
inline constexpr Range any_u16{0, 65535};
inline constexpr Range any_u32{0, 4294967295.0};
inline constexpr Range a_port{1, 65535};
std::optional<std::string> broken(Range range, double value);

enum class PrefixRule {
    network,   // no bit behind the prefix length
    interface, // an address with the length of its network
};
std::optional<std::string> broken(PrefixRule rule, const IpPrefix& prefix);

bool is_utf8(std::string_view text); // RFC 3629: no surrogates, nothing overlong

} // namespace fulcrum::designer
