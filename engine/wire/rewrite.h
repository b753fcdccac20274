// Address and port translation in place: what NAT does to an IPv4 packet that carries TCP or UDP.
#pragma once

#include <cstdint>

#include "engine/wire/ipv4.h"
#include "engine/wire/vnet_meta.h"

namespace fulcrum::wire {

enum class Side : std::uint8_t { source, destination };

// Replaces one side's address (host order) and port, and mends the IP header checksum and the TCP or UDP
// checksum by RFC 1624, whether that is complete or partial (`meta` of the frame). A UDP checksum of 0
// ("none") stays 0.
//
// Needs: `packet` is not a later fragment, and its L4 header has been parsed. Payload is neither read nor
// touched; the cost does not depend on its size.
void rewrite_endpoint(const Ipv4MutableView& packet, const VnetMeta& meta, Side side, std::uint32_t address,
                      std::uint16_t port);

} // namespace fulcrum::wire
