// A device that shows every frame that passes to an observer: for captures and for tests that look at
// packets.
#pragma once

#include <cstdint>

#include "engine/device/packet_device.h"

namespace fulcrum::device {

enum class Direction : std::uint8_t { received, sent };

// Sees frames as they pass. Must not keep the pointer or change the bytes. A sent frame is seen before it is
// known whether the device takes it, as on a real port.
class FrameObserver {
public:
    virtual ~FrameObserver() = default;
    virtual void observe(Direction direction, std::span<const Frame> frames, Instant now) = 0;
};

// Wraps a device; neither it nor the observer is owned, both outlive the tap.
class TapDevice final : public PacketDevice {
public:
    TapDevice(PacketDevice& inner, FrameObserver& observer) : inner_(inner), observer_(observer) {}

    std::size_t receive(std::span<Frame> frames, Instant now) override {
        const std::size_t received = inner_.receive(frames, now);
        if (received > 0) {
            observer_.observe(Direction::received, frames.first(received), now);
        }
        return received;
    }
    std::size_t send(std::span<const Frame> frames, Instant now) override {
        if (!frames.empty()) {
            observer_.observe(Direction::sent, frames, now);
        }
        return inner_.send(frames, now);
    }
    std::vector<int> fds() const override { return inner_.fds(); }
    bool is_crowded() const override { return inner_.is_crowded(); }
    Instant next_deadline() const override { return inner_.next_deadline(); }
    DeviceCounters counters() override { return inner_.counters(); }

private:
    PacketDevice& inner_;
    FrameObserver& observer_;
};

} // namespace fulcrum::device
