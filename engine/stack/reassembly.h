// IPv4 reassembly with bounded memory (RFC 791 section 3.2, RFC 815). A datagram whose fragments overlap is
// given up whole, as RFC 5722 demands for IPv6: overlaps have no honest cause and are used to slip past
// inspection. A fragment that arrives twice with the same bytes is no overlap: networks duplicate.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
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
    std::size_t datagrams = 256;              // beyond it the oldest is given up
    std::size_t bytes = std::size_t{4} << 20; // buffered by all of them; beyond it the oldest is given up
    std::size_t fragments_per_datagram = 128; // 64 KB in 576-byte packets is 119
    Duration timeout{
        std::chrono::seconds(15)}; // RFC 791 section 3.2 suggests 15; counted from the first to arrive
};

class Reassembler {
public:
    explicit Reassembler(const ReassemblyLimits& limits = {});

    // Takes one fragment (ip.is_fragment()) that lies in `frame` behind an Ethernet header. Returns, when it
    // completes its datagram, the whole as a frame from `arena` under the first fragment's headers: fragment
    // fields cleared, length and header checksum right, CE if any fragment had it (RFC 3168 section 5.3), L4
    // checksum as the sender wrote it. None while pieces are missing. A reason when the fragment was refused.
    wire::Parsed<std::optional<device::Frame>> add(VrfId vrf, InterfaceId ingress, const device::Frame& frame,
                                                   const wire::Ipv4View& ip, device::FrameArena& arena,
                                                   Instant now);

    // A datagram given up for age whose first fragment had come: what ICMP "reassembly time exceeded" quotes.
    struct TimedOut {
        VrfId vrf;
        InterfaceId ingress;             // of the first fragment
        std::vector<std::uint8_t> frame; // Ethernet header, IP header, first payload bytes
    };
    void poll(Instant now);
    std::vector<TimedOut>& timed_out() { return timed_out_; } // the caller takes and clears
    // Datagrams given up for age or for room, ever.
    std::uint64_t timeouts() const { return timeouts_; }
    std::uint64_t pushed_out() const { return pushed_out_; }

    Instant next_deadline() const { return age_.empty() ? Instant::max() : slots_[age_.front()].deadline; }
    std::size_t datagrams() const { return age_.size(); }
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
    };
    struct Datagram {
        Key key;
        Instant deadline;
        InterfaceId ingress;            // of the first fragment
        std::vector<std::uint8_t> head; // Ethernet and IP header of the first fragment; empty until it came
        std::vector<std::uint8_t> payload; // up to the highest byte known
        std::vector<Piece> pieces;         // sorted; neighbours joined
        std::size_t fragments = 0;
        std::uint32_t total = 0; // payload bytes; 0 until the last fragment came
        bool congested = false;
        bool given_up = false; // overlapped or too many pieces: the rest is dropped until the time is over
    };

    std::uint32_t slot_for(const Key& key, Instant now);
    void give_up(Datagram& datagram);
    void erase(std::uint32_t slot);
    std::optional<wire::DropReason> store(Datagram& datagram, Piece piece,
                                          std::span<const std::uint8_t> bytes, bool last);
    wire::Parsed<std::optional<device::Frame>> finish(std::uint32_t slot, device::FrameArena& arena);

    ReassemblyLimits limits_;
    FlatMap<Key, std::uint32_t, KeyHash> index_;
    std::vector<Datagram> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> age_; // slots in use, oldest first
    std::size_t bytes_ = 0;
    std::uint64_t timeouts_ = 0;
    std::uint64_t pushed_out_ = 0;
    std::vector<TimedOut> timed_out_;
};

} // namespace fulcrum::stack
