// The way that packets of one connection really took, read off a capture.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/cli/prove_packets.h"
#include "designer/plan/topology.h"

namespace fulcrum::cli {

struct ObservedHop {
    Mac source_mac, destination_mac;
    const designer::Interface* from = nullptr; // null: nobody in the drawing has that MAC
    const designer::Interface* to = nullptr;
    int ttl = 0, inner_ttl = 0;
    std::optional<TunnelHeader> tunnel;
    bool left = false, arrived = false; // seen at the sending end, at the receiving end
};

// Which packets of a capture.
struct PacketsOf {
    engine::Protocol protocol{};
    Socket source, destination;
    bool tunnelled = false;
    std::int64_t from_ns = 0, to_ns = 0;
};

struct ObservedWay {
    const designer::Station* from = nullptr;
    std::vector<ObservedHop> hops; // as far as the packet came

    std::vector<std::string> nodes() const; // "?" is somebody unknown
    bool all_arrived() const;
    std::string
    text() const; // "client1 → router1 → se1", "nothing left server1", "client1 → router1, lost there"
};

class Observer {
public:
    Observer(std::vector<ProofPacket> packets, const std::vector<std::string>& tap_names,
             const designer::Network& network);

    // From that node on, until a node of `until`.
    ObservedWay follow(const PacketsOf& which, const designer::Station& from,
                       const std::vector<const designer::Station*>& until) const;
    // "server1", or the MAC of a stranger.
    std::string owner_text(const Mac& mac) const;
    const designer::Interface* owner(const Mac& mac) const;

private:
    std::vector<ObservedHop> hops_of(const PacketsOf& which) const;
    std::span<const ProofPacket> between(std::int64_t from_ns, std::int64_t to_ns) const;

    std::vector<ProofPacket> packets_; // sorted by time, which a capture in a hurry is not
    std::vector<const designer::Station*> station_of_tap_;
    std::unordered_map<Mac, const designer::Interface*> owners_;
};

} // namespace fulcrum::cli
