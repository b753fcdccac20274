// IPv4 reassembly with bounded memory (RFC 791 section 3.2, RFC 815). A datagram whose fragments overlap is
// given up whole, as RFC 5722 demands for IPv6: overlaps have no honest cause and are used to slip past
// inspection.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "engine/device/frame.h"
#include "engine/device/frame_arena.h"
#include "engine/stack/flat_map.h"
#include "engine/stack/ids.h"
#include "engine/wire/drop_reason.h"
#include "engine/wire/ipv4.h"

namespace fulcrum::stack {

struct ReassemblyLimits {
    std::size_t datagrams = 256;
    std::size_t bytes = std::size_t{4} << 20; // buffered by all of them
    std::size_t fragments_per_datagram = 128; // 64 KB in 576-byte packets is 119
    Duration timeout{
        std::chrono::seconds(15)}; // RFC 791 section 3.2 suggests 15; counted from the first fragment
};

class Reassembler {
public:
    explicit Reassembler(const ReassemblyLimits& limits = {}) : limits_(limits) {}

    // Takes one fragment (ip.is_fragment()) of a frame received in `vrf`. Returns the whole datagram as a
    // frame from `arena`, with the first fragment's Ethernet and IP header (fragment fields cleared, length
    // and checksum right), when this fragment completes it; none while pieces are missing; a reason when the
    // fragment was refused.
    wire::Parsed<std::optional<device::Frame>> add(VrfId vrf, const device::Frame& frame,
                                                   const wire::Ipv4View& ip, device::FrameArena& arena,
                                                   Instant now);

    // Gives up what waited too long. first_fragments() then holds, for each of them whose first fragment
    // arrived, that fragment's frame and header, for ICMP "reassembly time exceeded" (RFC 792); cleared by
    // the caller.
    struct TimedOut {
        VrfId vrf;
        std::vector<std::uint8_t> frame; // Ethernet header, IP header, first payload bytes
    };
    void poll(Instant now);
    std::vector<TimedOut>& timed_out() { return timed_out_; }
    std::uint64_t take_timeouts(); // datagrams given up since the last call, with or without first fragment

    Instant next_deadline() const;
    std::size_t datagrams() const { return count_; }
    std::size_t bytes() const { return bytes_; }

private:
    struct Key {
        std::uint32_t source = 0, destination = 0;
        std::uint16_t identification = 0;
        std::uint16_t vrf = 0;
        std::uint8_t protocol = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const;
    };
    struct Piece {
        std::uint32_t begin = 0, end = 0; // payload bytes [begin, end)
        bool operator==(const Piece&) const = default;
    };
    struct Datagram {
        Key key;
        Instant deadline;
        std::vector<std::uint8_t> head; // Ethernet and IP header of the first fragment; empty until it came
        std::vector<std::uint8_t> payload; // as far as known
        std::vector<Piece> pieces;         // sorted, disjoint
        std::uint32_t total = 0;           // payload bytes; 0 until the last fragment came
        bool poisoned = false;             // overlapped: everything of it is dropped until it times out
    };

    Datagram* find_or_make(const Key& key, Instant now);
    void poison(Datagram& datagram);
    void erase(std::uint32_t index);

    ReassemblyLimits limits_;
    FlatMap<Key, std::uint32_t, KeyHash> index_;
    std::vector<Datagram> slots_;
    std::vector<std::uint32_t> order_; // by age, oldest first
    std::vector<std::uint32_t> free_;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t timeouts_ = 0;
    std::vector<TimedOut> timed_out_;
};

} // namespace fulcrum::stack
