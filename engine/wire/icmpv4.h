// ICMP for IPv4 (RFC 792): echo, destination unreachable with the next-hop MTU of RFC 1191, time exceeded,
// parameter problem. Other types parse and are told apart by their number.
#pragma once

#include <span>
#include <type_traits>

#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t icmp_header_bytes = 8;

enum class IcmpType : std::uint8_t {
    echo_reply = 0,
    unreachable = 3,
    source_quench = 4,
    redirect = 5,
    echo_request = 8,
    time_exceeded = 11,
    parameter_problem = 12,
};

namespace icmp_code {
inline constexpr std::uint8_t net_unreachable = 0;
inline constexpr std::uint8_t host_unreachable = 1;
inline constexpr std::uint8_t protocol_unreachable = 2;
inline constexpr std::uint8_t port_unreachable = 3;
inline constexpr std::uint8_t fragmentation_needed = 4;
inline constexpr std::uint8_t admin_prohibited = 13; // RFC 1812 section 5.2.7.1
inline constexpr std::uint8_t ttl_exceeded = 0;
inline constexpr std::uint8_t reassembly_exceeded = 1;
} // namespace icmp_code

struct IcmpHeader {
    IcmpType type = IcmpType::echo_request;
    std::uint8_t code = 0;
    std::uint32_t rest = 0; // echo: identifier << 16 | sequence; fragmentation needed: MTU; else 0

    static constexpr std::size_t size() { return icmp_header_bytes; }
    // Writes size() bytes. `message` is the whole message; what follows the header is in place already, and
    // the checksum covers it.
    void emit(std::span<std::uint8_t> message) const;

    static IcmpHeader echo(IcmpType type, std::uint16_t identifier, std::uint16_t sequence) {
        return {type, 0, (std::uint32_t{identifier} << 16) | sequence};
    }
    bool operator==(const IcmpHeader&) const = default;
};

template <class Byte>
class BasicIcmpView {
public:
    static Parsed<BasicIcmpView> parse(std::span<Byte> message, bool verify_checksum) {
        if (message.size() < icmp_header_bytes) {
            return drop(DropReason::icmp_too_short);
        }
        if (verify_checksum && checksum_of(message) != 0) {
            return drop(DropReason::icmp_bad_checksum);
        }
        return BasicIcmpView(message);
    }
    IcmpType type() const { return static_cast<IcmpType>(bytes_[0]); }
    std::uint8_t code() const { return bytes_[1]; }
    std::uint16_t checksum() const { return load_be16(bytes_.data() + 2); }
    std::uint16_t identifier() const { return load_be16(bytes_.data() + 4); } // echo
    std::uint16_t sequence() const { return load_be16(bytes_.data() + 6); }   // echo
    std::uint16_t next_hop_mtu() const {
        return load_be16(bytes_.data() + 6);
    } // fragmentation needed; may be 0
    std::span<Byte> payload() const { return bytes_.subspan(icmp_header_bytes); }
    std::span<Byte> bytes() const { return bytes_; }
    // An error message: payload() quotes the packet it is about, and nothing may answer it (RFC 1122
    // section 3.2.2).
    bool is_error() const { return is_error(type()); }
    static bool is_error(IcmpType type) {
        return type == IcmpType::unreachable || type == IcmpType::source_quench ||
               type == IcmpType::redirect || type == IcmpType::time_exceeded ||
               type == IcmpType::parameter_problem;
    }
    // Keeps the checksum right.
    void set_type(IcmpType type) const requires(!std::is_const_v<Byte>) {
        const std::uint16_t before = load_be16(bytes_.data());
        bytes_[0] = static_cast<std::uint8_t>(type);
        store_be16(bytes_.data() + 2, update_checksum(checksum(), before, load_be16(bytes_.data())));
    }

private:
    explicit BasicIcmpView(std::span<Byte> bytes) : bytes_(bytes) {}
    std::span<Byte> bytes_;
};

using IcmpView = BasicIcmpView<const std::uint8_t>;
using IcmpMutableView = BasicIcmpView<std::uint8_t>;

} // namespace fulcrum::wire
