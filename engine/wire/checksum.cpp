#include "engine/wire/checksum.h"

#include <bit>
#include <cstring>

namespace fulcrum::wire {

// Sums native 32-bit words into a 64-bit value, then corrects the byte order once: the one's complement sum
// of byte-swapped words is the byte-swapped sum (RFC 1071 section 2 B). At most 2^14 words of a 64 KB packet:
// the upper half cannot overflow.
std::uint64_t sum_of(std::span<const std::uint8_t> bytes) {
    std::uint64_t sum = 0;
    std::uint64_t sum2 = 0;
    const std::uint8_t* p = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 16; p += 16, left -= 16) {
        std::uint32_t words[4];
        std::memcpy(words, p, sizeof words);
        sum += std::uint64_t{words[0]} + words[1];
        sum2 += std::uint64_t{words[2]} + words[3];
    }
    sum += sum2;
    if (left > 0) {
        std::uint32_t words[4] = {0, 0, 0, 0};
        std::memcpy(words, p, left); // zeros behind: an odd byte is the high half of its word
        sum += std::uint64_t{words[0]} + words[1] + words[2] + words[3];
    }
    const std::uint16_t folded = fold(sum);
    if constexpr (std::endian::native == std::endian::little) {
        return static_cast<std::uint16_t>((folded << 8) | (folded >> 8));
    }
    return folded;
}

} // namespace fulcrum::wire
