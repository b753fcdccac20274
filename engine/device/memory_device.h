// Two devices joined back to back in memory: a wire for tests, with a fake clock.
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "engine/device/packet_device.h"

namespace fulcrum::device {

struct MemoryWireOptions {
    Duration latency{0};             // each way
    std::size_t queue_frames = 4096; // each way; more are dropped and counted by the sender
};

// What one end sends the other receives `latency` later, meta included. Frames are copied on send.
class MemoryDevice final : public PacketDevice {
public:
    using Pair = std::pair<std::unique_ptr<MemoryDevice>, std::unique_ptr<MemoryDevice>>;
    static Pair make_pair(const MemoryWireOptions& options = {});

    std::size_t receive(std::span<Frame> frames, Instant now) override;
    std::size_t send(std::span<const Frame> frames, Instant now) override;
    Instant next_deadline() const override;
    bool is_crowded() const override { return in_->frames.size() > options_.queue_frames / 2; }
    DeviceCounters counters() override { return counters_; }

    void set_link(bool up); // this end's plug; what has been sent before still arrives at the other end

private:
    struct Buffer {
        std::vector<std::uint8_t> bytes; // min_headroom_bytes, then the frame
        wire::VnetMeta meta;
        Instant arrives;
    };
    // One direction. Shared, so that either end may go first.
    struct Queue {
        std::deque<Buffer> frames;
        std::vector<std::vector<std::uint8_t>> spare; // buffers to use again
    };

    MemoryDevice(std::shared_ptr<Queue> in, std::shared_ptr<Queue> out, const MemoryWireOptions& options)
        : in_(std::move(in)), out_(std::move(out)), options_(options) {}

    std::shared_ptr<Queue> in_, out_;
    MemoryWireOptions options_;
    std::vector<Buffer> lent_;
    DeviceCounters counters_;
    bool up_ = true;
};

} // namespace fulcrum::device
