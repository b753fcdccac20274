// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for numbers that a stranger must not guess.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace fulcrum::tcp {

struct HashKey {
    std::uint64_t a = 0, b = 0;
    static HashKey random(); // from the kernel
};

std::uint64_t sip_hash(const HashKey& key, std::span<const std::uint8_t> bytes);

} // namespace fulcrum::tcp
