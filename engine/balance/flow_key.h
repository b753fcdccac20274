// What tells one flow from another on the wire, and its hash.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace fulcrum::balance {

// Direction of a packet of a balanced flow.
enum class Direction : std::uint8_t {
    in = 0,  // client → VIP, towards the server
    out = 1, // server → client
};

// Source, destination, protocol and VRF of a packet as it arrives. IPv4 only: a key of 16 bytes is compared
// and hashed as two words; IPv6 flows get a table of their own with a wider key. Addresses and ports in host
// order.
struct FlowKey {
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t protocol = 0; // 0: no key
    std::uint8_t zero = 0;     // keeps the 16 bytes without padding
    std::uint16_t vrf = 0;     // index of the VRF the packet arrived in

    bool operator==(const FlowKey&) const = default;
    bool is_set() const { return protocol != 0; }
    FlowKey reversed() const {
        return {destination, source, destination_port, source_port, protocol, 0, vrf};
    }
};
static_assert(sizeof(FlowKey) == 16 && std::has_unique_object_representations_v<FlowKey>);

// Two multiplications over the key and two secret words. Keys are chosen by whoever sends packets: a table
// seeds this with random words, so that nobody can aim at one bucket.
struct FlowHasher {
    std::uint64_t secret_a = 0x9e3779b97f4a7c15ULL;
    std::uint64_t secret_b = 0xd1b54a32d192ed03ULL;

    std::uint64_t operator()(const FlowKey& key) const {
        std::uint64_t words[2];
        std::memcpy(words, &key, sizeof(words));
        return fold_multiply(fold_multiply(words[0] ^ secret_a, words[1] ^ secret_b) ^ secret_a,
                             0xa0761d6478bd642fULL);
    }

private:
    static std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }
};

} // namespace fulcrum::balance
