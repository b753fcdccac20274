// What a stack is told: a whole configuration, replaced as a whole. What still stands keeps its state
// (neighbours, reassembly); ids of interfaces and VRFs that keep their name do not change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/device/packet_device.h"

namespace fulcrum::stack {

struct InterfaceSettings {
    std::string name;
    device::PacketDevice* device = nullptr; // not owned; outlives the stack or the next configure without it
    Mac mac;                                // the engine's own
    std::string vrf = "global";
    std::uint32_t mtu_bytes = 1500;  // largest IP packet
    std::vector<IpPrefix> addresses; // own; each makes its network a connected route. First: preferred source
    std::vector<IpAddress> floating; // answered for too, while listed (active SE only)
};

struct RouteSettings {
    std::string vrf = "global";
    IpPrefix destination;             // host bits clear; 0.0.0.0/0 is the default
    std::optional<IpAddress> gateway; // none: on link through `interface`
    std::string interface;            // may be empty: the interface whose connected network holds the gateway
};

// An address of a service. ARP for it is answered on the interface whose connected network holds it; outside
// every connected network, routes lead here and nobody asks.
struct VipSettings {
    std::string vrf = "global";
    IpAddress address;
    bool ping_reply = true;
    bool on_servers = false; // they have it too (direct server return), and may speak to us as the VIP
};

struct StackSettings {
    std::vector<InterfaceSettings> interfaces;
    std::vector<RouteSettings> routes; // several with the same destination: ECMP
    std::vector<VipSettings> vips;     // only those this engine owns now
};

} // namespace fulcrum::stack
