#include "engine/wire/arp.h"

#include <cstring>

#include "engine/base/byte_order.h"
#include "engine/wire/ethernet.h"

namespace fulcrum::wire {

namespace {

constexpr std::uint16_t hardware_ethernet = 1;

Mac mac_at(const std::uint8_t* p) {
    Mac mac;
    std::memcpy(mac.bytes.data(), p, 6);
    return mac;
}

} // namespace

void ArpPacket::emit(std::uint8_t* out) const {
    store_be16(out, hardware_ethernet);
    store_be16(out + 2, ethertype_ipv4);
    out[4] = 6;
    out[5] = 4;
    store_be16(out + 6, static_cast<std::uint16_t>(operation));
    std::memcpy(out + 8, sender_mac.bytes.data(), 6);
    sender_ip.store_v4(out + 14);
    std::memcpy(out + 18, target_mac.bytes.data(), 6);
    target_ip.store_v4(out + 24);
}

Parsed<ArpPacket> parse_arp(std::span<const std::uint8_t> payload) {
    if (payload.size() < arp_bytes) {
        return drop(DropReason::arp_too_short);
    }
    const std::uint8_t* p = payload.data();
    const std::uint16_t operation = load_be16(p + 6);
    if (load_be16(p) != hardware_ethernet || load_be16(p + 2) != ethertype_ipv4 || p[4] != 6 || p[5] != 4 ||
        (operation != 1 && operation != 2)) {
        return drop(DropReason::arp_bad_format);
    }
    ArpPacket arp{static_cast<ArpOperation>(operation), mac_at(p + 8), IpAddress::v4_bytes(p + 14),
                  mac_at(p + 18), IpAddress::v4_bytes(p + 24)};
    if (arp.sender_mac.is_multicast() || arp.sender_mac.is_zero()) {
        return drop(DropReason::arp_bad_sender);
    }
    return arp;
}

} // namespace fulcrum::wire
