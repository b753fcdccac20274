#include "engine/http/chunk_scanner.h"

#include <algorithm>
#include <string_view>

#include "engine/wire/http_tokens.h"

namespace fulcrum::http {

namespace {
constexpr std::uint32_t max_size_digits = 15; // 2^60 bytes: beyond any body, and far from overflow

int hex_value(std::uint8_t c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char l = lower(static_cast<char>(c));
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// RFC 9110 section 6.5.1: a trailer must not change framing, routing, authentication or how a body is read.
constexpr std::array<std::string_view, 15> forbidden_trailers{
    "content-length", "transfer-encoding", "host",   "connection",       "te",
    "trailer",        "upgrade",           "expect", "content-encoding", "content-type",
    "content-range",  "authorization",     "cookie", "set-cookie",       "x-forwarded-for"};
} // namespace

ChunkScanner::Run ChunkScanner::next(std::span<const std::uint8_t> bytes, const ChunkLimits& limits) {
    Run run;
    if (bytes.empty() || state_ != State::more) {
        return run;
    }
    if (at_ == At::data) {
        run.data = true;
        run.bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
        left_ -= run.bytes;
        if (left_ == 0) {
            at_ = At::data_cr;
        }
        return run;
    }
    while (run.bytes < bytes.size() && state_ == State::more && at_ != At::data) {
        take(bytes[run.bytes], limits);
        ++run.bytes;
    }
    return run;
}

void ChunkScanner::take(std::uint8_t byte, const ChunkLimits& limits) {
    const bool visible = byte >= 0x20 && byte < 0x7f;
    switch (at_) {
    case At::size_first:
    case At::size:
        if (const int digit = hex_value(byte); digit >= 0) {
            if (++count_ > max_size_digits) {
                return refuse();
            }
            left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
            at_ = At::size;
        } else if (at_ == At::size_first) {
            refuse();
        } else if (byte == ';') {
            count_ = 0;
            at_ = At::extension_first;
        } else if (byte == '\r') {
            at_ = At::size_lf;
        } else {
            refuse();
        }
        return;
    case At::extension_first:
    case At::extension_name:
    case At::value_first:
    case At::value:
    case At::quoted:
    case At::escaped:
    case At::quoted_end:
        return ++count_ > limits.extension_bytes ? refuse() : take_extension(static_cast<char>(byte));
    case At::size_lf:
        if (byte != '\n') {
            return refuse();
        }
        count_ = 0;
        at_ = left_ == 0 ? At::trailer_start : At::data;
        return;
    case At::data:
        return; // next() passes data without looking at it
    case At::data_cr:
        at_ = At::data_lf;
        return byte == '\r' ? void() : refuse();
    case At::data_lf:
        at_ = At::size_first;
        return byte == '\n' ? void() : refuse();
    case At::trailer_start:
        if (byte == '\r') {
            at_ = At::final_lf;
            return;
        }
        name_length_ = 0;
        at_ = At::trailer_name;
        [[fallthrough]];
    case At::trailer_name:
        if (++count_ > limits.trailer_bytes) {
            return refuse();
        }
        if (byte == ':' && name_length_ > 0 && !name_is_forbidden()) {
            at_ = At::trailer_value;
        } else if (is_token_char(static_cast<char>(byte))) {
            if (name_length_ < name_.size()) {
                name_[name_length_++] = lower(static_cast<char>(byte));
            }
        } else {
            refuse();
        }
        return;
    case At::trailer_value:
        if (byte == '\r') {
            at_ = At::trailer_lf;
        } else if ((!visible && byte != '\t' && byte < 0x80) || ++count_ > limits.trailer_bytes) {
            refuse();
        }
        return;
    case At::trailer_lf:
        at_ = At::trailer_start;
        return byte == '\n' ? void() : refuse();
    case At::final_lf:
        if (byte != '\n') {
            return refuse();
        }
        state_ = State::complete;
        return;
    }
}

// RFC 9112 section 7.1.1.
void ChunkScanner::take_extension(char c) {
    const bool text = c == '\t' || (c >= 0x20 && c < 0x7f); // char is signed: 0x80 and above are refused
    const bool token = is_token_char(c);
    switch (at_) {
    case At::extension_first:
        at_ = At::extension_name;
        return token ? void() : refuse();
    case At::value_first:
        at_ = c == '"' ? At::quoted : At::value;
        return token || c == '"' ? void() : refuse();
    case At::quoted:
        at_ = c == '"' ? At::quoted_end : c == '\\' ? At::escaped : At::quoted;
        return text ? void() : refuse();
    case At::escaped:
        at_ = At::quoted;
        return text ? void() : refuse();
    default:
        break;
    }
    if (token && at_ != At::quoted_end) {
        return;
    }
    if (c == '=' && at_ == At::extension_name) {
        at_ = At::value_first;
    } else if (c == ';') {
        at_ = At::extension_first;
    } else if (c == '\r') {
        at_ = At::size_lf;
    } else {
        refuse();
    }
}

bool ChunkScanner::name_is_forbidden() const {
    const std::string_view name(name_.data(), name_length_);
    return std::find(forbidden_trailers.begin(), forbidden_trailers.end(), name) != forbidden_trailers.end();
}

} // namespace fulcrum::http
