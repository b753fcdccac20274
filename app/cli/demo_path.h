// One request's way through a lab, read off the packets: its SYN on every link it crossed, and the SYN-ACK
// back.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "capture/packet.h"
#include "engine/base/address.h"

namespace fulcrum::cli {

struct Socket {
    IpAddress address;
    std::uint16_t port = 0;
    auto operator<=>(const Socket&) const = default;
    std::string text() const;
};
std::optional<Socket> parse_socket(std::string_view text); // "10.1.1.1:80"

// A TCP SYN or SYN-ACK seen at a tap.
struct Sighting {
    std::uint32_t tap = 0;
    bool leaving = false; // seen as the node sent it
    bool answer = false;  // SYN-ACK
    Mac source_mac, destination_mac;
    Socket source, destination;
    std::string tunnel; // "10.1.1.2 → 10.1.2.10" when it travelled inside another packet (L3 DSR)
    int ttl = 0;        // of the outermost packet
};

// Keeps the SYNs and SYN-ACKs of a capture, at most 100,000.
class SightingSink : public capture::PacketSink {
public:
    static constexpr const char* filter = "tcp[tcpflags] & tcp-syn != 0 or ip proto 4 or ip proto 47";
    Result<> process_packet(const capture::Packet& packet) override;
    std::vector<Sighting> sightings() const;

private:
    mutable std::mutex mutex_;
    std::vector<Sighting> sightings_; // in the order of time
};

// The two ends of a connection as the client sees them, and as the server does. In DSR and in-line they
// partly agree.
struct Conversation {
    Socket client, vip;    // client side
    Socket source, server; // server side
};

// The request between two nodes.
struct Leg {
    bool answer = false;
    std::string from, to; // nodes; to is empty when nobody is known to have that MAC
    Mac source_mac, destination_mac;
    Socket source, destination;
    std::string tunnel;
    int ttl = 0;
    std::vector<std::string> rewritten; // by `from`, against the leg before: "TTL 64 → 63"
};

// `tap_names`: "node:interface" by tap. Legs in the order of time, first the request's, then the answer's.
std::vector<Leg> trace_legs(const std::vector<Sighting>& sightings, const std::vector<std::string>& tap_names,
                            const Conversation& conversation);

} // namespace fulcrum::cli
