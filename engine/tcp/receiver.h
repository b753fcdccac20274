// The receiving half of a connection: what has arrived in order and waits to be read, what has arrived out of
// order, and what to tell the peer about both (RFC 9293 section 3.10.7.4, RFC 2018, RFC 2883).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/tcp/buffer.h"
#include "engine/tcp/sequence.h"
#include "engine/wire/tcp.h"

namespace fulcrum::tcp {

class Receiver {
public:
    // `limit_bytes`: most that is kept, in order and out of order together; the window never promises more.
    void start(Sequence first, std::uint32_t limit_bytes, std::uint8_t window_shift);

    enum class Arrival { nothing_new, in_order, out_of_order, fills_gap };
    // Takes what is new of a payload that starts at `from`. It must lie inside what was promised (trimmed by
    // the caller with `acceptable_length`); what there is no memory for is treated as never arrived.
    Arrival process_payload(Sequence from, Slice payload);
    // The peer's FIN stands at `at`: it counts once everything before it has arrived.
    void process_fin(Sequence at);
    bool fin_reached() const { return fin_known_ && fin_passed_; }

    Sequence next() const { return next_; } // RCV.NXT
    std::uint32_t readable() const { return ready_.size(); }
    Slice read(std::uint32_t most) { return ready_.pop(most); } // readable() > 0
    void unread(Slice slice) { ready_.push_front(std::move(slice)); }

    // The window to put into a segment (unshifted bytes). Never shrinks what was promised (RFC 9293
    // section 3.8.6.2.1), and rises in steps worth a segment (silly window avoidance, 3.8.6.2.2).
    std::uint32_t promise(std::uint32_t mss);
    bool wants_update(std::uint32_t mss) const; // reading has opened the window enough to say so
    Sequence promised_edge() const { return edge_; }
    std::uint8_t shift() const { return shift_; }
    void set_limit(std::uint32_t bytes) { limit_ = bytes; }
    std::uint32_t limit() const { return limit_; }

    // SACK blocks, those that changed last first; a duplicate that has just arrived comes before all (D-SACK)
    // and is told once.
    std::uint8_t sack_blocks(std::array<wire::SackBlock, 4>& out, std::uint8_t most);
    bool has_gap() const { return !islands_.empty(); }
    void clear();           // the connection is over: memory goes back
    void discard_islands(); // nothing more comes; what is in order may still be read

private:
    struct Island {
        Sequence from;
        Slice slice;
        Sequence to() const { return from + slice.size(); }
    };
    std::uint32_t free_bytes() const;
    void take_islands();
    void remember(Sequence at);
    std::vector<Island>::const_iterator island_at(Sequence at) const; // the end: nothing is there
    // The islands around `at` that touch each other, as one; none: nothing is there.
    std::optional<wire::SackBlock> block_at(Sequence at) const;

    SliceQueue ready_;
    std::vector<Island> islands_; // ascending, not overlapping
    std::uint32_t island_bytes_ = 0;
    std::uint32_t limit_ = 0;
    Sequence next_, edge_, fin_;
    // A place in each of the blocks that changed last, the last one first: one lost ACK, or one ACK for
    // several segments, must not leave the sender without word of any (RFC 2018 section 4).
    std::array<Sequence, 4> recent_;
    wire::SackBlock duplicate_{};
    std::uint8_t shift_ = 0, recent_count_ = 0;
    bool fin_known_ = false, fin_passed_ = false;
};

} // namespace fulcrum::tcp
