// TCP segments (RFC 9293 section 3.1) and the options of RFC 7323 (window scale, timestamps) and RFC 2018
// (SACK).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>

#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t tcp_min_header_bytes = 20;
inline constexpr std::size_t tcp_max_header_bytes = 60;
inline constexpr std::size_t tcp_checksum_offset = 16; // from the start of the segment

namespace tcp_flag {
inline constexpr std::uint8_t fin = 0x01;
inline constexpr std::uint8_t syn = 0x02;
inline constexpr std::uint8_t rst = 0x04;
inline constexpr std::uint8_t psh = 0x08;
inline constexpr std::uint8_t ack = 0x10;
inline constexpr std::uint8_t urg = 0x20;
inline constexpr std::uint8_t ece = 0x40;
inline constexpr std::uint8_t cwr = 0x80;
} // namespace tcp_flag

struct SackBlock {
    std::uint32_t left = 0, right = 0; // [left, right) sequence numbers
    bool operator==(const SackBlock&) const = default;
};

struct TcpTimestamps {
    std::uint32_t value = 0, echo = 0;
    bool operator==(const TcpTimestamps&) const = default;
};

struct TcpOptions {
    std::optional<std::uint16_t> mss;         // bytes; on SYN only
    std::optional<std::uint8_t> window_scale; // shift, 0 to 14; on SYN only
    bool sack_permitted = false;              // on SYN only
    std::optional<TcpTimestamps> timestamps;
    std::array<SackBlock, 4> sack{};
    std::uint8_t sack_count = 0;

    std::size_t size() const;           // bytes as emitted, a multiple of 4, at most 40
    void emit(std::uint8_t* out) const; // writes size() bytes
    bool operator==(const TcpOptions&) const = default;
};

// Unknown options are stepped over (RFC 9293 section 3.1 MUST-6). Fails with tcp_bad_option when a length is
// impossible. A window scale above 14 reads as 14 (RFC 7323 section 2.3).
Parsed<TcpOptions> parse_tcp_options(std::span<const std::uint8_t> options);

struct TcpHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint8_t flags = 0; // tcp_flag
    std::uint16_t window = 0;
    std::uint16_t urgent = 0;
    TcpOptions options;

    std::size_t size() const { return tcp_min_header_bytes + options.size(); }
    // Writes size() bytes. `segment` is the whole segment; the payload is in place already. Addresses in host
    // order for the pseudo-header.
    void emit(std::span<std::uint8_t> segment, std::uint32_t source, std::uint32_t destination) const;
    // The same with a partial checksum, for a frame whose VnetMeta says needs_checksum.
    void emit_partial(std::span<std::uint8_t> segment, std::uint32_t source, std::uint32_t destination) const;
    bool operator==(const TcpHeader&) const = default;
};

// One segment whose header fits, whose flags can occur, whose ports are not 0 and whose checksum is right (or
// trusted). Options are inside the header but not looked at: see parse_tcp_options.
template <class Byte>
class BasicTcpView {
public:
    // `segment` is the IP payload of an unfragmented packet.
    static Parsed<BasicTcpView> parse(std::span<Byte> segment, const ChecksumCheck& check) {
        if (const auto bad = find_fault(segment, check)) {
            return drop(*bad);
        }
        return BasicTcpView(segment);
    }
    BasicTcpView() = default;

    std::uint16_t source_port() const { return load_be16(bytes_.data()); }
    std::uint16_t destination_port() const { return load_be16(bytes_.data() + 2); }
    std::uint32_t sequence() const { return load_be32(bytes_.data() + 4); }
    std::uint32_t acknowledgement() const { return load_be32(bytes_.data() + 8); }
    std::size_t header_bytes() const { return std::size_t{4} * (bytes_[12] >> 4); }
    std::uint8_t flags() const { return bytes_[13]; }
    bool has(std::uint8_t all_of) const { return (flags() & all_of) == all_of; }
    std::uint16_t window() const { return load_be16(bytes_.data() + 14); }
    std::uint16_t checksum() const { return load_be16(bytes_.data() + tcp_checksum_offset); }
    std::uint16_t urgent() const { return load_be16(bytes_.data() + 18); }
    std::span<Byte> options() const {
        return bytes_.subspan(tcp_min_header_bytes, header_bytes() - tcp_min_header_bytes);
    }
    std::span<Byte> payload() const { return bytes_.subspan(header_bytes()); }
    std::span<Byte> bytes() const { return bytes_; }

private:
    explicit BasicTcpView(std::span<Byte> bytes) : bytes_(bytes) {}
    static std::optional<DropReason> find_fault(std::span<const std::uint8_t> segment,
                                                const ChecksumCheck& check) {
        if (segment.size() < tcp_min_header_bytes) {
            return DropReason::tcp_too_short;
        }
        const std::size_t header = std::size_t{4} * (segment[12] >> 4);
        if (header < tcp_min_header_bytes || header > segment.size()) {
            return DropReason::tcp_bad_header_length;
        }
        if (!flags_can_occur(segment[13])) {
            return DropReason::tcp_bad_flags;
        }
        if (load_be16(segment.data()) == 0 || load_be16(segment.data() + 2) == 0) {
            return DropReason::tcp_bad_port;
        }
        if (check.verify && finish(sum_of(segment) + pseudo_header_sum(check.source, check.destination, 6,
                                                                       segment.size())) != 0) {
            return DropReason::tcp_bad_checksum;
        }
        return std::nullopt;
    }
    // What RFC 9293 section 3.10 can produce: exactly one of SYN, RST, or a segment with ACK.
    static bool flags_can_occur(std::uint8_t flags) {
        using namespace tcp_flag;
        if ((flags & syn) != 0) {
            return (flags & (fin | rst)) == 0;
        }
        if ((flags & rst) != 0) {
            return (flags & fin) == 0;
        }
        return (flags & ack) != 0;
    }

    std::span<Byte> bytes_;
};

using TcpView = BasicTcpView<const std::uint8_t>;
using TcpMutableView = BasicTcpView<std::uint8_t>;

} // namespace fulcrum::wire
