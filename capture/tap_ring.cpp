#include "capture/tap_ring.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

// Both above the largest frame, headers included. The small one is for labs with hundreds of taps.
constexpr std::size_t large_block = 256 * 1024;
constexpr std::size_t small_block = 128 * 1024;
// For packets cut to half of it at most.
constexpr std::size_t short_block = 16 * 1024;
constexpr std::size_t frame_size = 2048; // V3 only wants it to divide a block

std::uint32_t status_of(const std::uint8_t* block) {
    const auto* header = reinterpret_cast<const tpacket_block_desc*>(block);
    return __atomic_load_n(&header->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

std::uint32_t flags_of(const tpacket3_hdr& header, const sockaddr_ll& from) {
    std::uint32_t flags = from.sll_pkttype == PACKET_OUTGOING ? 2U : 1U;
    switch (from.sll_pkttype) {
    case PACKET_HOST:
        flags |= flag_unicast;
        break;
    case PACKET_MULTICAST:
        flags |= flag_multicast;
        break;
    case PACKET_BROADCAST:
        flags |= flag_broadcast;
        break;
    case PACKET_OTHERHOST:
        flags |= flag_promiscuous;
        break;
    default:
        break;
    }
    if ((header.tp_status & TP_STATUS_CSUMNOTREADY) != 0) {
        flags |= flag_checksum_not_ready;
    }
    if ((header.tp_status & TP_STATUS_CSUM_VALID) != 0) {
        flags |= flag_checksum_valid;
    }
    return flags;
}

} // namespace

Result<TapRing> TapRing::open(Tap tap, const BpfFilter& filter, std::size_t ring_bytes,
                              std::size_t snaplen_bytes) {
    TapRing ring;
    ring.tap_ = std::move(tap);
    const int fd = ring.fd();
    const auto failed = [&](std::string_view step) {
        return tl::unexpected(fail_errno(step).value().within("tap " + ring.name()));
    };
    // Filter first, bind last: nothing gets in that was not asked for.
    if (auto attached = filter.attach(fd); !attached) {
        return fail(attached.error(), "tap " + ring.name());
    }
    const int version = TPACKET_V3;
    if (::setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
        return failed("set the ring's version");
    }
    const auto block_size = snaplen_bytes <= short_block / 2 ? short_block
                            : ring_bytes < 2 * large_block   ? small_block
                                                             : large_block;
    tpacket_req3 request{};
    request.tp_block_size = static_cast<unsigned>(block_size);
    request.tp_block_nr = static_cast<unsigned>(std::max<std::size_t>(2, ring_bytes / block_size));
    request.tp_frame_size = frame_size;
    request.tp_frame_nr = request.tp_block_nr * static_cast<unsigned>(block_size / frame_size);
    request.tp_retire_blk_tov = hand_over_ms;
    if (::setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
        return failed("make the ring");
    }
    ring.block_bytes_ = block_size;
    ring.blocks_ = request.tp_block_nr;
    void* start =
        ::mmap(nullptr, ring.block_bytes_ * ring.blocks_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED) {
        return failed("map the ring");
    }
    ring.ring_ = static_cast<std::uint8_t*>(start);
    if (auto listening = ring.listen(); !listening) {
        return fail(listening.error(), "tap " + ring.name());
    }
    return ring;
}

Result<> TapRing::listen() {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = __builtin_bswap16(ETH_P_ALL);
    address.sll_ifindex = tap_.interface_index;
    if (::bind(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail_errno("bind");
    }
    // Frames for other stations count too: a bridge floods them, and an engine's MAC is not the device's.
    packet_mreq membership{};
    membership.mr_ifindex = tap_.interface_index;
    membership.mr_type = PACKET_MR_PROMISC;
    if (::setsockopt(fd(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) != 0) {
        return fail_errno("listen to all frames");
    }
    return {};
}

bool TapRing::listen_again() {
    sockaddr_ll bound{};
    socklen_t length = sizeof bound;
    const bool is_bound = ::getsockname(fd(), reinterpret_cast<sockaddr*>(&bound), &length) == 0 &&
                          bound.sll_ifindex == tap_.interface_index;
    if (!is_bound && !listen()) {
        return false;
    }
    // An interface is down before it is taken away, and bound to all the same.
    ifreq request{};
    request.ifr_ifindex = tap_.interface_index;
    return ::ioctl(fd(), SIOCGIFNAME, &request) == 0 && ::ioctl(fd(), SIOCGIFFLAGS, &request) == 0 &&
           (request.ifr_flags & IFF_UP) != 0;
}

TapRing::TapRing(TapRing&& other) noexcept
    : tap_(std::move(other.tap_)), ring_(std::exchange(other.ring_, nullptr)),
      block_bytes_(other.block_bytes_), blocks_(other.blocks_), current_(other.current_), left_(other.left_),
      packet_(other.packet_), tagged_(std::move(other.tagged_)), drops_(other.drops_) {}

TapRing::~TapRing() {
    if (ring_ != nullptr) {
        ::munmap(ring_, block_bytes_ * blocks_);
    }
}

bool TapRing::enter_block() {
    // A block may be handed over empty: the timer does not look.
    while ((status_of(block(current_)) & TP_STATUS_USER) != 0) {
        const auto* header = reinterpret_cast<const tpacket_block_desc*>(block(current_));
        left_ = header->hdr.bh1.num_pkts;
        if (left_ > 0) {
            packet_ = block(current_) + header->hdr.bh1.offset_to_first_pkt;
            return true;
        }
        left_ = 1;
        packet_ = nullptr;
        pop();
    }
    return false;
}

bool TapRing::front(Packet& packet) {
    if (left_ == 0 && !enter_block()) {
        return false;
    }
    const auto& header = *reinterpret_cast<const tpacket3_hdr*>(packet_);
    const auto& from = *reinterpret_cast<const sockaddr_ll*>(packet_ + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
    packet.time_ns = front_time();
    packet.original_bytes = header.tp_len;
    packet.flags = flags_of(header, from);
    packet.bytes = {packet_ + header.tp_mac, header.tp_snaplen};
    // The kernel takes a VLAN tag out of the frame and tells it beside; a capture shows the frame as it was.
    if ((header.tp_status & TP_STATUS_VLAN_VALID) != 0 && packet.bytes.size() >= 2 * ETH_ALEN) {
        const std::uint16_t protocol = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0
                                           ? header.hv1.tp_vlan_tpid
                                           : std::uint16_t{ETH_P_8021Q};
        tagged_.resize(packet.bytes.size() + 4);
        std::memcpy(tagged_.data(), packet.bytes.data(), 2 * ETH_ALEN);
        store_be16(tagged_.data() + 12, protocol);
        store_be16(tagged_.data() + 14, static_cast<std::uint16_t>(header.hv1.tp_vlan_tci));
        std::memcpy(tagged_.data() + 16, packet.bytes.data() + 12, packet.bytes.size() - 12);
        packet.bytes = tagged_;
        packet.original_bytes += 4;
    }
    return true;
}

std::int64_t TapRing::front_time() const {
    const auto& header = *reinterpret_cast<const tpacket3_hdr*>(packet_);
    return std::int64_t{header.tp_sec} * 1'000'000'000 + header.tp_nsec;
}

void TapRing::pop() {
    if (--left_ > 0) {
        packet_ += reinterpret_cast<const tpacket3_hdr*>(packet_)->tp_next_offset;
        return;
    }
    auto* header = reinterpret_cast<tpacket_block_desc*>(block(current_));
    __atomic_store_n(&header->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    current_ = (current_ + 1) % blocks_;
    packet_ = nullptr;
}

bool TapRing::filling_up() const {
    return (status_of(block((current_ + blocks_ / 2) % blocks_)) & TP_STATUS_USER) != 0;
}

std::uint64_t TapRing::read_drops() {
    tpacket_stats_v3 statistics{};
    socklen_t length = sizeof statistics;
    if (::getsockopt(fd(), SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0) {
        drops_ += statistics.tp_drops; // reading sets the kernel's count to zero
    }
    return drops_;
}

} // namespace fulcrum::capture
