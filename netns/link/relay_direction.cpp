#include "netns/link/relay_direction.h"

#include <algorithm>
#include <bit>

#include "engine/device/segmentation.h"

namespace fulcrum::netns {

namespace {

using device::Frame;
using std::chrono::microseconds;

constexpr std::size_t batch_frames = 64;
constexpr std::size_t fair_batches = 8; // between two looks at what is due
// Reordered frames are held back by at least this, and by so many full frames at the link's rate, so that
// others can overtake them on a slow link, too.
constexpr Duration least_reorder = std::chrono::milliseconds(1);
constexpr double reorder_frames = 3;
constexpr double full_frame_bits = 8 * 1514;

device::Faults faults_of(const LinkFaults& link) {
    device::Faults faults;
    faults.loss = link.loss;
    faults.duplicate = link.duplicate;
    faults.reorder = link.reorder;
    faults.delay = link.delay;
    faults.jitter = link.jitter;
    faults.rate_bps = link.rate_bps;
    faults.queue_bytes = link.queue_bytes;
    faults.reorder_by = least_reorder;
    if (link.rate_bps > 0) {
        const std::chrono::duration<double> frames(reorder_frames * full_frame_bits /
                                                   static_cast<double>(link.rate_bps));
        faults.reorder_by = std::max(least_reorder, std::chrono::duration_cast<Duration>(frames));
    }
    return faults;
}

} // namespace

void RelayDirection::set(const LinkFaults& faults, bool reseed) {
    line_.change(faults_of(faults));
    if (reseed) {
        line_.reseed(faults.seed ^ salt_);
    }
}

bool RelayDirection::take_in(Instant now) {
    std::array<Frame, batch_frames> frames;
    for (std::size_t round = 0; round < fair_batches; ++round) {
        const std::size_t received = from_.receive(frames, now);
        const std::span<const Frame> batch(frames.data(), received);
        if (line_.idle() && line_.faults().perfect()) {
            send(batch, now);
            line_.count_passed(received);
        } else {
            for (const Frame& frame : batch) {
                admit(frame, now);
            }
        }
        if (received < batch_frames) {
            return false;
        }
    }
    return true;
}

void RelayDirection::admit(const Frame& frame, Instant now) {
    arena_.reset();
    pieces_.clear();
    if (!device::segment(frame, arena_, pieces_)) {
        line_.admit(frame, now);
        return;
    }
    for (Frame& piece : pieces_) {
        piece.meta = {};
        line_.admit(piece, now);
    }
}

void RelayDirection::let_out() {
    const Instant now = monotonic_now();
    while (line_.next_deadline() <= now) {
        due_.clear();
        std::array<Frame, batch_frames> frames;
        while (due_.size() < batch_frames) {
            auto held = line_.take(now);
            if (!held) {
                break;
            }
            if (!held->was_due_at_once) {
                note_lateness(now - held->leaves);
            }
            due_.push_back(std::move(*held));
        }
        for (std::size_t i = 0; i < due_.size(); ++i) {
            frames[i] = due_[i].frame();
        }
        send({frames.data(), due_.size()}, now);
    }
}

void RelayDirection::send(std::span<const Frame> frames, Instant now) {
    if (!frames.empty()) {
        to_.send(frames, now); // what the other side cannot take is lost, and counted by the device
    }
}

void RelayDirection::note_lateness(Duration late) {
    const auto us = static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(late).count());
    ++lateness_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(us)), lateness_.size() - 1)];
}

std::uint64_t RelayDirection::late_us(double share) const {
    std::uint64_t all = 0;
    for (const std::uint64_t count : lateness_) {
        all += count;
    }
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < lateness_.size(); ++i) {
        below += lateness_[i];
        if (all > 0 && static_cast<double>(below) >= share * static_cast<double>(all)) {
            return std::uint64_t{1} << i;
        }
    }
    return 0;
}

LinkCounters RelayDirection::counters() const {
    const device::FaultCounters& line = line_.counters();
    LinkCounters counters;
    counters.passed = line.passed;
    counters.lost = line.lost;
    counters.duplicated = line.duplicated;
    counters.reordered = line.reordered;
    counters.queue_drops = line.queue_drops;
    counters.waiting = line_.waiting();
    counters.missed = from_.counters().rx_drops + to_.counters().tx_drops;
    counters.late_us_median = late_us(0.5);
    counters.late_us_p99 = late_us(0.99);
    return counters;
}

} // namespace fulcrum::netns
