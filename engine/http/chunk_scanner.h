// Walks over a chunked body (RFC 9112 section 7.1) without holding any of it: tells framing from data, so
// that the very bytes that came in can go out. As strict as HeadScanner, and for the same reason: a size is 1
// to 15 hexadecimal digits and nothing else, lines end in CR LF, extensions are short and of visible
// characters, no space stands before them, trailer fields are well formed and do not speak of framing or
// routing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fulcrum::http {

struct ChunkLimits {
    std::uint32_t extension_bytes = 256; // of one chunk
    std::uint32_t trailer_bytes = 8 * 1024;
};

class ChunkScanner {
public:
    enum class State : std::uint8_t { more, complete, refused };

    struct Run {
        std::size_t bytes = 0; // from the front of what was given
        bool data = false;     // part of the content; else framing: sizes, extensions, trailers
    };
    // The next run of one kind; empty only when nothing was given or the state is not `more`.
    Run next(std::span<const std::uint8_t> bytes, const ChunkLimits& limits);

    State state() const { return state_; }

private:
    enum class At : std::uint8_t {
        size_first,
        size,
        // ;name  ;name=value  ;name="quoted \"value\""
        extension_first,
        extension_name,
        value_first,
        value,
        quoted,
        escaped,
        quoted_end,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        final_lf
    };

    void take(std::uint8_t byte, const ChunkLimits& limits);
    void take_extension(char c);
    void refuse() { state_ = State::refused; }
    bool name_is_forbidden() const;

    std::uint64_t left_ = 0;  // of the chunk: the size while it is read, then the data to come
    std::uint32_t count_ = 0; // digits, extension bytes or trailer bytes
    State state_ = State::more;
    At at_ = At::size_first;
    std::uint8_t name_length_ = 0;
    std::array<char, 20> name_{}; // as much of a trailer's name as the longest forbidden one has
};

} // namespace fulcrum::http
