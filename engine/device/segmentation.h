// What a network card does with an offloaded frame, done in software: finish a partial checksum, cut a GSO
// frame into the segments a real wire carries.
#pragma once

#include <vector>

#include "engine/device/frame.h"
#include "engine/device/frame_arena.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::device {

// Completes a partial checksum in place and clears needs_checksum. Without one, does nothing. Fails
// (bad_offload) when csum_start and csum_offset point outside the frame. A result of 0 is written as 0xffff,
// which means the same to TCP and is what UDP demands (RFC 768).
wire::Parsed<void> finish_checksum(Frame& frame);

// Appends to `out` the segments of a TCP or UDP GSO frame over IPv4, taken from `arena`, each with complete
// checksums: IPv4 identification counts up, TCP sequence numbers advance by gso_size, FIN and PSH stay on the
// last segment only, CWR on the first only (as Linux tcp_gso_segment does). A frame that is not GSO is
// appended as it is, its checksum finished in place. Nothing is appended on failure: malformed headers, a
// gso_size of 0 (bad_offload), IPv6 (ipv6_unsupported), or no_buffer when the arena is full.
wire::Parsed<void> segment(const Frame& frame, FrameArena& arena, std::vector<Frame>& out);

// The largest IP packet in bytes that this frame puts on the wire: one segment of a GSO frame, else all of
// it. `ip_bytes` is the IP total length, `l4_header_bytes` the TCP or UDP header's.
inline std::uint32_t wire_packet_bytes(const wire::VnetMeta& meta, std::uint32_t ip_bytes,
                                       std::uint32_t ip_header_bytes, std::uint32_t l4_header_bytes) {
    return meta.is_gso() ? ip_header_bytes + l4_header_bytes + meta.gso_size : ip_bytes;
}

} // namespace fulcrum::device
