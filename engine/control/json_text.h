// JSON written without a document tree, for lists that are long and asked for while packets wait.
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace fulcrum::engine {

// A quoted JSON string. `text` is UTF-8; control characters are escaped, so the line stays one line.
void append_quoted(fmt::memory_buffer& out, std::string_view text);

} // namespace fulcrum::engine
