#include "engine/device/memory_device.h"

#include <algorithm>
#include <cstring>

namespace fulcrum::device {

MemoryDevice::Pair MemoryDevice::make_pair(const MemoryWireOptions& options) {
    auto there = std::make_shared<Queue>();
    auto back = std::make_shared<Queue>();
    return {std::unique_ptr<MemoryDevice>(new MemoryDevice(back, there, options)),
            std::unique_ptr<MemoryDevice>(new MemoryDevice(there, back, options))};
}

std::size_t MemoryDevice::receive(std::span<Frame> frames, Instant now) {
    for (Buffer& buffer : lent_) {
        in_->spare.push_back(std::move(buffer.bytes));
    }
    lent_.clear();
    if (!up_) {
        return 0;
    }
    while (lent_.size() < frames.size() && !in_->frames.empty() && in_->frames.front().arrives <= now) {
        lent_.push_back(std::move(in_->frames.front()));
        in_->frames.pop_front();
    }
    for (std::size_t i = 0; i < lent_.size(); ++i) {
        Frame& frame = frames[i];
        frame.data = lent_[i].bytes.data() + min_headroom_bytes;
        frame.size = static_cast<std::uint32_t>(lent_[i].bytes.size() - min_headroom_bytes);
        frame.headroom = min_headroom_bytes;
        frame.meta = lent_[i].meta;
        counters_.count_received(frame);
    }
    return lent_.size();
}

std::size_t MemoryDevice::send(std::span<const Frame> frames, Instant now) {
    std::size_t sent = 0;
    for (const Frame& frame : frames) {
        if (!up_ || out_->frames.size() >= options_.queue_frames) {
            ++counters_.tx_drops;
            continue;
        }
        Buffer buffer;
        if (!out_->spare.empty()) {
            buffer.bytes = std::move(out_->spare.back());
            out_->spare.pop_back();
        }
        buffer.bytes.resize(min_headroom_bytes + frame.size);
        std::memcpy(buffer.bytes.data() + min_headroom_bytes, frame.data, frame.size);
        buffer.meta = frame.meta;
        buffer.arrives = now + options_.latency;
        out_->frames.push_back(std::move(buffer));
        counters_.count_sent(frame);
        ++sent;
    }
    return sent;
}

Instant MemoryDevice::next_deadline() const {
    return up_ && !in_->frames.empty() ? in_->frames.front().arrives : Instant::max();
}

void MemoryDevice::set_link(bool up) {
    counters_.down_events += up_ && !up ? 1 : 0;
    up_ = up;
}

} // namespace fulcrum::device
