// The Internet checksum (RFC 1071), and its incremental update (RFC 1624).
//
// Sums are kept as unfolded 64-bit values of host-order 16-bit words read big-endian, so they add up freely:
// fold() brings one back to 16 bits, finish() complements it into what a header field holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/byte_order.h"

namespace fulcrum::wire {

// Sum of the bytes as big-endian 16-bit words; an odd last byte counts as its word's high half. Pieces can be
// added when every piece but the last has an even length.
std::uint64_t sum_of(std::span<const std::uint8_t> bytes);

inline std::uint16_t fold(std::uint64_t sum) {
    sum = (sum & 0xffffffffU) + (sum >> 32);
    sum = (sum & 0xffffU) + (sum >> 16);
    sum = (sum & 0xffffU) + (sum >> 16);
    sum = (sum & 0xffffU) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}
inline std::uint16_t finish(std::uint64_t sum) {
    return static_cast<std::uint16_t>(~fold(sum));
}

// Checksum of bytes whose checksum field is zero; 0 of bytes whose checksum field is right.
inline std::uint16_t checksum_of(std::span<const std::uint8_t> bytes) {
    return finish(sum_of(bytes));
}

// The IPv4 pseudo-header of TCP and UDP (RFC 9293 section 3.1, RFC 768); addresses in host order, `length` =
// L4 header and payload in bytes.
inline std::uint64_t pseudo_header_sum(std::uint32_t source, std::uint32_t destination, std::uint8_t protocol,
                                       std::size_t length) {
    return std::uint64_t{source >> 16} + (source & 0xffffU) + (destination >> 16) + (destination & 0xffffU) +
           protocol + static_cast<std::uint64_t>(length);
}

// What a complete checksum becomes when a 16-bit word it covers changes: HC' = ~(~HC + ~m + m'), RFC 1624
// eqn. 3.
inline std::uint16_t update_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) {
    return finish(std::uint64_t{static_cast<std::uint16_t>(~checksum)} + static_cast<std::uint16_t>(~before) +
                  after);
}
inline std::uint16_t update_checksum32(std::uint16_t checksum, std::uint32_t before, std::uint32_t after) {
    const std::uint32_t removed = ~before;
    return finish(std::uint64_t{static_cast<std::uint16_t>(~checksum)} + (removed >> 16) +
                  (removed & 0xffffU) + (after >> 16) + (after & 0xffffU));
}

// The same for a partial checksum (CHECKSUM_PARTIAL): the field holds the folded sum itself, not its
// complement, so the words are added as they are. Only words of the pseudo-header are in it; ports and
// payload are not.
inline std::uint16_t update_partial_checksum(std::uint16_t sum, std::uint16_t before, std::uint16_t after) {
    return fold(std::uint64_t{sum} + static_cast<std::uint16_t>(~before) + after);
}
inline std::uint16_t update_partial_checksum32(std::uint16_t sum, std::uint32_t before, std::uint32_t after) {
    const std::uint32_t removed = ~before;
    return fold(std::uint64_t{sum} + (removed >> 16) + (removed & 0xffffU) + (after >> 16) +
                (after & 0xffffU));
}

// How a parse treats an L4 checksum: trusted when the kernel vouches for the frame (VnetMeta), else verified
// against this pseudo-header.
struct ChecksumCheck {
    bool verify = false;
    std::uint32_t source = 0; // host order
    std::uint32_t destination = 0;

    static ChecksumCheck trusted() { return {}; }
    static ChecksumCheck against(std::uint32_t source, std::uint32_t destination) {
        return {true, source, destination};
    }
};

} // namespace fulcrum::wire
