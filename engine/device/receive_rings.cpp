#include "engine/device/receive_rings.h"

#include <array>

#include <linux/filter.h>
#include <sys/socket.h>

namespace fulcrum::device {

namespace {

// Ethernet's 1,500 bytes with tags and room to spare. Jumbo frames are large ones.
constexpr std::uint32_t small_frame_bytes = 2048;
// Both rings take about the same memory.
constexpr std::uint32_t small_slots_per_large = 32;

// Frames of more than small_frame_bytes, or only those that are not.
Result<> take_only(int fd, bool large) {
    constexpr std::uint32_t everything = 0xffffffff;
    std::array<sock_filter, 4> program{{
        {BPF_LD | BPF_W | BPF_LEN, 0, 0, 0},
        {BPF_JMP | BPF_JGT | BPF_K, 0, 1, small_frame_bytes},
        {BPF_RET | BPF_K, 0, 0, large ? everything : 0},
        {BPF_RET | BPF_K, 0, 0, large ? 0 : everything},
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
        return fail_errno("filter frames by length");
    }
    return {};
}

} // namespace

Result<std::unique_ptr<ReceiveRings>> ReceiveRings::make(int small_fd, UniqueFd large_fd,
                                                         std::uint32_t slots) {
    for (const bool large : {false, true}) {
        if (const auto filtered = take_only(large ? large_fd.get() : small_fd, large); !filtered) {
            return tl::unexpected(filtered.error());
        }
    }
    auto small = ReceiveRing::make(small_fd, slots * small_slots_per_large, small_frame_bytes);
    if (!small) {
        return tl::unexpected(small.error());
    }
    auto large = ReceiveRing::make(large_fd.get(), slots, max_frame_bytes);
    if (!large) {
        return tl::unexpected(large.error());
    }
    return std::unique_ptr<ReceiveRings>(
        new ReceiveRings(std::move(*small), std::move(large_fd), std::move(*large)));
}

ReceiveRing* ReceiveRings::next() const {
    auto small = small_->next_arrival();
    const auto large = large_->next_arrival();
    if (!small && large) { // one that arrived before this one may have come after the first look
        small = small_->next_arrival();
    }
    if (!small || !large) {
        return small ? small_.get() : large ? large_.get() : nullptr;
    }
    return *small <= *large ? small_.get() : large_.get();
}

std::size_t ReceiveRings::receive(std::span<Frame> frames, DeviceCounters& counters) {
    small_->take_back_all();
    large_->take_back_all();
    std::size_t received = 0;
    while (received < frames.size()) {
        ReceiveRing* ring = next();
        if (ring == nullptr) {
            break;
        }
        received += ring->take(frames[received], counters) ? 1 : 0;
    }
    return received;
}

} // namespace fulcrum::device
