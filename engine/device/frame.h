// One Ethernet frame in somebody else's memory: what devices lend, and what is handed to them to send.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>

#include "engine/wire/vnet_meta.h"

namespace fulcrum::device {

// Bytes every lent frame has in front of its Ethernet header, for encapsulation (GRE and outer IPv4 need 24)
// and for putting a stripped VLAN tag back.
inline constexpr std::uint32_t min_headroom_bytes = 64;
// The largest frame: Ethernet header, one VLAN tag, and an IP packet of 65,535 bytes.
inline constexpr std::uint32_t max_frame_bytes = 14 + 4 + 65535;

// A value to copy freely: 32 bytes that point at the bytes. The bytes may be changed in place; who owns them
// and for how long is said where the frame comes from (packet_device.h, frame_arena.h).
struct Frame {
    std::uint8_t* data = nullptr; // first byte of the Ethernet header
    std::uint32_t size = 0;       // bytes from there
    std::uint32_t headroom = 0;   // writable bytes before data
    wire::VnetMeta meta;

    std::span<std::uint8_t> bytes() const { return {data, size}; }

    // Makes room for a header in front and returns its first byte. Needs bytes <= headroom. meta moves along.
    std::uint8_t* push(std::uint32_t bytes) {
        assert(bytes <= headroom);
        data -= bytes;
        size += bytes;
        headroom -= bytes;
        meta.shift(static_cast<int>(bytes));
        return data;
    }
    // Takes a header off the front. Needs bytes <= size.
    void pull(std::uint32_t bytes) {
        assert(bytes <= size);
        data += bytes;
        size -= bytes;
        headroom += bytes;
        meta.shift(-static_cast<int>(bytes));
    }
};

} // namespace fulcrum::device
