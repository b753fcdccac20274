// A bad wire in front of a device: a FaultLine for each direction, and scripted faults ("drop the third
// SYN").
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/device/fault_line.h"
#include "engine/device/packet_device.h"

namespace fulcrum::device {

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
        : inner_(inner), in_{{receiving, seed}, {}}, out_{{sending, seed ^ 0x9e3779b97f4a7c15U}, {}} {}

    std::size_t receive(std::span<Frame> frames, Instant now) override;
    std::size_t send(std::span<const Frame> frames, Instant now) override;
    std::vector<int> fds() const override { return inner_.fds(); }
    bool is_crowded() const override { return inner_.is_crowded(); }
    Instant next_deadline() const override;
    DeviceCounters counters() override { return inner_.counters(); }

    void pump(Instant now); // sends what is due
    void drop_received(ScriptedDrop drop) { in_.scripts.push_back({std::move(drop), 0}); }
    void drop_sent(ScriptedDrop drop) { out_.scripts.push_back({std::move(drop), 0}); }

    std::uint64_t lost() const { return in_.line.counters().lost + out_.line.counters().lost; }
    std::uint64_t duplicated() const {
        return in_.line.counters().duplicated + out_.line.counters().duplicated;
    }
    std::uint64_t reordered() const { return in_.line.counters().reordered + out_.line.counters().reordered; }

private:
    struct Script {
        ScriptedDrop drop;
        std::uint64_t seen = 0;
    };
    struct Direction {
        FaultLine line;
        std::vector<Script> scripts;
    };

    static void admit(Direction& direction, const Frame& frame, Instant now);

    PacketDevice& inner_;
    Direction in_, out_;
    std::vector<FaultLine::Held> lent_; // received, with the caller
    std::vector<Frame> batch_;          // scratch
};

} // namespace fulcrum::device
