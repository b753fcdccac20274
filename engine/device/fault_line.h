// One direction of a bad wire: which frames get lost, doubled or late, and when each leaves. By a seeded
// generator and somebody else's clock, so that what went wrong once goes wrong again.
//
//     admit ─▶ lost? ─▶ rate and its queue ─▶ delay ± jitter ─▶ doubled? ─▶ take
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "engine/base/clock.h"
#include "engine/device/frame.h"

namespace fulcrum::device {

// Of the frames that pass in one direction.
struct Faults {
    double loss = 0;      // 0 … 1, of each frame
    double duplicate = 0; // 0 … 1; the copy follows at once
    double reorder = 0;   // 0 … 1: held back by reorder_by on top of the delay, so that others overtake it
    Duration reorder_by{std::chrono::milliseconds(1)};
    Duration delay{0};
    Duration jitter{0}; // uniformly ± around the delay; frames keep their order unless reordered
    // Bits per second of whole frames, Ethernet header included; 0: as fast as they come. A token bucket as
    // deep as one frame, which is what a wire is: a frame begins when the one before it has ended.
    std::uint64_t rate_bps = 0;
    // What may wait for its turn at that rate; more is dropped at the tail. 0: a tenth of a second's worth,
    // at least least_queue_bytes.
    std::uint64_t queue_bytes = 0;

    bool perfect() const {
        return loss <= 0 && duplicate <= 0 && reorder <= 0 && delay <= Duration(0) && jitter <= Duration(0) &&
               rate_bps == 0;
    }
};

struct FaultCounters {
    std::uint64_t passed = 0; // have left, copies included
    std::uint64_t lost = 0, duplicated = 0, reordered = 0;
    std::uint64_t queue_drops = 0; // the rate's queue, or all that may be held, was full
};

class FaultLine {
public:
    static constexpr std::uint64_t least_queue_bytes = 64 << 10;
    // However long the delay: what is on the wire at once. More is a queue drop.
    static constexpr std::uint64_t most_held_bytes = 64U << 20;

    // A frame on its way, in memory of its own.
    struct Held {
        Instant leaves;
        std::uint64_t order = 0;          // of two that leave together the earlier one first
        bool was_due_at_once = false;     // nothing has held it up
        std::vector<std::uint8_t> buffer; // min_headroom_bytes, then the frame
        wire::VnetMeta meta;
        Frame frame() {
            return {buffer.data() + min_headroom_bytes,
                    static_cast<std::uint32_t>(buffer.size() - min_headroom_bytes), min_headroom_bytes, meta};
        }
    };

    FaultLine(const Faults& faults, std::uint64_t seed) : faults_(faults), random_(seed) {}

    // From the next frame on; those on their way leave as they would have.
    void change(const Faults& faults) { faults_ = faults; }
    // The generator from its beginning: the n-th frame from here on meets what the n-th after every other
    // reseed with this seed met, as long as the faults are the same.
    void reseed(std::uint64_t seed) { random_.seed(seed); }
    const Faults& faults() const { return faults_; }

    // Copies the frame, or loses it; `lose` says that it is lost whatever the generator thinks.
    void admit(const Frame& frame, Instant now, bool lose = false);
    // The next frame that has left by `now`.
    std::optional<Held> take(Instant now);
    Instant next_deadline() const { return held_.empty() ? Instant::max() : held_.front().leaves; }

    bool idle() const { return held_.empty(); }
    std::size_t waiting() const { return held_.size(); }
    const FaultCounters& counters() const { return counters_; }
    void count_passed(std::uint64_t frames) { counters_.passed += frames; } // by a caller that goes around

private:
    // When a frame of this size that comes now has passed the rate; none: its queue is full.
    std::optional<Instant> pass_rate(std::size_t bytes, Instant now);
    void hold(const Frame& frame, Instant leaves, Instant now);
    static bool later(const Held& a, const Held& b) {
        return a.leaves != b.leaves ? a.leaves > b.leaves : a.order > b.order;
    }

    Faults faults_;
    std::mt19937_64 random_;
    std::vector<Held> held_; // a heap, earliest on top
    std::uint64_t held_bytes_ = 0;
    Instant wire_free_{};   // when the last frame has passed the rate
    Instant last_leaves_{}; // jitter does not reorder
    std::uint64_t next_order_ = 0;
    FaultCounters counters_;
};

} // namespace fulcrum::device
