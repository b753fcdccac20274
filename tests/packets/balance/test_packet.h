// Packets for tests: made from named fields, read back with a checksum of their own (not the engine's).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/wire/vnet_meta.h"

namespace fulcrum::test {

using Bytes = std::vector<std::uint8_t>;

Mac mac(int n); // 02:00:00:00:00:<n>
IpAddress ip(std::string_view text);

struct TcpSpec {
    Mac from_mac, to_mac;
    std::string from, to; // "172.16.1.10:40000"
    std::uint8_t flags = 0x02;
    std::uint32_t seq = 1000, ack = 0;
    std::uint8_t ttl = 64;
    bool dont_fragment = true;
    Bytes payload;
};
struct UdpSpec {
    Mac from_mac, to_mac;
    std::string from, to;
    std::uint8_t ttl = 64;
    Bytes payload;
    bool checksum = true; // false: the field is 0
};

struct TestFrame {
    Bytes bytes;
    wire::VnetMeta meta;

    // Read-back; each needs the frame to be long enough, which at() checks.
    Mac to_mac() const;
    Mac from_mac() const;
    std::uint16_t ethertype() const { return be16(12); }
    bool is_ipv4() const { return bytes.size() >= 34 && ethertype() == 0x0800; }
    std::uint8_t ttl() const { return bytes.at(22); }
    std::uint8_t protocol() const { return bytes.at(23); }
    std::uint16_t total_length() const { return be16(16); }
    std::string from_ip() const;
    std::string to_ip() const;
    std::string from() const; // with port
    std::string to() const;
    std::uint8_t tcp_flags() const { return bytes.at(l4() + 13); }
    std::uint32_t seq() const { return be32(l4() + 4); }
    std::uint32_t ack() const { return be32(l4() + 8); }
    std::uint8_t icmp_type() const { return bytes.at(l4()); }
    std::uint8_t icmp_code() const { return bytes.at(l4() + 1); }
    std::size_t l4() const { return 14 + 4 * (bytes.at(14) & 15U); }
    Bytes l4_payload() const; // behind the TCP or UDP header
    std::uint16_t be16(std::size_t at) const;
    std::uint32_t be32(std::size_t at) const;

    bool ip_checksum_right() const;
    bool l4_checksum_right() const;         // TCP, UDP or ICMP, complete
    bool l4_checksum_partial_right() const; // the field holds the folded sum of the pseudo-header
    std::string text() const;               // for failure messages
};

TestFrame make_tcp(const TcpSpec& spec);
TestFrame make_udp(const UdpSpec& spec);
// A GSO frame with a partial checksum, as Linux hands it over.
TestFrame make_gso_tcp(const TcpSpec& spec, std::uint16_t gso_size);
TestFrame make_ping(Mac from_mac, Mac to_mac, const std::string& from, const std::string& to,
                    std::uint16_t sequence, bool reply = false, std::uint16_t identifier = 7);
// An ICMP error that quotes `about` from its IP header on, cut to `quoted_bytes`.
TestFrame make_icmp_error(Mac from_mac, Mac to_mac, const std::string& from, const std::string& to,
                          std::uint8_t type, std::uint8_t code, std::uint32_t rest, const TestFrame& about,
                          std::size_t quoted_bytes);
TestFrame make_arp(bool reply, Mac from_mac, Mac to_mac, const std::string& sender_ip,
                   const std::string& target_ip);

Bytes pattern(std::size_t size); // bytes that differ from their neighbours
std::uint16_t plain_sum(const Bytes& bytes, std::size_t from, std::size_t to,
                        std::uint32_t start = 0); // folded

} // namespace fulcrum::test
