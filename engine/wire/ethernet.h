// Ethernet II frames (RFC 894) and the 802.1Q tag, which is recognised so that it can be refused or stepped
// over.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "engine/base/address.h"
#include "engine/base/byte_order.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t ethernet_header_bytes = 14;
inline constexpr std::size_t vlan_tag_bytes = 4;

inline constexpr std::uint16_t ethertype_ipv4 = 0x0800;
inline constexpr std::uint16_t ethertype_arp = 0x0806;
inline constexpr std::uint16_t ethertype_vlan = 0x8100;
inline constexpr std::uint16_t ethertype_qinq = 0x88a8;
inline constexpr std::uint16_t ethertype_ipv6 = 0x86dd;

struct EthernetHeader {
    Mac destination;
    Mac source;
    std::uint16_t ethertype = 0;

    static constexpr std::size_t size() { return ethernet_header_bytes; }
    void emit(std::uint8_t* out) const { // writes size() bytes
        std::memcpy(out, destination.bytes.data(), 6);
        std::memcpy(out + 6, source.bytes.data(), 6);
        store_be16(out + 12, ethertype);
    }
    bool operator==(const EthernetHeader&) const = default;
};

// A frame with at least a whole header (and a whole tag when there is one). Byte is `const std::uint8_t` to
// read and `std::uint8_t` to rewrite in place. Does not own the bytes.
template <class Byte>
class BasicEthernetView {
public:
    static Parsed<BasicEthernetView> parse(std::span<Byte> frame) {
        if (frame.size() < ethernet_header_bytes) {
            return drop(DropReason::ethernet_too_short);
        }
        BasicEthernetView view(frame);
        if (view.has_vlan_tag() && frame.size() < ethernet_header_bytes + vlan_tag_bytes) {
            return drop(DropReason::ethernet_too_short);
        }
        return view;
    }

    Mac destination() const { return mac_at(0); }
    Mac source() const { return mac_at(6); }
    bool has_vlan_tag() const { return outer_type() == ethertype_vlan || outer_type() == ethertype_qinq; }
    // VLAN id of the (outer) tag, 0 to 4095; none without a tag.
    std::optional<std::uint16_t> vlan_id() const {
        return has_vlan_tag() ? std::optional<std::uint16_t>(load_be16(bytes_.data() + 14) & 0x0fff)
                              : std::nullopt;
    }
    // Of what payload() holds: behind one tag when there is one.
    std::uint16_t ethertype() const { return has_vlan_tag() ? load_be16(bytes_.data() + 16) : outer_type(); }
    std::size_t header_bytes() const { return ethernet_header_bytes + (has_vlan_tag() ? vlan_tag_bytes : 0); }
    std::span<Byte> payload() const { return bytes_.subspan(header_bytes()); } // padding included
    EthernetHeader header() const { return {destination(), source(), ethertype()}; }

    void set_destination(const Mac& mac) const requires(!std::is_const_v<Byte>) {
        std::memcpy(bytes_.data(), mac.bytes.data(), 6);
    }
    void set_source(const Mac& mac) const requires(!std::is_const_v<Byte>) {
        std::memcpy(bytes_.data() + 6, mac.bytes.data(), 6);
    }

private:
    explicit BasicEthernetView(std::span<Byte> bytes) : bytes_(bytes) {}
    std::uint16_t outer_type() const { return load_be16(bytes_.data() + 12); }
    Mac mac_at(std::size_t offset) const {
        Mac mac;
        std::memcpy(mac.bytes.data(), bytes_.data() + offset, 6);
        return mac;
    }

    std::span<Byte> bytes_;
};

using EthernetView = BasicEthernetView<const std::uint8_t>;
using EthernetMutableView = BasicEthernetView<std::uint8_t>;

} // namespace fulcrum::wire
