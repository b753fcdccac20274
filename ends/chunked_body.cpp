#include "ends/chunked_body.h"

#include <algorithm>

namespace fulcrum::ends {
namespace {

constexpr std::size_t max_overhead_bytes = 4096;
constexpr unsigned max_size_digits = 15; // below 2^60: cannot overflow

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

} // namespace

ChunkedBody::Step ChunkedBody::process(std::string_view input) {
    Step step;
    while (step.used < input.size()) {
        if (where_ == Where::data) {
            const auto take =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - step.used));
            step.data = input.substr(step.used, take);
            step.used += take;
            left_ -= take;
            if (left_ == 0) {
                where_ = Where::data_cr;
            }
            return step;
        }
        step.state = process_byte(input[step.used++]);
        if (step.state != State::more) {
            return step;
        }
    }
    return step;
}

ChunkedBody::State ChunkedBody::process_byte(char c) {
    switch (where_) {
    case Where::size:
        if (const int value = hex_value(c); value >= 0) {
            if (++digits_ > max_size_digits) {
                return State::bad;
            }
            left_ = left_ * 16 + static_cast<std::uint64_t>(value);
            return State::more;
        }
        if (digits_ == 0) {
            return State::bad;
        }
        if (c == '\r') {
            where_ = Where::size_lf;
            return State::more;
        }
        where_ = Where::extension;
        return c == ';' || c == ' ' || c == '\t' ? State::more : State::bad;
    case Where::extension:
        if (c == '\r') {
            where_ = Where::size_lf;
            return State::more;
        }
        return c == '\n' || ++overhead_ > max_overhead_bytes ? State::bad : State::more;
    case Where::size_lf:
        if (c != '\n') {
            return State::bad;
        }
        where_ = left_ == 0 ? Where::trailer : Where::data;
        digits_ = 0;
        overhead_ = 0;
        return State::more;
    case Where::data:
        return State::bad; // taken by process
    case Where::data_cr:
        where_ = Where::data_lf;
        return c == '\r' ? State::more : State::bad;
    case Where::data_lf:
        where_ = Where::size;
        return c == '\n' ? State::more : State::bad;
    case Where::trailer:
        where_ = c == '\r' ? Where::end_lf : Where::trailer_line;
        return c == '\n' ? State::bad : State::more;
    case Where::trailer_line:
        if (c == '\r') {
            where_ = Where::trailer_lf;
            return State::more;
        }
        return c == '\n' || ++overhead_ > max_overhead_bytes ? State::bad : State::more;
    case Where::trailer_lf:
        where_ = Where::trailer;
        return c == '\n' ? State::more : State::bad;
    case Where::end_lf:
        return c == '\n' ? State::done : State::bad;
    }
    return State::bad;
}

} // namespace fulcrum::ends
