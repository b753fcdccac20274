// MAC and IP addresses and prefixes as plain values: text in, text out, bytes in, bytes out.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fulcrum {

struct Mac {
    std::array<std::uint8_t, 6> bytes{};

    auto operator<=>(const Mac&) const = default;
    bool is_multicast() const { return (bytes[0] & 1) != 0; } // broadcast included
    bool is_zero() const { return *this == Mac{}; }
    std::string text() const; // "02:00:0a:01:01:02"

    static constexpr Mac broadcast() { return Mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
    static std::optional<Mac> parse(std::string_view text); // six hex pairs with ':'
};

// An IPv4 or IPv6 address in 16 bytes; IPv4 is held IPv4-mapped (RFC 4291 section 2.5.5.2), so one key type
// serves both families. The default value is the unspecified IPv4 address 0.0.0.0.
class IpAddress {
public:
    constexpr IpAddress() = default;

    static IpAddress v4(std::uint32_t host_order);
    static IpAddress v4_bytes(const std::uint8_t* four); // network order, four readable bytes
    static IpAddress v6_bytes(const std::uint8_t* sixteen);
    static std::optional<IpAddress> parse(std::string_view text); // dotted quad or RFC 4291 text; nothing else

    bool is_v4() const;
    bool is_unspecified() const;
    bool is_multicast() const;
    bool is_loopback() const;
    std::uint32_t v4_value() const;     // host order; is_v4() must hold
    void store_v4(std::uint8_t* four) const; // network order; is_v4() must hold
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    std::string text() const;

    auto operator<=>(const IpAddress&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
};

// An address with a prefix length: an interface's own ("10.1.1.2/24") or, with host bits zero, a network.
struct IpPrefix {
    IpAddress address;
    std::uint8_t length = 0; // bits: 0..32 for IPv4, 0..128 for IPv6

    static std::optional<IpPrefix> parse(std::string_view text); // "A/L"; a bare address is a host prefix
    std::string text() const;                                    // always with the length
    IpPrefix network() const;                                    // host bits cleared
    bool contains(const IpAddress& other) const;                 // same family and inside
    bool overlaps(const IpPrefix& other) const;
    bool is_host() const;
    IpAddress broadcast() const;              // IPv4: all host bits one
    std::optional<IpAddress> nth(std::uint32_t n) const; // network + n; none when outside (IPv4)
    auto operator<=>(const IpPrefix&) const = default;
};

std::size_t hash_bytes(std::span<const std::uint8_t> bytes, std::size_t seed = 0);

} // namespace fulcrum

template <>
struct std::hash<fulcrum::IpAddress> {
    std::size_t operator()(const fulcrum::IpAddress& a) const noexcept { return fulcrum::hash_bytes(a.bytes()); }
};
template <>
struct std::hash<fulcrum::Mac> {
    std::size_t operator()(const fulcrum::Mac& m) const noexcept { return fulcrum::hash_bytes(m.bytes); }
};
