// A display filter cut into words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace fulcrum::capture {

// Where a filter is wrong, in bytes of its text.
struct FilterError {
    std::string message;
    std::size_t position = 0, length = 0;
};
template <class T>
using Filtered = tl::expected<T, FilterError>;

inline tl::unexpected<FilterError> wrong(std::string message, std::size_t position, std::size_t length) {
    return tl::unexpected(FilterError{std::move(message), position, length});
}

enum class TokenKind : std::uint8_t {
    word, // a field, a number, an address; meaning is given by where it stands
    text, // in quotes; `value` is without them
    open,
    close,
    open_set,
    close_set,
    comma,
    range, // ..
    logical_and,
    logical_or,
    logical_not,
    equal,         // ==
    not_equal,     // !=: no value is equal
    any_not_equal, // !== or ~=: some value is not equal
    less,
    less_equal,
    greater,
    greater_equal,
    contains,
    matches,
    in,
    bits, // &
    end,
};

struct Token {
    TokenKind kind = TokenKind::end;
    std::string value;
    std::size_t position = 0, length = 0;
};

Filtered<std::vector<Token>> cut(std::string_view text); // the last one is `end`

} // namespace fulcrum::capture
