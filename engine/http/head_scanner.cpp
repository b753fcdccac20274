#include "engine/http/head_scanner.h"

#include <algorithm>
#include <array>

namespace fulcrum::http {

namespace {
// Bytes that may stand inside a line: HTAB, visible ASCII, SP, and 0x80 to 0xff (obs-text).
constexpr auto plain = [] {
    std::array<bool, 256> out{};
    for (std::size_t i = 0; i < 256; ++i) {
        out[i] = i == '\t' || (i >= 0x20 && i != 0x7f);
    }
    return out;
}();
} // namespace

std::size_t HeadScanner::scan(std::span<const std::uint8_t> bytes, const HeadLimits& limits) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ == State::more) {
        if (at_ == At::in_line) { // most bytes are here: no decision per byte but the table's
            const std::uint32_t limit = lines_ == 0
                                            ? std::min(limits.head_bytes, limits.start_line_bytes + leading_)
                                            : limits.head_bytes;
            const std::size_t room = limit > bytes_ ? limit - bytes_ : 0;
            const std::size_t end = used + std::min(bytes.size() - used, room);
            std::size_t run = used;
            while (run < end && plain[bytes[run]]) {
                ++run;
            }
            bytes_ += static_cast<std::uint32_t>(run - used);
            used = run;
            if (used == bytes.size()) {
                break;
            }
        }
        take(bytes[used], limits);
        ++used;
    }
    return used;
}

void HeadScanner::take(std::uint8_t byte, const HeadLimits& limits) {
    ++bytes_;
    if (lines_ == 0 && bytes_ > limits.start_line_bytes + leading_ && byte != '\n') {
        return refuse(HeadFault::start_line_too_long);
    }
    if (bytes_ > limits.head_bytes) {
        return refuse(HeadFault::too_large);
    }
    switch (at_) {
    case At::start:
        if (byte == '\r' && leading_ < most_leading_bytes) {
            ++leading_; // already now: an empty line does not start a request, however it is cut
            at_ = At::leading_cr;
        } else if (byte <= ' ' || byte == 0x7f) {
            refuse(byte == '\n' || byte == '\r' ? HeadFault::bad_line_end : HeadFault::bad_byte);
        } else {
            at_ = At::in_line;
        }
        return;
    case At::leading_cr:
        if (byte != '\n') {
            return refuse(HeadFault::bad_line_end);
        }
        ++leading_;
        at_ = At::start;
        return;
    case At::in_line:
        if (byte == '\r') {
            at_ = At::after_cr;
        } else if (byte == '\n') {
            refuse(HeadFault::bad_line_end);
        } else if (!plain[byte]) {
            refuse(HeadFault::bad_byte);
        }
        return;
    case At::after_cr:
        if (byte != '\n') {
            return refuse(HeadFault::bad_line_end);
        }
        ++lines_;
        at_ = At::line_start;
        return;
    case At::line_start:
        if (byte == '\r') {
            at_ = At::final_cr;
        } else if (byte == ' ' || byte == '\t') {
            refuse(HeadFault::folded);
        } else if (byte == '\n') {
            refuse(HeadFault::bad_line_end);
        } else if (!plain[byte]) {
            refuse(HeadFault::bad_byte);
        } else if (lines_ > limits.fields) { // the start line is one of the lines
            refuse(HeadFault::too_many_fields);
        } else {
            at_ = At::in_line;
        }
        return;
    case At::final_cr:
        if (byte != '\n') {
            return refuse(HeadFault::bad_line_end);
        }
        state_ = State::complete;
        return;
    }
}

} // namespace fulcrum::http
