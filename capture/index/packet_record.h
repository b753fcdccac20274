// What the index keeps of each packet: 40 bytes, so that ten million packets are 400 MB.
#pragma once

#include "capture/decode/protocol.h"

namespace fulcrum::capture {

// TCP analysis, as bits. Names and rules follow Wireshark's "TCP Analysis" (User's Guide section 7.5), so
// that the filters of the same names find the same packets; tcp_analysis.h has the rules.
namespace tcp_finding {
inline constexpr std::uint16_t retransmission = 1, fast_retransmission = 2, spurious_retransmission = 4,
                               out_of_order = 8, lost_segment = 16, duplicate_ack = 32, zero_window = 64,
                               zero_window_probe = 128, zero_window_probe_ack = 256, keep_alive = 512,
                               keep_alive_ack = 1024, window_update = 2048, window_full = 4096,
                               ack_lost_segment = 8192, reused_ports = 16384;
inline constexpr std::uint16_t any_retransmission =
    retransmission | fast_retransmission | spurious_retransmission;
} // namespace tcp_finding

inline constexpr std::uint32_t no_stream = 0xffffffff;

struct PacketRecord {
    std::uint64_t offset = 0;                 // of its block or record in the file
    std::int64_t time_ns = 0;                 // since 1970; 0 when it has none
    std::uint32_t captured = 0, original = 0; // bytes kept, bytes on the wire
    std::uint32_t stream = no_stream;         // of the innermost TCP or UDP layer, as `protocols` says
    ProtocolMask protocols = 0;
    std::uint32_t interface = 0;
    std::uint16_t analysis = 0; // tcp_finding

    static constexpr std::uint8_t no_time = 1, has_comment = 2, completes_datagram = 4, is_udp = 8,
                                  from_b = 16, // the stream's side that sent it
        completes_http = 32,                   // see HttpTracker::completed_by
        completes_split = 64;                  // see FramedTracker::completed_by
    std::uint8_t flags = 0;
    std::uint8_t tcp_flags = 0; // of the innermost TCP header

    bool has(Protocol protocol) const { return (protocols & mask_of(protocol)) != 0; }
};
static_assert(sizeof(PacketRecord) == 40, "the index's memory is a stated figure");

} // namespace fulcrum::capture
