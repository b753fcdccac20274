// A lab as a list of things to make: the only thing the netns library understands. Nothing in here knows what
// a load balancer is. `designer/plan` writes it, the supervisor carries it out; as JSON it travels between
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/result.h"

namespace fulcrum::netns {

// One end of a link inside a node. Interfaces are named eth0, eth1, … in the order of the node's links.
struct InterfacePlan {
    std::string name;       // at most 15 bytes (IFNAMSIZ - 1)
    std::optional<Mac> mac; // none: the kernel picks
    std::uint32_t mtu_bytes = 1500;
    std::vector<IpPrefix> addresses; // none on an SE: its engine owns them
    bool arp = true;                 // off on an SE

    bool operator==(const InterfacePlan&) const = default;
};

struct RoutePlan {
    IpPrefix destination;
    std::vector<IpAddress> gateways; // empty: on link through `interface`; several: ECMP
    std::string interface;           // may be empty when there is a gateway
    std::optional<IpAddress> source; // preferred source address

    bool operator==(const RoutePlan&) const = default;
};

// A policy rule: traffic from `from` looks into `table` first; where `interface` is given, only what came in
// there.
struct RulePlan {
    IpPrefix from;
    std::string interface; // may be empty
    std::uint32_t table = 100;
    std::vector<RoutePlan> routes;

    bool operator==(const RulePlan&) const = default;
};

struct SysctlPlan {
    std::string key; // "net/ipv4/ip_forward": path below /proc/sys, node's own network namespace
    std::string value;

    bool operator==(const SysctlPlan&) const = default;
};

// A program that belongs to the node and runs while the node does.
struct ProcessPlan {
    std::string name;              // unique in the node: "engine", "server"
    std::vector<std::string> argv; // argv[0]: a program name beside the supervisor's own, in PATH, or a path
    std::string input;             // given on standard input, then closed
    bool signals_ready =
        false; // writes one byte to the descriptor named by FULCRUM_READY_FD when it is ready

    bool operator==(const ProcessPlan&) const = default;
};

struct NodePlan {
    std::string name; // also the hostname and the name in /etc/hosts
    std::string kind; // shown by `fulcrum ps`; not understood here
    std::vector<InterfacePlan> interfaces;
    std::vector<IpPrefix> loopback; // extra addresses on lo
    std::vector<RoutePlan> routes;
    std::vector<RulePlan> rules;
    std::vector<SysctlPlan> sysctls;    // set before the interfaces are up
    std::vector<ProcessPlan> processes; // started in order once every node is connected
    std::vector<std::string> notes;     // shown to the user: "stands by until failover exists"
};

struct EndPlan {
    std::string node;
    std::string interface;

    bool operator==(const EndPlan&) const = default;
};

// A layer-2 segment (a bridge), with a port for each listed node interface and for each listed other segment.
struct SegmentPlan {
    std::string name;
    std::vector<EndPlan> ports;
    std::vector<std::string> trunks; // other segments joined to this one, each joint named once
};

// A link between exactly two node interfaces, no bridge in between.
struct WirePlan {
    EndPlan a, b;
};

// What happens to frames in one direction of a link. All zero: a perfect wire. Meaning and order of the
// pieces: engine/device/fault_line.h.
struct LinkFaults {
    std::uint64_t rate_bps = 0;
    std::uint64_t queue_bytes = 0; // what may wait for its turn at that rate; 0: see there
    std::chrono::microseconds delay{0}, jitter{0};
    double loss = 0, duplicate = 0, reorder = 0; // 0 … 1
    std::uint64_t seed = 0;

    bool perfect() const; // whatever the seed
    bool operator==(const LinkFaults&) const = default;
};

inline constexpr std::uint64_t least_link_rate_bps = 1000; // a full frame takes 12 s
inline constexpr std::chrono::microseconds longest_link_delay = std::chrono::hours(1);

// Names what is wrong; empty when nothing is.
std::string problem_of(const LinkFaults& faults);

// A link that is not just a wire: impaired, or cut from the start. Named by one of its node ends; a link
// between segments (a trunk) cannot be.
struct LinkPlan {
    EndPlan end;
    bool up = true;     // false: the interface at `end` is taken down before anything runs
    LinkFaults out, in; // of frames that the node sends, and that come to it
};

struct LabPlan {
    std::string name;
    bool offload = true; // false: every frame as on a real wire (no GSO/GRO/checksum offload)
    std::vector<NodePlan> nodes;
    std::vector<SegmentPlan> segments;
    std::vector<WirePlan> wires;
    std::vector<LinkPlan> links; // the others are perfect and up
    std::map<std::string, IpAddress>
        hosts;            // extra /etc/hosts lines; node names with an address are added anyway
    std::string document; // the drawing's text, kept for whoever attaches later; not understood here
};

Result<LabPlan>
parse_lab_plan(std::string_view json); // strict: unknown keys and wrong types are refused with the path
std::string emit_lab_plan(const LabPlan& plan); // stable order

// Everything that can be known to fail before anything is made: names (length, characters, duplicates),
// dangling ends, an interface used twice or not at all, bad routes. One line per problem.
std::vector<std::string> problems_of(const LabPlan& plan);

// 1 to 64 ASCII letters, digits, '-', '_' and '.', not first '-' or '.': a part of a socket's name.
bool is_lab_name(const std::string& name);

} // namespace fulcrum::netns
