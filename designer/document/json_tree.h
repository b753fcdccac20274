// JSON text as a tree in which every value knows where it stands, so that an error about its meaning can name
// the line. Syntax is nlohmann-json's business; this adds what strict reading needs: duplicate keys, NUL
// bytes and nesting beyond `max_json_depth` are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace fulcrum::designer {

inline constexpr std::size_t max_json_depth = 32;

struct JsonValue {
    enum class Kind { null, boolean, integer, real, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    bool negative = false;         // integer
    std::uint64_t magnitude = 0;   // integer
    double real = 0;               // real, and integer as far as a double holds it
    std::string text;              // string
    std::vector<JsonValue> items;  // array: the elements; object: the values
    std::vector<std::string> keys; // object: keys[i] names items[i]
    std::size_t offset = 0;        // of the value's last byte (scalars) or opening bracket
    std::size_t key_offset = 0;    // of the last byte of the key that names this value; 0 in arrays

    const JsonValue* find(std::string_view key) const; // object member; null when there is none
};

// One step down a tree: a key of an object, or an index of an array.
struct PathStep {
    std::string key;
    std::size_t index = 0;
    bool is_index = false;
};
using Path = std::vector<PathStep>;
std::string text_of(const Path& path); // nodes[3].kind; odd keys as layout["a b"]

std::size_t line_of(std::string_view text, std::size_t offset); // counted from 1

// Fails (bad_input) with "line 12, nodes[3]: …".
Result<JsonValue> parse_json(std::string_view text);

// The place of an error as every reader of this tree words it: "line 12, nodes[3].kind: reason".
Error error_at(std::string_view text, std::size_t offset, const Path& path, std::string_view reason);

// A string from a file inside a message: quoted, control characters escaped, cut short, one line.
std::string quote(std::string_view text);

} // namespace fulcrum::designer
