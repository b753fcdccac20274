// What a tunnel end takes out of an IPv4 packet: the packet inside IP in IP (RFC 2003) or GRE (RFC 2784 and
// 2890).
#pragma once

#include <cstdint>
#include <span>

namespace fulcrum::ends {

inline constexpr std::uint8_t protocol_ipip = 4, protocol_gre = 47;

// The whole IPv4 packet inside `outer`, which begins with its IPv4 header; empty when there is none: another
// protocol, something else than IPv4 inside, a GRE with routing or another version, or lengths that do not
// fit. GRE checksums are stepped over, not looked at.
std::span<const std::uint8_t> inner_packet(std::span<const std::uint8_t> outer);

} // namespace fulcrum::ends
