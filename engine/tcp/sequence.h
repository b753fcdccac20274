// Sequence numbers: modulo 2^32, compared over half the circle (RFC 9293 section 3.4).
#pragma once

#include <cstdint>

namespace fulcrum::tcp {

class Sequence {
public:
    constexpr Sequence() = default;
    constexpr explicit Sequence(std::uint32_t value) : value_(value) {}

    constexpr std::uint32_t value() const { return value_; }
    constexpr bool operator==(const Sequence&) const = default;
    constexpr bool operator<(Sequence other) const {
        return static_cast<std::int32_t>(value_ - other.value_) < 0;
    }
    constexpr bool operator>(Sequence other) const { return other < *this; }
    constexpr bool operator<=(Sequence other) const { return !(other < *this); }
    constexpr bool operator>=(Sequence other) const { return !(*this < other); }
    constexpr Sequence operator+(std::uint32_t bytes) const { return Sequence(value_ + bytes); }
    constexpr Sequence& operator+=(std::uint32_t bytes) {
        value_ += bytes;
        return *this;
    }
    // Bytes from `earlier` to here; `earlier` <= *this must hold.
    constexpr std::uint32_t operator-(Sequence earlier) const { return value_ - earlier.value_; }

private:
    std::uint32_t value_ = 0;
};

constexpr Sequence later(Sequence a, Sequence b) {
    return a < b ? b : a;
}
constexpr Sequence earlier(Sequence a, Sequence b) {
    return a < b ? a : b;
}

} // namespace fulcrum::tcp
