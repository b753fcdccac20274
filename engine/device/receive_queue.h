// The receiving half of an AF_PACKET device as recvmmsg from the socket's queue. The frames are copied into
// buffers of our own; the queue is bounded by the socket's receive buffer, which net.core.rmem_max bounds for
// an unprivileged user.
#pragma once

#include <memory>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>

#include "engine/base/result.h"
#include "engine/device/af_packet_device.h"

namespace fulcrum::device {

class ReceiveQueue final : public AfPacketReceiver {
public:
    // `fd`: a packet socket with PACKET_VNET_HDR set, which outlives this.
    static Result<std::unique_ptr<ReceiveQueue>> make(int fd, std::uint32_t receive_buffer_bytes);

    std::size_t receive(std::span<Frame> frames, DeviceCounters& counters) override;

private:
    static constexpr std::size_t batch = 64;
    // No power of two: the heads of the buffers must not fall into the same cache set.
    static constexpr std::size_t stride = (min_headroom_bytes + max_frame_bytes + 256) / 64 * 64;
    struct Control { // room for one PACKET_AUXDATA
        alignas(8) std::uint8_t bytes[64];
    };

    explicit ReceiveQueue(int fd);

    int fd_;
    std::unique_ptr<std::uint8_t[]> buffers_;
    std::vector<wire::VnetMeta> metas_;
    std::vector<Control> controls_;
    std::vector<iovec> pieces_; // two per message
    std::vector<mmsghdr> messages_;
};

} // namespace fulcrum::device
