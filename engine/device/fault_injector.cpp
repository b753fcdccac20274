#include "engine/device/fault_injector.h"

#include <algorithm>

namespace fulcrum::device {

std::size_t FaultInjector::receive(std::span<Frame> frames, Instant now) {
    lent_.clear();
    pump(now);
    batch_.resize(std::max<std::size_t>(frames.size(), 1));
    const std::size_t arrived = inner_.receive(batch_, now);
    for (std::size_t i = 0; i < arrived; ++i) {
        admit(in_, batch_[i], now);
    }
    while (lent_.size() < frames.size()) {
        auto held = in_.line.take(now);
        if (!held) {
            break;
        }
        lent_.push_back(std::move(*held));
    }
    for (std::size_t i = 0; i < lent_.size(); ++i) {
        frames[i] = lent_[i].frame();
    }
    return lent_.size();
}

std::size_t FaultInjector::send(std::span<const Frame> frames, Instant now) {
    for (const Frame& frame : frames) {
        admit(out_, frame, now);
    }
    pump(now);
    return frames.size(); // what gets lost on a wire was sent
}

void FaultInjector::pump(Instant now) {
    while (auto held = out_.line.take(now)) {
        const Frame frame = held->frame();
        inner_.send({&frame, 1}, now);
    }
}

Instant FaultInjector::next_deadline() const {
    return std::min({inner_.next_deadline(), in_.line.next_deadline(), out_.line.next_deadline()});
}

void FaultInjector::admit(Direction& direction, const Frame& frame, Instant now) {
    bool drop = false;
    for (Script& script : direction.scripts) {
        if (script.drop.matches(frame.bytes())) {
            ++script.seen;
            drop = drop ||
                   (script.seen >= script.drop.first && script.seen < script.drop.first + script.drop.count);
        }
    }
    direction.line.admit(frame, now, drop);
}

} // namespace fulcrum::device
