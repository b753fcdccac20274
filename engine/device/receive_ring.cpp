#include "engine/device/receive_ring.h"

#include <atomic>
#include <cstring>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "engine/device/vlan_tag.h"

namespace fulcrum::device {

namespace {

constexpr std::uint32_t align_up(std::uint32_t bytes) {
    return (bytes + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;
}

// tpacket_rcv() in net/packet/af_packet.c: the network header follows the slot's header (at least 16 bytes
// are kept for the link header), the reserve and the virtio_net_hdr.
constexpr std::uint32_t slot_bytes_for(std::uint32_t frame_bytes) {
    return align_up(align_up(TPACKET2_HDRLEN + 16) + min_headroom_bytes +
                    std::uint32_t{sizeof(wire::VnetMeta)} + frame_bytes);
}
constexpr std::uint32_t block_bytes = 1U << 20;

std::atomic_ref<std::uint32_t> status_of(std::uint8_t* slot) {
    return std::atomic_ref<std::uint32_t>(reinterpret_cast<tpacket2_hdr*>(slot)->tp_status);
}

} // namespace

Result<std::unique_ptr<ReceiveRing>> ReceiveRing::make(int fd, std::uint32_t slots,
                                                       std::uint32_t frame_bytes) {
    const int version = TPACKET_V2;
    if (::setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
        return fail_errno("choose TPACKET_V2");
    }
    const unsigned reserve = min_headroom_bytes;
    if (::setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof reserve) != 0) {
        return fail_errno("reserve headroom in the receive ring");
    }
    const std::uint32_t slot_bytes = slot_bytes_for(frame_bytes);
    const std::uint32_t slots_per_block = block_bytes / slot_bytes;
    tpacket_req request{};
    request.tp_block_size = block_bytes;
    request.tp_block_nr = (slots + slots_per_block - 1) / slots_per_block;
    request.tp_frame_size = slot_bytes;
    request.tp_frame_nr = request.tp_block_nr * slots_per_block;
    if (::setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
        return fail_errno("make the receive ring");
    }
    const std::size_t bytes = std::size_t{request.tp_block_nr} * block_bytes;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return fail_errno("map the receive ring");
    }
    return std::unique_ptr<ReceiveRing>(
        new ReceiveRing(static_cast<std::uint8_t*>(memory), bytes, request.tp_frame_nr, slot_bytes));
}

ReceiveRing::~ReceiveRing() {
    ::munmap(memory_, bytes_);
}

std::uint8_t* ReceiveRing::slot(std::uint32_t index) const {
    const std::uint32_t slots_per_block = block_bytes / slot_bytes_;
    return memory_ + std::size_t{index / slots_per_block} * block_bytes +
           std::size_t{index % slots_per_block} * slot_bytes_;
}

bool ReceiveRing::has_frame(std::uint32_t index) const {
    return (status_of(slot(index)).load(std::memory_order_acquire) & TP_STATUS_USER) != 0;
}

std::optional<std::uint64_t> ReceiveRing::next_arrival() const {
    if (lent_ == slots_ || !has_frame(head_)) { // with all of them lent, the next one is one of ours
        return std::nullopt;
    }
    const auto* header = reinterpret_cast<const tpacket2_hdr*>(slot(head_));
    return std::uint64_t{header->tp_sec} * 1'000'000'000 + header->tp_nsec;
}

bool ReceiveRing::is_crowded() const {
    return lent_ <= slots_ / 2 && has_frame((head_ + slots_ / 2) % slots_);
}

void ReceiveRing::take_back_all() {
    for (; lent_ > 0; --lent_) {
        const std::uint32_t index = (head_ + slots_ - lent_) % slots_;
        status_of(slot(index)).store(TP_STATUS_KERNEL, std::memory_order_release);
    }
}

bool ReceiveRing::take(Frame& frame, DeviceCounters& counters) {
    std::uint8_t* at = slot(head_);
    head_ = (head_ + 1) % slots_;
    ++lent_;
    const auto* header = reinterpret_cast<const tpacket2_hdr*>(at);
    if (header->tp_snaplen < header->tp_len) {
        ++counters.rx_drops; // larger than any frame should be: cut off by the kernel
        return false;
    }
    frame.data = at + header->tp_mac;
    frame.size = header->tp_snaplen;
    frame.headroom = min_headroom_bytes;
    std::memcpy(&frame.meta, frame.data - sizeof(wire::VnetMeta), sizeof(wire::VnetMeta));
    if ((header->tp_status & TP_STATUS_VLAN_VALID) != 0) {
        const bool typed = (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
        restore_vlan_tag(frame, typed ? header->tp_vlan_tpid : ETH_P_8021Q, header->tp_vlan_tci);
        frame.headroom = min_headroom_bytes; // the virtio_net_hdr's 10 bytes are free now
    }
    counters.count_received(frame);
    return true;
}

} // namespace fulcrum::device
