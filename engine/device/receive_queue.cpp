#include "engine/device/receive_queue.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "engine/device/vlan_tag.h"

namespace fulcrum::device {

Result<std::unique_ptr<ReceiveQueue>> ReceiveQueue::make(int fd, std::uint32_t receive_buffer_bytes) {
    const int bytes = static_cast<int>(std::min<std::uint32_t>(receive_buffer_bytes, 1U << 30));
    // The forced variant needs CAP_NET_ADMIN in the first user namespace; without it the kernel's limit
    // holds.
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 &&
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0) {
        return fail_errno("set the receive buffer");
    }
    const int on = 1;
    if (::setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0) {
        return fail_errno("ask for VLAN tags");
    }
    return std::unique_ptr<ReceiveQueue>(new ReceiveQueue(fd));
}

ReceiveQueue::ReceiveQueue(int fd)
    : fd_(fd), buffers_(std::make_unique_for_overwrite<std::uint8_t[]>(batch * stride)), metas_(batch),
      controls_(batch), pieces_(2 * batch), messages_(batch) {
    for (std::size_t i = 0; i < batch; ++i) {
        pieces_[2 * i] = {&metas_[i], sizeof(wire::VnetMeta)};
        pieces_[2 * i + 1] = {buffers_.get() + i * stride + min_headroom_bytes + 4, max_frame_bytes};
        messages_[i].msg_hdr.msg_iov = &pieces_[2 * i];
        messages_[i].msg_hdr.msg_iovlen = 2;
    }
}

std::size_t ReceiveQueue::receive(std::span<Frame> frames, DeviceCounters& counters) {
    const std::size_t wanted = std::min(frames.size(), batch);
    for (std::size_t i = 0; i < wanted; ++i) {
        messages_[i].msg_hdr.msg_control = controls_[i].bytes;
        messages_[i].msg_hdr.msg_controllen = sizeof controls_[i].bytes;
    }
    const int got = ::recvmmsg(fd_, messages_.data(), static_cast<unsigned>(wanted), MSG_DONTWAIT, nullptr);
    if (got < 0) {
        counters.down_events += errno == ENETDOWN ? 1 : 0;
        return 0;
    }
    std::size_t received = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
        msghdr& message = messages_[i].msg_hdr;
        if ((message.msg_flags & MSG_TRUNC) != 0 || messages_[i].msg_len < sizeof(wire::VnetMeta)) {
            ++counters.rx_drops;
            continue;
        }
        Frame& frame = frames[received++];
        frame.data = static_cast<std::uint8_t*>(pieces_[2 * i + 1].iov_base);
        frame.size = messages_[i].msg_len - static_cast<std::uint32_t>(sizeof(wire::VnetMeta));
        frame.headroom = min_headroom_bytes + 4;
        frame.meta = metas_[i];
        for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
            if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) {
                continue;
            }
            tpacket_auxdata aux;
            std::memcpy(&aux, CMSG_DATA(c), sizeof aux);
            if ((aux.tp_status & TP_STATUS_VLAN_VALID) != 0) {
                const bool typed = (aux.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
                restore_vlan_tag(frame, typed ? aux.tp_vlan_tpid : ETH_P_8021Q, aux.tp_vlan_tci);
            }
        }
        counters.count_received(frame);
    }
    return received;
}

} // namespace fulcrum::device
