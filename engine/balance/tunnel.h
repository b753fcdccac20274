// The header that carries a packet to a server behind routers (SPEC M4): IP in IP (RFC 2003) or GRE (RFC
// 2784, without checksum, key and number).
#pragma once

#include <cstdint>

#include "engine/base/address.h"
#include "engine/device/frame.h"

namespace fulcrum::balance {

enum class Tunnel : std::uint8_t { none, ipip, gre };

// What the outer header takes from the MTU.
std::uint32_t tunnel_overhead_bytes(Tunnel tunnel);

// Puts the outer header before the IPv4 packet of `frame`, which needs that much headroom, and whose
// checksums are complete: nobody finishes them inside a tunnel. The Ethernet header in front of it stays to
// be addressed. Not for Tunnel::none.
void encapsulate(device::Frame& frame, Tunnel tunnel, const IpAddress& source, const IpAddress& server,
                 bool dont_fragment, std::uint16_t identification);

} // namespace fulcrum::balance
