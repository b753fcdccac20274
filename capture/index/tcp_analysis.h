// Judges each TCP segment by what was seen of its stream before: retransmissions, losses, windows.
//
// The rules are Wireshark's (User's Guide section 7.5), so that filters of the same name find the same
// packets, with one difference: a stream that was captured on several interfaces is judged on each by itself.
// In a capture of all links of a lab every packet is there once per link, and none of that is a
// retransmission.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "capture/index/http_tracker.h"
#include "capture/index/packet_record.h"
#include "capture/index/stable_vector.h"
#include "capture/packet.h"

namespace fulcrum::capture {

// What the fields of one stream are counted from, fixed once seen.
struct TcpStream {
    std::uint32_t base[2] = {0, 0}; // sequence number that is shown as 0, by the side that sends
    bool has_base[2] = {false, false};
    std::int8_t window_shift[2] = {-1, -1}; // -1: no SYN seen, -2: SYN without the option
    std::uint32_t first_view = 0;           // index + 1 of the list of views
    std::uint32_t retransmissions = 0;
    std::int64_t syn_ns = 0, round_trip_ns = 0; // of the handshake; 0: not seen
    std::uint8_t seen_flags[2] = {0, 0};        // all TCP flags that this side has sent
};

// What became of a stream, as far as it was captured.
enum class StreamState : std::uint8_t { opening, established, closing, closed, reset };
StreamState state_of(const TcpStream& stream);
std::string_view name_of(StreamState state); // "opening", …

struct TcpSegment {
    std::uint32_t sequence = 0, acknowledgement = 0, length = 0; // payload bytes on the wire
    std::uint32_t window = 0;                                    // as in the header
    std::uint8_t flags = 0;
    std::optional<std::uint8_t> window_scale; // option, with SYN
    bool from_b = false;
    std::uint32_t place = 0; // where it was seen: see place_of
    std::int64_t time_ns = 0;
};

// One number for an interface and the end of the stream that is on this side of it, as far as the capture
// says in which direction a packet went.
constexpr std::uint32_t place_of(std::uint32_t interface, Direction direction, bool from_b) {
    const std::uint32_t near_end = direction == Direction::out  ? (from_b ? 1U : 0U)
                                   : direction == Direction::in ? (from_b ? 0U : 1U)
                                                                : 2U;
    return interface * 3 + near_end;
}

class TcpAnalysis {
public:
    // The stream of a fresh conversation has the next number. None when full.
    std::optional<std::uint32_t> add_stream();
    std::size_t size() const { return streams_.size(); }
    const TcpStream& operator[](std::size_t i) const { return streams_[i]; }

    // A SYN that begins another connection between the same ports.
    bool begins_anew(std::uint32_t stream, const TcpSegment& segment) const;
    std::uint16_t judge(std::uint32_t stream, const TcpSegment& segment); // tcp_finding bits

    // What the trackers of messages keep of the view that judge() looked at last, by the side that sends;
    // null when there is none.
    struct MessageState {
        std::uint32_t http[2] = {0, 0}; // slots of HttpTracker
        HttpDialogue dialogue;
        bool split[2] = {false, false}; // see FramedTracker
    };
    MessageState* messages() { return last_view_ == nullptr ? nullptr : &last_view_->messages; }
    // A number for that view and side, the same for all their segments.
    std::uint64_t key(bool from_b) const { return (last_view_number_ << 1) | (from_b ? 1U : 0U); }
    std::size_t memory_bytes() const { return streams_.memory_bytes() + views_.memory_bytes(); }

private:
    // What one side has sent so far.
    struct Side {
        std::uint32_t next = 0; // sequence number after the highest seen
        std::uint32_t acked = 0, window = 0;
        std::uint32_t continuous = 0; // everything of this side before was seen or acknowledged
        std::uint32_t duplicate_acks = 0;
        std::int64_t next_ns = 0, acked_ns = 0;
        std::uint16_t last_findings = 0;
        bool has_next = false, has_acked = false, has_continuous = false;
    };
    // A stream as seen in one place.
    struct View {
        std::uint32_t place = 0, next_view = 0;
        Side sides[2];
        MessageState messages;
    };
    View* view_of(TcpStream& stream, std::uint32_t place);
    std::uint16_t judge(const TcpStream& stream, const TcpSegment& segment, Side& own, Side& other) const;

    StableVector<TcpStream, 2048, 32768> streams_;
    StableVector<View, 2048, 32768> views_;
    View* last_view_ = nullptr;
    std::uint64_t last_view_number_ = 0;
};

} // namespace fulcrum::capture
