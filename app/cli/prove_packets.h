// What a proof looks at: every IPv4 packet of a captured lab with the addresses of all its layers, and who
// answered ARP.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "app/cli/demo_path.h"
#include "capture/packet.h"
#include "engine/control/config.h"

namespace fulcrum::cli {

// The outer header of a packet in a tunnel (SPEC M4).
struct TunnelHeader {
    std::uint8_t protocol = 0; // IP in IP or GRE
    IpAddress source, destination;
    auto operator<=>(const TunnelHeader&) const = default;
    std::string text() const; // "GRE 10.1.1.2 → 10.1.2.10"
};

// A TCP or UDP packet seen at a tap.
struct ProofPacket {
    std::int64_t time_ns = 0; // CLOCK_REALTIME
    std::uint32_t tap = 0;
    bool leaving = false; // seen as the node sent it
    engine::Protocol protocol{};
    Mac source_mac, destination_mac;
    Socket source, destination; // of the innermost packet
    int ttl = 0;                // of the outermost header: what routers count down
    std::optional<TunnelHeader> tunnel;
    int inner_ttl = 0; // in a tunnel
};

struct ArpAnswer {
    Mac sender, asker;
    IpAddress address;
};

// Keeps at most a million packets of each sort; whoever stops the capture may take them.
class ProofSink : public capture::PacketSink {
public:
    static constexpr const char* filter = "arp or ip proto 4 or ip proto 47 or tcp or udp";
    Result<> process_packet(const capture::Packet& packet) override;
    bool is_full() const; // what came later is missing
    std::vector<ProofPacket> take_packets() { return std::exchange(packets_, {}); }
    std::vector<ArpAnswer> take_arp_answers() { return std::exchange(arp_answers_, {}); }

private:
    std::vector<ProofPacket> packets_;
    std::vector<ArpAnswer> arp_answers_;
};

} // namespace fulcrum::cli
