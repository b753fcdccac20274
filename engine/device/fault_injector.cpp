#include "engine/device/fault_injector.h"

#include <algorithm>
#include <cstring>

namespace fulcrum::device {

namespace {

bool happens(double probability, std::mt19937_64& random) {
    // Drawn even for a probability of 0, so that changing one fault leaves the others' choices as they were.
    return std::uniform_real_distribution<double>(0, 1)(random) < probability;
}

} // namespace

std::size_t FaultInjector::receive(std::span<Frame> frames, Instant now) {
    lent_.clear();
    pump(now);
    batch_.resize(std::max<std::size_t>(frames.size(), 1));
    const std::size_t arrived = inner_.receive(batch_, now);
    for (std::size_t i = 0; i < arrived; ++i) {
        admit(in_, batch_[i], now);
    }
    while (lent_.size() < frames.size() && !in_.held.empty() && in_.held.front().leaves <= now) {
        lent_.push_back(take(in_));
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
    while (!out_.held.empty() && out_.held.front().leaves <= now) {
        Held held = take(out_);
        const Frame frame = held.frame();
        inner_.send({&frame, 1}, now);
    }
}

Instant FaultInjector::next_deadline() const {
    Instant next = inner_.next_deadline();
    for (const Line* line : {&in_, &out_}) {
        if (!line->held.empty()) {
            next = std::min(next, line->held.front().leaves);
        }
    }
    return next;
}

void FaultInjector::admit(Line& line, const Frame& frame, Instant now) {
    const bool scripted = scripted_drop(line, frame);
    const bool lose = happens(line.faults.loss, line.random);
    const bool twice = happens(line.faults.duplicate, line.random);
    const bool late = happens(line.faults.reorder, line.random);
    const double swing = std::uniform_real_distribution<double>(-1, 1)(line.random);
    if (scripted || lose) {
        ++lost_;
        return;
    }
    const auto jitter =
        Duration(static_cast<Duration::rep>(swing * static_cast<double>(line.faults.jitter.count())));
    Instant leaves = now + std::max(Duration(0), line.faults.delay + jitter);
    if (late) {
        ++reordered_;
        leaves += line.faults.reorder_by;
    } else {
        leaves = std::max(leaves, line.last_leaves);
        line.last_leaves = leaves;
    }
    hold(line, frame, leaves);
    if (twice) {
        ++duplicated_;
        hold(line, frame, leaves);
    }
}

void FaultInjector::hold(Line& line, const Frame& frame, Instant leaves) {
    Held held{leaves, line.next_order++, std::vector<std::uint8_t>(min_headroom_bytes + frame.size),
              frame.meta};
    std::memcpy(held.buffer.data() + min_headroom_bytes, frame.data, frame.size);
    line.held.push_back(std::move(held));
    std::push_heap(line.held.begin(), line.held.end(), later);
}

FaultInjector::Held FaultInjector::take(Line& line) {
    std::pop_heap(line.held.begin(), line.held.end(), later);
    Held held = std::move(line.held.back());
    line.held.pop_back();
    return held;
}

bool FaultInjector::scripted_drop(Line& line, const Frame& frame) {
    bool drop = false;
    for (Script& script : line.scripts) {
        if (script.drop.matches(frame.bytes())) {
            ++script.seen;
            drop = drop ||
                   (script.seen >= script.drop.first && script.seen < script.drop.first + script.drop.count);
        }
    }
    return drop;
}

} // namespace fulcrum::device
