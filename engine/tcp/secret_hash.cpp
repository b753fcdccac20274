#include "engine/tcp/secret_hash.h"

#include <bit>
#include <cstring>
#include <sys/random.h>

namespace fulcrum::tcp {

namespace {
struct State {
    std::uint64_t v0, v1, v2, v3;
    void round() {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    void absorb(std::uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};
} // namespace

HashKey HashKey::random() {
    HashKey key;
    std::size_t done = 0;
    auto* bytes = reinterpret_cast<std::uint8_t*>(&key);
    while (done < sizeof(key)) {
        const ssize_t n = getrandom(bytes + done, sizeof(key) - done, 0);
        if (n > 0) {
            done += static_cast<std::size_t>(n);
        }
    }
    return key;
}

std::uint64_t sip_hash(const HashKey& key, std::span<const std::uint8_t> bytes) {
    State s{key.a ^ 0x736f6d6570736575ULL, key.b ^ 0x646f72616e646f6dULL, key.a ^ 0x6c7967656e657261ULL,
            key.b ^ 0x7465646279746573ULL};
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + at,
                    8); // little endian, as the paper has it and every machine we run on
        s.absorb(word);
    }
    std::uint64_t last = std::uint64_t{bytes.size() & 0xff} << 56;
    for (unsigned shift = 0; at < bytes.size(); ++at, shift += 8) {
        last |= std::uint64_t{bytes[at]} << shift;
    }
    s.absorb(last);
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) {
        s.round();
    }
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

} // namespace fulcrum::tcp
