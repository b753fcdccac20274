// IPv4 packets (RFC 791): header with options, fragments.
#pragma once

#include <optional>
#include <span>
#include <type_traits>

#include "engine/base/address.h"
#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t ipv4_min_header_bytes = 20;

inline constexpr std::uint8_t protocol_icmp = 1;
inline constexpr std::uint8_t protocol_ipip = 4;
inline constexpr std::uint8_t protocol_tcp = 6;
inline constexpr std::uint8_t protocol_udp = 17;
inline constexpr std::uint8_t protocol_gre = 47;

// A header without options.
struct Ipv4Header {
    std::uint8_t dscp_ecn = 0;
    std::uint16_t total_length = 0; // header and payload, bytes
    std::uint16_t identification = 0;
    bool dont_fragment = false;
    bool more_fragments = false;
    std::uint16_t fragment_offset = 0; // bytes, a multiple of 8
    std::uint8_t ttl = 64;
    std::uint8_t protocol = 0;
    IpAddress source;
    IpAddress destination;

    static constexpr std::size_t size() { return ipv4_min_header_bytes; }
    void emit(std::uint8_t* out) const; // writes size() bytes, checksum included
    bool operator==(const Ipv4Header&) const = default;
};

// One whole packet: version 4, a header that fits, a total length that fits in the bytes given, a right
// header checksum, and a fragment offset that does not reach past 65,535. The view covers total_length bytes:
// link-layer padding is cut off. Options are inside the header but not looked at: see check_options.
template <class Byte>
class BasicIpv4View {
public:
    static Parsed<BasicIpv4View> parse(std::span<Byte> packet) {
        if (const auto bad = check(packet)) {
            return drop(*bad);
        }
        return BasicIpv4View(packet.first(load_be16(packet.data() + 2)));
    }
    BasicIpv4View() = default;

    std::size_t header_bytes() const { return std::size_t{4} * (bytes_[0] & 0x0fU); }
    std::uint8_t dscp_ecn() const { return bytes_[1]; }
    std::uint16_t total_length() const { return load_be16(bytes_.data() + 2); }
    std::uint16_t identification() const { return load_be16(bytes_.data() + 4); }
    bool dont_fragment() const { return (bytes_[6] & 0x40) != 0; }
    bool more_fragments() const { return (bytes_[6] & 0x20) != 0; }
    std::uint16_t fragment_offset() const { // bytes
        return static_cast<std::uint16_t>((load_be16(bytes_.data() + 6) & 0x1fff) * 8);
    }
    bool is_fragment() const { return (load_be16(bytes_.data() + 6) & 0x3fff) != 0; }
    std::uint8_t ttl() const { return bytes_[8]; }
    std::uint8_t protocol() const { return bytes_[9]; }
    std::uint16_t header_checksum() const { return load_be16(bytes_.data() + 10); }
    std::uint32_t source_value() const { return load_be32(bytes_.data() + 12); } // host order
    std::uint32_t destination_value() const { return load_be32(bytes_.data() + 16); }
    IpAddress source() const { return IpAddress::v4_bytes(bytes_.data() + 12); }
    IpAddress destination() const { return IpAddress::v4_bytes(bytes_.data() + 16); }
    std::span<Byte> header() const { return bytes_.first(header_bytes()); }
    std::span<Byte> options() const { return header().subspan(ipv4_min_header_bytes); }
    std::span<Byte> payload() const { return bytes_.subspan(header_bytes()); }
    std::span<Byte> bytes() const { return bytes_; }
    BasicIpv4View<const std::uint8_t> as_const() const { return BasicIpv4View<const std::uint8_t>(bytes_); }

    // Setters keep the header checksum right; L4 checksums are the business of rewrite.h.
    void set_source_value(std::uint32_t host_order) const requires(!std::is_const_v<Byte>) {
        replace32(12, host_order);
    }
    void set_destination_value(std::uint32_t host_order) const requires(!std::is_const_v<Byte>) {
        replace32(16, host_order);
    }
    void set_ttl(std::uint8_t ttl) const requires(!std::is_const_v<Byte>) {
        const std::uint16_t before = load_be16(bytes_.data() + 8);
        bytes_[8] = ttl;
        replace_in_checksum(before, load_be16(bytes_.data() + 8));
    }
    void decrement_ttl() const // needs ttl() > 0
        requires(!std::is_const_v<Byte>) {
        set_ttl(static_cast<std::uint8_t>(ttl() - 1));
    }

private:
    template <class>
    friend class BasicIpv4View;
    explicit BasicIpv4View(std::span<Byte> bytes) : bytes_(bytes) {}

    static std::optional<DropReason> check(std::span<const std::uint8_t> packet) {
        if (packet.size() < ipv4_min_header_bytes) {
            return DropReason::ipv4_too_short;
        }
        if ((packet[0] >> 4) != 4) {
            return DropReason::ipv4_bad_version;
        }
        const std::size_t header = std::size_t{4} * (packet[0] & 0x0fU);
        if (header < ipv4_min_header_bytes || header > packet.size()) {
            return DropReason::ipv4_bad_header_length;
        }
        const std::size_t total = load_be16(packet.data() + 2);
        if (total < header || total > packet.size()) {
            return DropReason::ipv4_bad_total_length;
        }
        if (checksum_of(packet.first(header)) != 0) {
            return DropReason::ipv4_bad_checksum;
        }
        const std::uint16_t flags = load_be16(packet.data() + 6);
        const std::size_t offset = std::size_t{8} * (flags & 0x1fffU);
        const bool more = (flags & 0x2000) != 0;
        const std::size_t data = total - header;
        if ((more || offset != 0) &&
            (data == 0 || (more && data % 8 != 0) || header + offset + data > 65535)) {
            return DropReason::ipv4_bad_fragment;
        }
        return std::nullopt;
    }
    void replace32(std::size_t offset, std::uint32_t after) const {
        const std::uint32_t before = load_be32(bytes_.data() + offset);
        store_be32(bytes_.data() + offset, after);
        store_be16(bytes_.data() + 10, update_checksum32(header_checksum(), before, after));
    }
    void replace_in_checksum(std::uint16_t before, std::uint16_t after) const {
        store_be16(bytes_.data() + 10, update_checksum(header_checksum(), before, after));
    }

    std::span<Byte> bytes_;
};

using Ipv4View = BasicIpv4View<const std::uint8_t>;
using Ipv4MutableView = BasicIpv4View<std::uint8_t>;

// Walks the options (RFC 791 section 3.1). Fails with ipv4_bad_option when they do not add up, with
// ipv4_source_route for loose or strict source routing (RFC 7126 section 4.3).
Parsed<void> check_options(std::span<const std::uint8_t> options);

} // namespace fulcrum::wire
