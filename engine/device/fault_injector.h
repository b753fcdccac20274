// A bad wire: loss, duplicates, reordering and delay in front of a device, by a seeded generator and a fake
// or real clock, so that what went wrong once goes wrong again; and scripted faults ("drop the third SYN").
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "engine/device/packet_device.h"

namespace fulcrum::device {

// Of the frames that pass in one direction.
struct Faults {
    double loss = 0;      // 0 … 1, of each frame
    double duplicate = 0; // 0 … 1; the copy follows at once
    double reorder = 0;   // 0 … 1: held back by reorder_by on top of the delay, so that others overtake it
    Duration reorder_by{std::chrono::milliseconds(1)};
    Duration delay{0};
    Duration jitter{0}; // uniformly ± around the delay; frames keep their order unless reordered
};

// Drops the `first`-th to (first + count - 1)-th frame for which `matches` holds, counted from 1.
struct ScriptedDrop {
    std::function<bool(std::span<const std::uint8_t> frame)> matches;
    std::uint64_t first = 1;
    std::uint64_t count = 1;
};

// Wraps a device (not owned). Faults of sending are applied to frames on their way out, those of receiving to
// frames that come in. A delayed frame is copied; it leaves when time has come at a receive(), send() or
// pump() with a later `now`: poll by next_deadline().
class FaultInjector final : public PacketDevice {
public:
    FaultInjector(PacketDevice& inner, std::uint64_t seed, const Faults& receiving, const Faults& sending)
        : inner_(inner), in_{receiving, std::mt19937_64(seed), {}, {}, {}, 0},
          out_{sending, std::mt19937_64(seed ^ 0x9e3779b97f4a7c15U), {}, {}, {}, 0} {}

    std::size_t receive(std::span<Frame> frames, Instant now) override;
    std::size_t send(std::span<const Frame> frames, Instant now) override;
    int fd() const override { return inner_.fd(); }
    Instant next_deadline() const override;
    DeviceCounters counters() override { return inner_.counters(); }

    void pump(Instant now); // sends what is due
    void drop_received(ScriptedDrop drop) { in_.scripts.push_back({std::move(drop), 0}); }
    void drop_sent(ScriptedDrop drop) { out_.scripts.push_back({std::move(drop), 0}); }

    std::uint64_t lost() const { return lost_; }
    std::uint64_t duplicated() const { return duplicated_; }
    std::uint64_t reordered() const { return reordered_; }

private:
    struct Held {
        Instant leaves;
        std::uint64_t order = 0;          // of two that leave together the earlier one first
        std::vector<std::uint8_t> buffer; // min_headroom_bytes, then the frame
        wire::VnetMeta meta;
        Frame frame() {
            return {buffer.data() + min_headroom_bytes,
                    static_cast<std::uint32_t>(buffer.size() - min_headroom_bytes), min_headroom_bytes, meta};
        }
    };
    struct Script {
        ScriptedDrop drop;
        std::uint64_t seen = 0;
    };
    struct Line { // one direction
        Faults faults;
        std::mt19937_64 random;
        std::vector<Held> held; // a heap, earliest on top
        std::vector<Script> scripts;
        Instant last_leaves{}; // jitter does not reorder
        std::uint64_t next_order = 0;
    };

    void admit(Line& line, const Frame& frame, Instant now);
    void hold(Line& line, const Frame& frame, Instant leaves);
    bool scripted_drop(Line& line, const Frame& frame);
    static bool later(const Held& a, const Held& b) {
        return a.leaves != b.leaves ? a.leaves > b.leaves : a.order > b.order;
    }
    static Held take(Line& line);

    PacketDevice& inner_;
    Line in_, out_;
    std::vector<Held> lent_;   // received, with the caller
    std::vector<Frame> batch_; // scratch
    std::uint64_t lost_ = 0, duplicated_ = 0, reordered_ = 0;
};

} // namespace fulcrum::device
