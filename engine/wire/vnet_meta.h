// What the kernel says about a frame besides its bytes: struct virtio_net_hdr of linux/virtio_net.h, byte for
// byte, in host byte order as PACKET_VNET_HDR passes it (packet(7)).
#pragma once

#include <cstdint>

namespace fulcrum::wire {

struct VnetMeta {
    static constexpr std::uint8_t needs_checksum =
        1;                                        // VIRTIO_NET_HDR_F_NEEDS_CSUM: the L4 checksum is partial
    static constexpr std::uint8_t data_valid = 2; // VIRTIO_NET_HDR_F_DATA_VALID: somebody checked it already

    static constexpr std::uint8_t gso_none = 0;
    static constexpr std::uint8_t gso_tcp_v4 = 1;
    static constexpr std::uint8_t gso_udp_v4 = 3; // UFO: IP fragments; no longer produced by Linux
    static constexpr std::uint8_t gso_tcp_v6 = 4;
    static constexpr std::uint8_t gso_udp_l4 = 5;
    static constexpr std::uint8_t gso_ecn = 0x80; // or-ed in: TCP with ECN, CWR only in the first segment

    std::uint8_t flags = 0;
    std::uint8_t gso_type = gso_none;
    std::uint16_t hdr_len = 0;     // bytes from the start of the frame to the L4 payload; a hint
    std::uint16_t gso_size = 0;    // L4 payload bytes of each segment on the wire
    std::uint16_t csum_start = 0;  // with needs_checksum: where summing starts, from the start of the frame
    std::uint16_t csum_offset = 0; // and where the checksum goes, from csum_start

    bool operator==(const VnetMeta&) const = default;

    bool is_gso() const { return (gso_type & ~gso_ecn) != gso_none; }
    // The checksum field holds only the folded, uncomplemented sum of the pseudo-header (Linux
    // CHECKSUM_PARTIAL).
    bool checksum_is_partial() const { return (flags & needs_checksum) != 0; }
    // The kernel vouches for the L4 checksum: the sender is on this machine, or hardware has looked.
    bool checksum_is_trusted() const { return (flags & (needs_checksum | data_valid)) != 0; }
    // Moves what is counted from the start of the frame after `bytes` were put in front of it.
    void shift(int bytes) {
        if (checksum_is_partial()) {
            csum_start = static_cast<std::uint16_t>(csum_start + bytes);
        }
        if (hdr_len != 0) {
            hdr_len = static_cast<std::uint16_t>(hdr_len + bytes);
        }
    }
};
static_assert(sizeof(VnetMeta) == 10, "read and written as struct virtio_net_hdr");

} // namespace fulcrum::wire
