// Messages over TCP that say in front how long they are: where each ends in the stream. Segments know nothing
// of them: one may lie in several segments, and several in one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "capture/decode/protocol.h"

namespace fulcrum::capture {

enum class Framing : std::uint8_t {
    dns, // two bytes of length (RFC 1035 section 4.2.2)
    bgp, // a marker and two bytes of length (RFC 4271 section 4.1)
    tls, // records (RFC 8446 section 5.1)
};

constexpr Protocol protocol_of(Framing framing) {
    return framing == Framing::dns ? Protocol::dns : framing == Framing::bgp ? Protocol::bgp : Protocol::tls;
}
inline constexpr ProtocolMask framed_protocols =
    mask_of(Protocol::dns) | mask_of(Protocol::bgp) | mask_of(Protocol::tls);

// The bytes in front that say how long a message is.
constexpr std::size_t front_bytes(Framing framing) {
    return framing == Framing::dns ? 2 : framing == Framing::bgp ? 19 : 5;
}
inline constexpr std::size_t most_front_bytes = 19;
inline constexpr std::size_t most_framed_bytes = 2 + 65'535; // of any of them

// The length of the message that begins with `bytes`, which need not be whole. 0: there are too few bytes to
// tell. None: they begin no such message.
std::optional<std::size_t> framed_bytes(Framing framing, std::span<const std::uint8_t> bytes);

// What a segment's payload begins with when it begins with a message. DNS and BGP are known by their ports;
// TLS by its content, but on its own port also when there is too little of it to tell.
std::optional<Framing> framing_of(std::uint16_t source_port, std::uint16_t destination_port,
                                  std::span<const std::uint8_t> payload);

} // namespace fulcrum::capture
