// A captured packet as everything in `capture` passes it on: bytes by reference, valid until the source moves
// on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/result.h"

namespace fulcrum::capture {

enum class Direction : std::uint8_t { unknown = 0, in = 1, out = 2 }; // the values of pcapng's epb_flags

struct Packet {
    std::optional<std::int64_t>
        time_ns;                 // since 1970-01-01 UTC; none: the file does not say (Simple Packet Block)
    std::uint32_t interface = 0; // index into the source's interfaces
    std::uint32_t original_bytes = 0; // on the wire; more than bytes.size() when it was cut
    std::uint32_t flags = 0;          // pcapng epb_flags (draft-ietf-opsawg-pcapng section 4.3.1)
    std::span<const std::uint8_t> bytes;

    Direction direction() const { return static_cast<Direction>(flags & 3U); }
};

// Bits of Packet::flags beyond the direction.
inline constexpr std::uint32_t flag_unicast = 1U << 2;
inline constexpr std::uint32_t flag_multicast = 2U << 2;
inline constexpr std::uint32_t flag_broadcast = 3U << 2;
inline constexpr std::uint32_t flag_promiscuous = 4U << 2; // for somebody else's address
inline constexpr std::uint32_t flag_checksum_not_ready =
    1U << 9; // left to offload: not wrong, just not written yet
inline constexpr std::uint32_t flag_checksum_valid = 1U << 10;

// Where packets go: a file, an index, a view.
class PacketSink {
public:
    virtual ~PacketSink() = default;
    virtual Result<> process_packet(const Packet& packet) = 0;
    virtual Result<> flush() { return {}; } // what came so far may be looked at
};

} // namespace fulcrum::capture
