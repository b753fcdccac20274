// A device that cannot take offloaded frames: everything sent through it is cut into real-wire segments with
// complete checksums first.
#pragma once

#include <vector>

#include "engine/device/frame_arena.h"
#include "engine/device/packet_device.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::device {

// Wraps a device (not owned). Receiving is passed through.
class SoftwareOffload final : public PacketDevice {
public:
    explicit SoftwareOffload(PacketDevice& inner) : inner_(inner) {}

    std::size_t receive(std::span<Frame> frames, Instant now) override { return inner_.receive(frames, now); }
    // Counts frames of the caller, not segments: one is sent when all of its segments are.
    std::size_t send(std::span<const Frame> frames, Instant now) override;
    std::vector<int> fds() const override { return inner_.fds(); }
    bool is_crowded() const override { return inner_.is_crowded(); }
    Instant next_deadline() const override { return inner_.next_deadline(); }
    DeviceCounters counters() override;

    const wire::DropCounters& drops() const { return drops_; } // frames whose headers do not add up

private:
    PacketDevice& inner_;
    FrameArena arena_;
    std::vector<Frame> segments_;
    wire::DropCounters drops_;
};

} // namespace fulcrum::device
