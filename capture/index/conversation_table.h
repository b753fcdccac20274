// Who talked to whom, how much and when: one table per kind of address.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "capture/index/stable_vector.h"
#include "engine/base/address.h"

namespace fulcrum::capture {

enum class ConversationKind : std::uint8_t { ethernet, ipv4, ipv6, tcp, udp };
inline constexpr std::size_t conversation_kinds = 5;
std::string_view name_of(ConversationKind kind); // "eth", "ip", "ipv6", "tcp", "udp"

// One end: a MAC (its first six bytes), or an IP address as IpAddress holds it, with a port where there is
// one.
struct Endpoint {
    std::array<std::uint8_t, 16> address{};
    std::uint16_t port = 0;

    static Endpoint of_mac(const std::uint8_t* six);
    static Endpoint of_v4(const std::uint8_t* four, std::uint16_t port);
    static Endpoint of_v6(const std::uint8_t* sixteen, std::uint16_t port);
    Mac mac() const;
    IpAddress ip() const { return IpAddress::v6_bytes(address.data()); }
    std::string socket_text() const; // "10.1.1.2:80", "[fe80::1]:80"
    bool operator==(const Endpoint&) const = default;
    bool operator<(const Endpoint& other) const {
        const auto order = std::memcmp(address.data(), other.address.data(), address.size());
        return order != 0 ? order < 0 : port < other.port;
    }
};

// `a` is who was seen sending first. One that was only quoted by ICMP errors has a number, as in Wireshark,
// and no frames.
struct Conversation {
    Endpoint a, b;
    std::uint32_t first_packet = 0;   // index, from 0
    std::uint32_t frames[2] = {0, 0}; // sent by a, by b; an index holds no more packets
    std::uint64_t bytes[2] = {0, 0};  // on the wire with all headers
    std::int64_t first_ns = 0, last_ns = 0;

    bool has_frames() const { return frames[0] + std::uint64_t{frames[1]} != 0; }
};
static_assert(sizeof(Conversation) == 80, "the index's memory is a stated figure");

class ConversationTable {
public:
    ConversationTable();

    struct Found {
        std::uint32_t index = 0;
        bool from_b = false;
        bool fresh = false; // made by this call
    };
    // The latest conversation between the two, made when there is none yet (or when `renew`: an old one stays
    // in the table but is not found any more). None when the table is full.
    std::optional<Found> find_or_make(const Endpoint& source, const Endpoint& destination,
                                      bool renew = false);
    std::optional<Found> find(const Endpoint& source, const Endpoint& destination) const;
    void count(const Found& found, std::uint32_t packet, std::uint32_t bytes, std::int64_t time_ns);

    std::size_t size() const { return conversations_.size(); }
    const Conversation& operator[](std::size_t i) const { return conversations_[i]; }
    std::size_t memory_bytes() const {
        return conversations_.memory_bytes() + slots_.capacity() * sizeof(Slot);
    }

private:
    struct Slot {
        std::uint32_t hash = 0, index = 0; // index + 1; 0: free
    };
    std::size_t slot_of(const Endpoint& source, const Endpoint& destination, std::uint32_t hash,
                        bool& from_b) const;
    void grow();

    StableVector<Conversation, 2048, 32768> conversations_;
    std::vector<Slot> slots_; // open addressing, at most two thirds full
    std::size_t used_ = 0;
};

} // namespace fulcrum::capture
