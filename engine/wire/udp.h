// UDP datagrams (RFC 768) over IPv4.
#pragma once

#include <optional>
#include <span>

#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t udp_header_bytes = 8;
inline constexpr std::size_t udp_checksum_offset = 6; // from the start of the datagram

struct UdpHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;

    static constexpr std::size_t size() { return udp_header_bytes; }
    // Writes size() bytes. `datagram` is header and payload; the payload is in place already. A sum of 0 is
    // sent as 0xffff, because 0 means "no checksum".
    void emit(std::span<std::uint8_t> datagram, std::uint32_t source, std::uint32_t destination) const;
    bool operator==(const UdpHeader&) const = default;
};

// One datagram whose length field fits. The view covers `length` bytes: what follows inside the IP packet is
// cut off. In a GSO frame (gso_udp_l4) the length field names the whole, not one datagram of it.
template <class Byte>
class BasicUdpView {
public:
    static Parsed<BasicUdpView> parse(std::span<Byte> datagram, const ChecksumCheck& check) {
        if (datagram.size() < udp_header_bytes) {
            return drop(DropReason::udp_too_short);
        }
        const std::size_t length = load_be16(datagram.data() + 4);
        if (length < udp_header_bytes || length > datagram.size()) {
            return drop(DropReason::udp_bad_length);
        }
        if (load_be16(datagram.data() + 2) == 0) {
            return drop(DropReason::udp_bad_port); // source port 0 is legal: "no answer wanted"
        }
        const std::span<Byte> whole = datagram.first(length);
        if (check.verify && load_be16(datagram.data() + udp_checksum_offset) != 0 &&
            finish(sum_of(whole) + pseudo_header_sum(check.source, check.destination, 17, length)) != 0) {
            return drop(DropReason::udp_bad_checksum);
        }
        return BasicUdpView(whole);
    }
    BasicUdpView() = default;

    std::uint16_t source_port() const { return load_be16(bytes_.data()); }
    std::uint16_t destination_port() const { return load_be16(bytes_.data() + 2); }
    std::uint16_t length() const { return load_be16(bytes_.data() + 4); }
    std::uint16_t checksum() const { return load_be16(bytes_.data() + udp_checksum_offset); }
    std::span<Byte> payload() const { return bytes_.subspan(udp_header_bytes); }
    std::span<Byte> bytes() const { return bytes_; }

private:
    explicit BasicUdpView(std::span<Byte> bytes) : bytes_(bytes) {}
    std::span<Byte> bytes_;
};

using UdpView = BasicUdpView<const std::uint8_t>;
using UdpMutableView = BasicUdpView<std::uint8_t>;

} // namespace fulcrum::wire
