// Memory for frames that are made here (ARP, ICMP, fragments, probes) and live until the next flush.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/device/frame.h"

namespace fulcrum::device {

// A bump allocator: take() is a pointer increment, reset() takes everything back at once. Blocks are kept, so
// a steady state allocates nothing. Bounded by `max_bytes`.
class FrameArena {
public:
    explicit FrameArena(std::size_t max_bytes = std::size_t{8} << 20);

    // A frame of `size` uninitialised bytes with min_headroom_bytes in front; none when the arena is full.
    std::optional<Frame> take(std::uint32_t size);
    void reset() { block_ = used_ = 0; }
    std::size_t capacity_bytes() const { return blocks_.size() * block_bytes; }

private:
    static constexpr std::size_t block_bytes = std::size_t{256} << 10;
    std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
    std::size_t max_blocks_;
    std::size_t block_ = 0; // being filled
    std::size_t used_ = 0;  // bytes of it
};

} // namespace fulcrum::device
