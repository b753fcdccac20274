// The fixed IPv6 header (RFC 8200 section 3), read only: enough to name and count what is not served yet.
#pragma once

#include <span>

#include "engine/base/address.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t ipv6_header_bytes = 40;

struct Ipv6Header {
    std::uint8_t traffic_class = 0;
    std::uint32_t flow_label = 0;     // 20 bits
    std::uint16_t payload_length = 0; // bytes after the fixed header; 0 in a jumbogram, which is not accepted
    std::uint8_t next_header = 0;
    std::uint8_t hop_limit = 64;
    IpAddress source;
    IpAddress destination;
    bool operator==(const Ipv6Header&) const = default;
};

Parsed<Ipv6Header> parse_ipv6(std::span<const std::uint8_t> packet);

} // namespace fulcrum::wire
