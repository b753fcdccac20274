// A ring of received frames shared with the kernel (TPACKET_V2, Documentation/networking/packet_mmap.rst).
//
// Why V2: its slots are handed over one by one, the moment a frame arrives. V3 hands over whole blocks when
// they are full or their timer fires, which costs milliseconds. Untouched pages of a slot cost memory but no
// time. The slot size should be no power of two, so that the heads of neighbouring slots do not fall into the
// same cache set.
//
//     slot: | tpacket2_hdr | sockaddr_ll | reserve (headroom) | virtio_net_hdr | frame … |
#pragma once

#include <memory>
#include <optional>

#include "engine/base/result.h"
#include "engine/device/packet_device.h"

namespace fulcrum::device {

class ReceiveRing {
public:
    // `fd`: an unbound packet socket with PACKET_VNET_HDR set, which outlives the ring. `slots` is rounded
    // up; each holds a frame of `frame_bytes`. Errors name the step.
    static Result<std::unique_ptr<ReceiveRing>> make(int fd, std::uint32_t slots, std::uint32_t frame_bytes);
    ~ReceiveRing();
    ReceiveRing(const ReceiveRing&) = delete;
    ReceiveRing& operator=(const ReceiveRing&) = delete;

    // When the next frame arrived, in nanoseconds of the kernel's clock; none: there is no next frame.
    std::optional<std::uint64_t> next_arrival() const;
    // Lends the next frame, which is there; false: it was larger than a slot, and is a counted drop.
    bool take(Frame& frame, DeviceCounters& counters);
    void take_back_all(); // what was lent
    // Whether more than half of the slots hold frames that wait.
    bool is_crowded() const;

private:
    ReceiveRing(std::uint8_t* memory, std::size_t bytes, std::uint32_t slots, std::uint32_t slot_bytes)
        : memory_(memory), bytes_(bytes), slots_(slots), slot_bytes_(slot_bytes) {}
    std::uint8_t* slot(std::uint32_t index) const;
    bool has_frame(std::uint32_t index) const;

    std::uint8_t* memory_;
    std::size_t bytes_;
    std::uint32_t slots_, slot_bytes_;
    std::uint32_t head_ = 0; // the next slot the kernel fills
    std::uint32_t lent_ = 0; // slots before head_ that the caller still has
};

} // namespace fulcrum::device
