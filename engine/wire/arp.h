// ARP for IPv4 over Ethernet (RFC 826). Other hardware or protocol types are refused.
#pragma once

#include <span>

#include "engine/base/address.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::wire {

inline constexpr std::size_t arp_bytes = 28;

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

struct ArpPacket {
    ArpOperation operation = ArpOperation::request;
    Mac sender_mac;
    IpAddress sender_ip; // IPv4
    Mac target_mac;
    IpAddress target_ip; // IPv4

    static constexpr std::size_t size() { return arp_bytes; }
    void emit(std::uint8_t* out) const; // writes size() bytes
    // An announcement of the sender's own address (RFC 5227 section 3): "gratuitous ARP".
    bool is_gratuitous() const { return sender_ip == target_ip; }
    // A question whether anybody has the address, asked before using it (RFC 5227 section 1.1).
    bool is_probe() const { return operation == ArpOperation::request && sender_ip.is_unspecified(); }
    bool operator==(const ArpPacket&) const = default;
};

// Bytes after the ARP packet are Ethernet padding and ignored. Refuses (arp_bad_sender) a sender hardware
// address that no station can have.
Parsed<ArpPacket> parse_arp(std::span<const std::uint8_t> payload);

} // namespace fulcrum::wire
