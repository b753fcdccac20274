// The receiving half of an AF_PACKET device as a ring shared with the kernel (TPACKET_V2,
// Documentation/networking/ packet_mmap.rst).
//
// Why V2: its slots are handed over one by one, the moment a frame arrives. V3 hands over whole blocks when
// they are full or their timer fires, which costs milliseconds. Every slot is as large as the largest GSO
// frame; untouched pages of a slot cost memory but no time. The slot size is no power of two, so that the
// heads of neighbouring slots do not fall into the same cache set.
//
//     slot: | tpacket2_hdr | sockaddr_ll | reserve (headroom) | virtio_net_hdr | frame … |
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "engine/device/af_packet_device.h"

namespace fulcrum::device {

class ReceiveRing final : public AfPacketReceiver {
public:
    // `fd`: an unbound packet socket with PACKET_VNET_HDR set, which outlives the ring. Errors name the step.
    static Result<std::unique_ptr<ReceiveRing>> make(int fd, std::uint32_t slots);
    ~ReceiveRing() override;
    ReceiveRing(const ReceiveRing&) = delete;
    ReceiveRing& operator=(const ReceiveRing&) = delete;

    std::size_t receive(std::span<Frame> frames, DeviceCounters& counters) override;

private:
    ReceiveRing(std::uint8_t* memory, std::size_t bytes, std::uint32_t slots)
        : memory_(memory), bytes_(bytes), slots_(slots) {}
    std::uint8_t* slot(std::uint32_t index) const;

    std::uint8_t* memory_;
    std::size_t bytes_;
    std::uint32_t slots_;
    std::uint32_t head_ = 0; // the next slot the kernel fills
    std::uint32_t lent_ = 0; // slots before head_ that the caller still has
};

} // namespace fulcrum::device
