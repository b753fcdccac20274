// A kernel interface as a packet device: AF_PACKET with PACKET_VNET_HDR (packet(7), linux/if_packet.h), so
// that frames pass as GSO segments of up to 64 KB with checksums left to offload.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "engine/device/packet_device.h"

namespace fulcrum::device {

enum class ReceivePath : std::uint8_t {
    rings, // mapped TPACKET_V2 rings: no system call per batch, not bounded by net.core.rmem_max
    queue, // recvmmsg from the socket's queue
};

struct AfPacketOptions {
    ReceivePath receive_path = ReceivePath::rings;
    // Large frames that the rings hold (rounded up), each in a slot of max_frame_bytes, and for each of them
    // 32 small ones: 128 are 9 MB of kernel memory for either.
    std::uint32_t ring_slots = 128;
    // What the queue path asks for; the kernel may give less (net.core.rmem_max) to an unprivileged user.
    std::uint32_t receive_buffer_bytes = 64U << 20;
};

// The receiving half: rings or a queue. Same contracts as in PacketDevice.
class AfPacketReceiver {
public:
    virtual ~AfPacketReceiver() = default;
    virtual std::size_t receive(std::span<Frame> frames, DeviceCounters& counters) = 0;
    virtual bool is_crowded() const { return false; }
    virtual int second_fd() const { return -1; } // a socket of its own besides the device's; -1: none
};

// The kernel's interface needs no address and should have IFF_NOARP. The engine's MAC differs from the kernel
// device's, so the kernel takes frames for us as PACKET_OTHERHOST and drops them without an answer; the
// device must deliver them all the same, as veth does (a filtering network card has to be promiscuous). Own
// frames are not received again.
//
// A link that goes down is no error: receive() and send() count it and work again when it returns. When the
// socket's send buffer is full, send() waits once, a millisecond at most, before it drops.
class AfPacketDevice final : public PacketDevice {
public:
    // Needs CAP_NET_RAW in the network namespace. Fails naming the interface and the step.
    static Result<std::unique_ptr<AfPacketDevice>> open(const std::string& interface,
                                                        const AfPacketOptions& options = {});

    std::size_t receive(std::span<Frame> frames, Instant now) override;
    std::size_t send(std::span<const Frame> frames, Instant now) override;
    bool is_crowded() const override { return receiver_->is_crowded(); }
    std::vector<int> fds() const override;
    DeviceCounters counters() override; // asks the kernel for its drops

private:
    AfPacketDevice(UniqueFd fd, std::unique_ptr<AfPacketReceiver> receiver)
        : fd_(std::move(fd)), receiver_(std::move(receiver)) {}
    // Takes the socket's pending error, so that poll() does not report it for ever; once a millisecond at
    // most.
    void take_error();

    UniqueFd fd_;
    std::unique_ptr<AfPacketReceiver> receiver_; // behind fd_: unmapped before the socket is closed
    Instant next_error_look_{};
    DeviceCounters counters_;
};

} // namespace fulcrum::device
