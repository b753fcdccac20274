#include "engine/base/address.h"

#include <arpa/inet.h>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "engine/base/byte_order.h"

namespace fulcrum {

namespace {

unsigned family_bits(const IpAddress& a) { return a.is_v4() ? 32 : 128; }

// Clears (or sets) every bit after the first `length` bits of the address' own family.
IpAddress with_host_bits(const IpAddress& a, unsigned length, bool ones) {
    std::array<std::uint8_t, 16> out = a.bytes();
    const unsigned first = (a.is_v4() ? 96U : 0U) + length;
    for (unsigned bit = first; bit < 128; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        out[bit / 8] = static_cast<std::uint8_t>(ones ? out[bit / 8] | mask : out[bit / 8] & ~mask);
    }
    return IpAddress::v6_bytes(out.data());
}

} // namespace

std::string Mac::text() const {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                       bytes[5]);
}

std::optional<Mac> Mac::parse(std::string_view text) {
    if (text.size() != 17) {
        return std::nullopt;
    }
    Mac mac;
    for (std::size_t i = 0; i < 6; ++i) {
        const char* begin = text.data() + 3 * i;
        if (i > 0 && begin[-1] != ':') {
            return std::nullopt;
        }
        const auto [end, error] = std::from_chars(begin, begin + 2, mac.bytes[i], 16);
        if (error != std::errc{} || end != begin + 2) {
            return std::nullopt;
        }
    }
    return mac;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
    IpAddress a;
    store_be32(a.bytes_.data() + 12, host_order);
    return a;
}

IpAddress IpAddress::v4_bytes(const std::uint8_t* four) {
    IpAddress a;
    std::memcpy(a.bytes_.data() + 12, four, 4);
    return a;
}

IpAddress IpAddress::v6_bytes(const std::uint8_t* sixteen) {
    IpAddress a;
    std::memcpy(a.bytes_.data(), sixteen, 16);
    return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string terminated(text);
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
        return v4_bytes(bytes.data());
    }
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
        return v6_bytes(bytes.data());
    }
    return std::nullopt;
}

bool IpAddress::is_v4() const {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(bytes_.data(), mapped.data(), mapped.size()) == 0;
}

bool IpAddress::is_unspecified() const { return *this == IpAddress{} || bytes_ == std::array<std::uint8_t, 16>{}; }

bool IpAddress::is_multicast() const { return is_v4() ? (bytes_[12] & 0xf0) == 0xe0 : bytes_[0] == 0xff; }

bool IpAddress::is_loopback() const {
    if (is_v4()) {
        return bytes_[12] == 127;
    }
    std::array<std::uint8_t, 16> one{};
    one[15] = 1;
    return bytes_ == one;
}

std::uint32_t IpAddress::v4_value() const { return load_be32(bytes_.data() + 12); }

void IpAddress::store_v4(std::uint8_t* four) const { std::memcpy(four, bytes_.data() + 12, 4); }

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (is_v4()) {
        inet_ntop(AF_INET, bytes_.data() + 12, out.data(), out.size());
    } else {
        inet_ntop(AF_INET6, bytes_.data(), out.data(), out.size());
    }
    return out.data();
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const unsigned bits = family_bits(*address);
    if (slash == std::string_view::npos) {
        return IpPrefix{*address, static_cast<std::uint8_t>(bits)};
    }
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || length > bits) {
        return std::nullopt;
    }
    return IpPrefix{*address, static_cast<std::uint8_t>(length)};
}

std::string IpPrefix::text() const { return fmt::format("{}/{}", address.text(), length); }

IpPrefix IpPrefix::network() const { return IpPrefix{with_host_bits(address, length, false), length}; }

bool IpPrefix::contains(const IpAddress& other) const {
    return other.is_v4() == address.is_v4() && with_host_bits(other, length, false) == network().address;
}

bool IpPrefix::overlaps(const IpPrefix& other) const {
    return length <= other.length ? contains(other.address) : other.contains(address);
}

bool IpPrefix::is_host() const { return length == family_bits(address); }

IpAddress IpPrefix::broadcast() const { return with_host_bits(address, length, true); }

std::optional<IpAddress> IpPrefix::nth(std::uint32_t n) const {
    if (!address.is_v4()) {
        return std::nullopt;
    }
    const std::uint64_t sum = std::uint64_t{network().address.v4_value()} + n;
    if (sum > broadcast().v4_value()) {
        return std::nullopt;
    }
    return IpAddress::v4(static_cast<std::uint32_t>(sum));
}

std::size_t hash_bytes(std::span<const std::uint8_t> bytes, std::size_t seed) {
    // FNV-1a with a final mix; keys here are addresses, chosen by whoever sends packets, so tables that a
    // stranger can fill pass their own random seed.
    std::uint64_t h = 0xcbf29ce484222325ULL ^ (seed * 0x9e3779b97f4a7c15ULL);
    for (const std::uint8_t b : bytes) {
        h = (h ^ b) * 0x100000001b3ULL;
    }
    h ^= h >> 32;
    return static_cast<std::size_t>(h * 0x9e3779b97f4a7c15ULL);
}

} // namespace fulcrum
