#include "capture/decode/framing.h"

#include <algorithm>

#include "capture/decode/application.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

std::optional<std::size_t> dns_bytes(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t least = 12; // its header
    if (bytes.size() < 2) {
        return 0;
    }
    const std::size_t length = load_be16(bytes.data());
    return length < least ? std::nullopt : std::optional(2 + length);
}

std::optional<std::size_t> bgp_bytes(std::span<const std::uint8_t> bytes) {
    const auto marker = bytes.first(std::min<std::size_t>(bytes.size(), 16));
    if (!std::all_of(marker.begin(), marker.end(), [](std::uint8_t byte) { return byte == 0xff; })) {
        return std::nullopt;
    }
    if (bytes.size() < front_bytes(Framing::bgp)) {
        return 0;
    }
    const std::size_t length = load_be16(bytes.data() + 16);
    return length < front_bytes(Framing::bgp) ? std::nullopt : std::optional(length);
}

std::optional<std::size_t> tls_bytes(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t most = 16'384 + 2048;
    if ((!bytes.empty() && (bytes[0] < 20 || bytes[0] > 24)) || (bytes.size() > 1 && bytes[1] != 3) ||
        (bytes.size() > 2 && bytes[2] > 4)) {
        return std::nullopt;
    }
    if (bytes.size() < front_bytes(Framing::tls)) {
        return 0;
    }
    const std::size_t length = load_be16(bytes.data() + 3);
    return length == 0 || length > most ? std::nullopt : std::optional(5 + length);
}

} // namespace

std::optional<std::size_t> framed_bytes(Framing framing, std::span<const std::uint8_t> bytes) {
    switch (framing) {
    case Framing::dns:
        return dns_bytes(bytes);
    case Framing::bgp:
        return bgp_bytes(bytes);
    case Framing::tls:
        return tls_bytes(bytes);
    }
    return std::nullopt;
}

std::optional<Framing> framing_of(std::uint16_t source_port, std::uint16_t destination_port,
                                  std::span<const std::uint8_t> payload) {
    if (payload.empty()) {
        return std::nullopt;
    }
    const auto is = [&](std::uint16_t port) { return source_port == port || destination_port == port; };
    if (is(53) && framed_bytes(Framing::dns, payload)) {
        return Framing::dns;
    }
    if (is(179) && framed_bytes(Framing::bgp, payload)) {
        return Framing::bgp;
    }
    if (starts_tls(payload) || (is(443) && framed_bytes(Framing::tls, payload))) {
        return Framing::tls;
    }
    return std::nullopt;
}

} // namespace fulcrum::capture
