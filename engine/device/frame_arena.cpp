#include "engine/device/frame_arena.h"

#include <algorithm>

namespace fulcrum::device {

FrameArena::FrameArena(std::size_t max_bytes)
    : max_blocks_(std::max<std::size_t>(1, max_bytes / block_bytes)) {}

std::optional<Frame> FrameArena::take(std::uint32_t size) {
    // Cache-line steps, so that two frames never share a line.
    const std::size_t needed = (std::size_t{min_headroom_bytes} + size + 63) / 64 * 64;
    if (needed > block_bytes) {
        return std::nullopt;
    }
    if (block_ < blocks_.size() && used_ + needed > block_bytes) {
        ++block_;
        used_ = 0;
    }
    if (block_ == blocks_.size()) {
        if (blocks_.size() == max_blocks_) {
            return std::nullopt;
        }
        blocks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(block_bytes));
    }
    Frame frame;
    frame.data = blocks_[block_].get() + used_ + min_headroom_bytes;
    frame.size = size;
    frame.headroom = min_headroom_bytes;
    used_ += needed;
    return frame;
}

} // namespace fulcrum::device
