// Buffers full of garbage to emit over, so that a byte nobody wrote makes a test fail.
#pragma once

#include <cstdint>
#include <vector>

namespace fulcrum::test {

inline std::vector<std::uint8_t> garbage(std::size_t size, std::uint8_t fill = 0xa5) {
    return std::vector<std::uint8_t>(size, fill);
}

// What `emit` writes into `size` bytes, which must not depend on what was there before.
template <class Emit>
std::vector<std::uint8_t> emitted(std::size_t size, Emit&& emit) {
    auto one = garbage(size, 0xa5);
    auto two = garbage(size, 0x5a);
    emit(one);
    emit(two);
    return one == two ? one : std::vector<std::uint8_t>{}; // empty: something was not written
}

} // namespace fulcrum::test
