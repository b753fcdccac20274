// The receiving half of an AF_PACKET device as two rings: one for frames that may be as large as a GSO frame,
// and one with many more slots for those of a packet's size. Of large slots few fit into memory, and a busy
// machine that gives the engine its turn late fills them with small frames within milliseconds.
//
// Each ring has a socket of its own, with a filter on the frame's length; frames are handed out in the order
// in which they arrived, by the kernel's time stamps.
#pragma once

#include "engine/base/unique_fd.h"
#include "engine/device/af_packet_device.h"
#include "engine/device/receive_ring.h"

namespace fulcrum::device {

class ReceiveRings final : public AfPacketReceiver {
public:
    // `small_fd`, `large_fd`: unbound packet sockets with PACKET_VNET_HDR set; `small_fd` outlives this.
    // `slots`: of the large ring.
    static Result<std::unique_ptr<ReceiveRings>> make(int small_fd, UniqueFd large_fd, std::uint32_t slots);

    std::size_t receive(std::span<Frame> frames, DeviceCounters& counters) override;
    bool is_crowded() const override { return small_->is_crowded() || large_->is_crowded(); }
    int second_fd() const override { return large_fd_.get(); }

private:
    ReceiveRings(std::unique_ptr<ReceiveRing> small, UniqueFd large_fd, std::unique_ptr<ReceiveRing> large)
        : small_(std::move(small)), large_fd_(std::move(large_fd)), large_(std::move(large)) {}
    ReceiveRing* next() const; // the ring whose next frame arrived first; null: neither has one

    std::unique_ptr<ReceiveRing> small_;
    UniqueFd large_fd_;
    std::unique_ptr<ReceiveRing> large_; // behind its socket: unmapped before that is closed
};

} // namespace fulcrum::device
