// IP fragments, put together again: a datagram belongs to the packet that completes it, as in Wireshark.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "capture/decode/layers.h"
#include "engine/base/address.h"

namespace fulcrum::capture {

class DatagramTable {
public:
    static constexpr std::size_t max_open = 16'384; // incomplete datagrams at once; the oldest give way
    static constexpr std::size_t max_bytes = 65'535;

    struct Piece {
        std::uint64_t file_offset = 0; // of the fragment's payload
        std::uint32_t offset = 0, length = 0;
        std::uint32_t packet = 0;
    };

    // `ip` is a layer for which fragment_facts() is not none, `packet` its number, `file_offset` where its
    // payload lies. True when this fragment completes the datagram.
    bool add(const Layer& ip, const FragmentFacts& facts, std::uint32_t packet, std::uint64_t file_offset);

    // The fragments of the datagram that `packet` completes, in the order in which they came; null when it
    // does not.
    const std::vector<Piece>* pieces(std::uint32_t packet) const;
    // Its payload; empty when the packet completes none. `file` is the bytes that the offsets are of.
    std::vector<std::uint8_t> payload(std::uint32_t packet, Bytes file) const;

private:
    struct Key {
        IpAddress source, destination;
        std::uint32_t id = 0;
        std::uint8_t protocol = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const;
    };
    struct Open {
        std::vector<Piece> pieces;
        std::uint32_t total = 0; // known when the last fragment has come
        std::uint64_t serial = 0;
    };
    static bool is_whole(const Open& open);

    std::unordered_map<Key, Open, KeyHash> open_;
    std::deque<std::pair<std::uint64_t, Key>> ages_;
    std::uint64_t next_serial_ = 0;
    std::unordered_map<std::uint32_t, std::vector<Piece>> whole_;
};

} // namespace fulcrum::capture
