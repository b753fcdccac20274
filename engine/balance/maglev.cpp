#include "engine/balance/maglev.h"

#include <algorithm>

namespace fulcrum::balance {

std::uint64_t maglev_identity(const IpAddress& address, std::uint16_t port) {
    std::array<std::uint8_t, 18> bytes{};
    std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
    bytes[16] = static_cast<std::uint8_t>(port >> 8);
    bytes[17] = static_cast<std::uint8_t>(port);
    return hash_bytes(bytes, 0x6d61676c6576ULL);
}

std::uint64_t maglev_hash(const FlowKey& flow) {
    FlowKey portable = flow;
    portable.vrf = 0;
    return FlowHasher{}(portable);
}

MaglevTable::MaglevTable(std::vector<MaglevBackend> backends) {
    if (backends.empty()) {
        return;
    }
    std::sort(backends.begin(), backends.end(),
              [](const MaglevBackend& a, const MaglevBackend& b) { return a.identity < b.identity; });

    struct Walker {
        std::uint32_t position = 0, step = 0, index = 0;
        std::uint64_t weight = 0, claims = 0;
    };
    std::vector<Walker> walkers;
    std::uint64_t max_weight = 0;
    for (const MaglevBackend& backend : backends) {
        const std::uint64_t second =
            FlowHasher{}({static_cast<std::uint32_t>(backend.identity >> 32),
                          static_cast<std::uint32_t>(backend.identity), 0, 0, 1, 0, 0});
        walkers.push_back({static_cast<std::uint32_t>(backend.identity % size),
                           static_cast<std::uint32_t>(second % (size - 1) + 1), backend.index, backend.weight,
                           0});
        max_weight = std::max<std::uint64_t>(max_weight, backend.weight);
    }

    constexpr std::uint32_t free_slot = 0xffffffffU;
    slots_.assign(size, free_slot);
    // In round r a backend may have claimed up to r × weight / max_weight slots: the heaviest claims every
    // round.
    std::uint32_t filled = 0;
    for (std::uint64_t round = 1; filled < size; ++round) {
        for (Walker& w : walkers) {
            if (w.claims * max_weight >= round * w.weight) {
                continue;
            }
            while (slots_[w.position] != free_slot) {
                w.position = (w.position + w.step) % size;
            }
            slots_[w.position] = w.index;
            ++w.claims;
            if (++filled == size) {
                break;
            }
        }
    }
}

} // namespace fulcrum::balance
