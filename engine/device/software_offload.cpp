#include "engine/device/software_offload.h"

#include "engine/device/segmentation.h"

namespace fulcrum::device {

std::size_t SoftwareOffload::send(std::span<const Frame> frames, Instant now) {
    std::size_t sent = 0;
    for (const Frame& frame : frames) {
        segments_.clear();
        arena_.reset();
        if (const auto cut = segment(frame, arena_, segments_); !cut) {
            drops_.add(cut.error());
            continue;
        }
        for (Frame& piece : segments_) {
            piece.meta = {};
        }
        sent += inner_.send(segments_, now) == segments_.size() ? 1 : 0;
    }
    return sent;
}

DeviceCounters SoftwareOffload::counters() {
    DeviceCounters counters = inner_.counters();
    counters.tx_drops += drops_.total();
    return counters;
}

} // namespace fulcrum::device
