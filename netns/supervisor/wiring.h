// Which bridges and veth pairs a plan's segments and wires come to, and under which names and interface
// indexes. Pure: the same plan gives the same wiring.
//
// Bridges and their ports live in the lab's own network namespace, the fabric. Indexes are ours to choose in
// namespaces we have just made: lo is 1; in a node the k-th interface is k + 2; in the fabric they count up
// from 2.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netns/lab_plan.h"

namespace fulcrum::netns {

// The kernel's limit is 1023 (BR_MAX_PORTS, net/bridge/br_private.h); the rest is left for trunks.
inline constexpr std::size_t most_ports_per_bridge = 1000;

struct BridgePlan {
    int index = 0;
    std::string name; // "br-<segment>" when that is an interface name, else "seg<index>"
};

struct PairEnd {
    std::optional<std::size_t> node; // none: the fabric
    int index = 0;
    std::string name;
    std::optional<Mac> mac;
    std::uint32_t mtu_bytes = 1500;
    int master = 0; // index of its bridge, 0: none

    bool operator==(const PairEnd&) const = default;
};

struct PairPlan {
    PairEnd first, second; // a port is always the first
    std::string what;      // "link se1:eth1 – server2:eth0"
    std::string segment;   // of a port
};

// A link in two halves: two pairs, whose fabric ends are joined by a process (fulcrum-link).
struct RelayPlan {
    EndPlan a;                // frames of this node come in at a_interface
    std::optional<EndPlan> b; // none: a segment
    std::string a_interface, b_interface;
    int a_index = 0, b_index = 0;
    std::string far;  // from a: "server1:eth0", "segment front"
    std::string what; // as in PairPlan
};

// An interface of the fabric.
struct FabricPlace {
    int index = 0;
    std::string name;
};

struct Wiring {
    std::vector<BridgePlan> bridges;
    std::vector<PairPlan> pairs;
    std::vector<RelayPlan> relays;             // of links that the plan impairs
    int next_index = 2;                        // free in the fabric, as all after it
    std::map<std::string, FabricPlace> places; // of the fabric, by what they are for
};

// `plan` has no problems. With `before`, the wiring of the plan that stands: what both have keeps index and
// name, and a link that both have keeps its shape, whether or not a process stands in its middle; what is new
// gets indexes that were never used.
Wiring make_wiring(const LabPlan& plan, const Wiring* before = nullptr);

// "link<index>": a fabric interface that is half of a relay. No other fabric interface is called like that.
std::string relay_interface_name(int index);

int interface_index(const NodePlan& node, const std::string& interface); // 0: no such interface; 1: lo

} // namespace fulcrum::netns
