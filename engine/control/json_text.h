// JSON written without a document tree, for lists that are long and asked for while packets wait.
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace fulcrum::engine {

// A quoted JSON string. `text` is UTF-8; control characters are escaped, so the line stays one line.
void append_quoted(fmt::memory_buffer& out, std::string_view text);

// "[…]": each item written by `append_one(out, item)`.
template <class Items, class AppendOne>
void append_array(fmt::memory_buffer& out, const Items& items, AppendOne append_one) {
    constexpr std::size_t likely_bytes = 512; // of a flow or a request
    out.reserve(out.size() + items.size() * likely_bytes + 2);
    out.push_back('[');
    bool first = true;
    for (const auto& item : items) {
        if (!first) {
            out.push_back(',');
        }
        first = false;
        append_one(out, item);
    }
    out.push_back(']');
}

} // namespace fulcrum::engine
