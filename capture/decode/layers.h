// The headers of a captured packet, found in one pass without looking at their fields: what the index, the
// filter and the ladder run over millions of packets. Bytes are untrusted: every layer lies inside the
// packet, and its header inside the layer.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "capture/decode/framing.h"
#include "capture/decode/protocol.h"

namespace fulcrum::capture {

using Bytes = std::span<const std::uint8_t>;

// LINKTYPE_ values (tcpdump.org/linktypes.html) that are taken apart; packets of others are payload.
namespace link_type {
inline constexpr std::uint16_t null = 0, ethernet = 1, ppp = 9, bsd_raw_12 = 12, bsd_raw_14 = 14,
                               ppp_hdlc = 50, ppp_ether = 51, raw = 101, cisco_hdlc = 104, loop = 108,
                               linux_sll = 113, ppp_with_direction = 204, ipv4 = 228, ipv6 = 229,
                               linux_sll2 = 276;
} // namespace link_type

struct Layer {
    Protocol protocol{};
    bool in_error = false;    // quoted by an ICMP error: not traffic of its own
    bool reassembled = false; // `bytes` were put together from several packets, and are not of this one
    // Bytes of the header; the payload follows up to the end of `bytes`. Of a header that the capture cut, or
    // an ICMP error, what there is of it: see is_cut().
    std::uint32_t header = 0;
    Bytes bytes;               // header and payload, without what lies behind by the header's own length
    std::uint32_t missing = 0; // payload bytes that the header promises and the capture did not keep

    Bytes payload() const { return bytes.subspan(header); }
};

// Whether the header ends before its last fixed field; then nothing is behind it. At least there is, of IP
// and ICMPv6, one byte; of VLAN and ARP 2; of TCP, UDP and DNS 4; of ICMP 6; of every other header all of it.
bool is_cut(const Layer& layer);

class Layers {
public:
    static constexpr std::size_t capacity = 40; // tunnels in tunnels end here; the rest is payload

    const Layer* begin() const { return layers_.data(); }
    const Layer* end() const { return layers_.data() + count_; }
    std::size_t size() const { return count_; }
    const Layer& operator[](std::size_t i) const { return layers_[i]; }
    ProtocolMask mask() const { return mask_; }
    bool has(Protocol protocol) const { return (mask_ & mask_of(protocol)) != 0; }
    const Layer* first(Protocol protocol) const;
    const Layer* last(Protocol protocol) const; // the innermost; not one quoted by an ICMP error

    // An IP fragment that is not the whole datagram: where it stopped. At most one per packet.
    const Layer* fragment() const { return fragment_ < count_ ? &layers_[fragment_] : nullptr; }

private:
    friend class LayerWalk;
    std::array<Layer, capacity> layers_;
    std::uint8_t count_ = 0;
    std::uint8_t fragment_ = 0xff;
    ProtocolMask mask_ = 0;
};

// `reassembled`: the payload of the datagram that this packet's fragment completes; the walk goes on there.
// Empty: a fragment ends the walk.
void find_layers(std::uint16_t link_type, Bytes packet, Layers& into, Bytes reassembled = {});

// A message of TCP that several segments carry.
struct SplitMessage {
    Bytes bytes;             // empty: there is none
    std::size_t missing = 0; // of it, behind `bytes`
};
// In place of what a segment seems to hold when it is looked at alone: the message that it completes, and the
// whole ones in its payload (behind a PROXY header) from `behind` on; none of either without `framing`. For
// the innermost TCP header of `layers`.
void set_messages(Layers& layers, std::optional<Framing> framing, const SplitMessage& split = {},
                  std::size_t behind = 0);

// What a fragment says about itself (RFC 791 section 3.2, RFC 8200 section 4.5).
struct FragmentFacts {
    std::uint32_t id = 0;
    std::uint8_t protocol = 0; // of the datagram
    bool more = false;
    std::uint32_t offset = 0; // bytes
    Bytes payload;
};
std::optional<FragmentFacts> fragment_facts(const Layer& ip); // none when `ip` is whole or not IP

} // namespace fulcrum::capture
