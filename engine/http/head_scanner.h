// Finds the end of a message head (RFC 9112 sections 2 to 5) in bytes that come in any pieces, and refuses at
// the first byte every spelling that two programs could read differently. The RFC lets a recipient be lenient
// in places; a proxy that is, and a server behind it that is not (or the other way round), disagree on where
// a request ends. So, unlike RFC 9112:
//   section 2.2 allows a lone LF as a line's end, and a lone CR as a space: refused here
//   section 5.2 allows to replace obsolete line folding by spaces: refused here
//   section 5.5 allows to replace CR, LF and NUL in values by spaces: refused here, as are all other
//               controls but HTAB
// What the head says is read by the parser of message_head.h, once the end is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fulcrum::http {

struct HeadLimits {
    std::uint32_t head_bytes = 32 * 1024; // all of it, with the empty line; at most 60 KB
    std::uint32_t start_line_bytes = 8 * 1024;
    std::uint32_t fields = 100; // at most max_fields of message_head.h
};

enum class HeadFault : std::uint8_t {
    none,
    bad_byte,
    bad_line_end,
    folded,
    start_line_too_long,
    too_large,
    too_many_fields
};

class HeadScanner {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // Looks at the next bytes. Returns how many of them belong to the head: all of them unless it ended or
    // was refused within.
    std::size_t scan(std::span<const std::uint8_t> bytes, const HeadLimits& limits);

    State state() const { return state_; }
    HeadFault fault() const { return fault_; }
    std::uint32_t bytes() const { return bytes_; } // seen so far
    // Of those, empty lines in front, which RFC 9112 section 2.2 asks to ignore: at most four are.
    std::uint32_t leading() const { return leading_; }
    bool started() const { return bytes_ > leading_; }
    void reset() { *this = HeadScanner(); }

private:
    enum class At : std::uint8_t { start, in_line, after_cr, line_start, final_cr, leading_cr };

    void refuse(HeadFault fault) {
        state_ = State::refused;
        fault_ = fault;
    }
    void take(std::uint8_t byte, const HeadLimits& limits);

    static constexpr std::uint32_t most_leading_bytes = 4 * 2;

    std::uint32_t bytes_ = 0, lines_ = 0, leading_ = 0;
    State state_ = State::more;
    HeadFault fault_ = HeadFault::none;
    At at_ = At::start;
};

} // namespace fulcrum::http
