// The engine's own network layer: interfaces with their addresses, neighbours, routes per VRF, reassembly,
// ARP and ICMP. It answers what is its own business and hands every other IPv4 packet up.
//
// One worker owns a stack; time is an argument; nothing here sleeps, blocks or reads a clock. The loop around
// it:
//
//     for each interface: n = device.receive(frames, now)
//         for each frame:  if (auto packet = stack.process(frame, id, now))  ... balance, then forward or
//         drop ... stack.flush(now)            // before the next receive() on the same device: frames are
//         lent until then
//     stack.poll(now); stack.flush(now); wait until stack.next_deadline() or a descriptor is readable
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/stack/flat_map.h"
#include "engine/stack/ids.h"
#include "engine/stack/neighbour_table.h"
#include "engine/stack/reassembly.h"
#include "engine/stack/route_table.h"
#include "engine/stack/settings.h"
#include "engine/stack/token_bucket.h"
#include "engine/wire/arp.h"
#include "engine/wire/drop_reason.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmpv4.h"
#include "engine/wire/ipv4.h"

namespace fulcrum::stack {

// Whose address a packet was sent to.
enum class Destination : std::uint8_t {
    own,      // an interface address
    floating, // a floating address, while it is ours
    vip,
    transit, // somebody else's: we are on the way
};

// A received IPv4 packet that is not the stack's own business: header legal, source plausible, whole
// (reassembled). L4 is not looked at. Points into a lent frame.
struct Packet {
    device::Frame frame;      // trimmed to the IP packet: no Ethernet padding
    wire::Ipv4MutableView ip; // inside frame; the Ethernet header is in front of it
    InterfaceId ingress;
    VrfId vrf;
    Mac source_mac; // of the last hop, as received
    Destination destination = Destination::transit;
    // From an address that is ours and our servers' (VipSettings::on_servers) to one of our own: the answer
    // to a probe, or forged (martian_source). No echo request.
    bool from_vip = false;

    // What an L4 parse should do about the checksum.
    wire::ChecksumCheck checksum_check() const {
        return frame.meta.checksum_is_trusted()
                   ? wire::ChecksumCheck::trusted()
                   : wire::ChecksumCheck::against(ip.source_value(), ip.destination_value());
    }
};

struct StackLimits {
    NeighbourLimits neighbours;
    ReassemblyLimits reassembly;
    std::uint32_t icmp_errors_per_second = 1000; // RFC 1812 section 4.3.2.8
    std::uint32_t icmp_error_burst = 50;
    std::uint32_t announcements = 2; // RFC 5227 section 1.1: ANNOUNCE_NUM, ANNOUNCE_INTERVAL
    Duration announce_interval{std::chrono::seconds(2)};
};

class IpStack {
public:
    explicit IpStack(const StackLimits& limits = {});
    IpStack(const IpStack&) = delete;
    IpStack& operator=(const IpStack&) = delete;

    // Replaces the configuration; announces addresses that are new. All or nothing: fails (bad_input) on
    // duplicate names or addresses, a missing device, a route whose gateway no connected network holds, IPv6
    // addresses.
    Result<> configure(const StackSettings& settings, Instant now);

    // Takes one received frame; may change it in place. None: it was ours (ARP, ping, a fragment kept) or
    // dropped and counted. Frames made in answer wait for flush().
    std::optional<Packet> process(const device::Frame& frame, InterfaceId ingress, Instant now);

    // --- sending. Frames are queued until flush(); their bytes must stay untouched until then.

    // The next hop for a destination; none: no route.
    std::optional<Hop> route(VrfId vrf, const IpAddress& destination, std::uint32_t flow_hash = 0) const {
        return vrfs_[vrf.value].routes.lookup(destination, flow_hash);
    }
    // The MAC to send to now; nullptr: not known yet, and being asked for. Good until the next call that is
    // not const.
    const Mac* resolve(const Hop& hop, Instant now);

    // Whether a packet fits the interface's MTU or may be cut. If not, it is counted and its sender told by
    // ICMP (fragmentation needed, RFC 1191). Call it before addresses are rewritten: the ICMP quotes the
    // packet as it came.
    bool fits(const Packet& packet, InterfaceId egress, Instant now);
    // fits(), and the TTL lets it be forwarded (else it is counted and its sender told: time exceeded).
    bool may_forward(const Packet& packet, InterfaceId egress, Instant now);
    // Counts the TTL down and sends to the hop: the router's step. Needs may_forward().
    void forward(const Packet& packet, const Hop& hop, Instant now);
    // All of it: route by the destination, may_forward, forward. No route is told by ICMP.
    void forward(const Packet& packet, Instant now);

    // Sends a frame with an IPv4 packet behind its Ethernet header to a hop, IP header untouched: writes both
    // MACs, cuts it when it does not fit the MTU (unless DF forbids: too_big), lets it wait for an unknown
    // neighbour. For packets made here, and for L2 DSR.
    void dispatch(const device::Frame& frame, const Hop& hop, Instant now) {
        dispatch(frame, hop, false, now);
    }
    // The same towards a known station (auto gateway, answers to the MAC a packet came from).
    void dispatch_to(const device::Frame& frame, InterfaceId egress, const Mac& destination);
    // A frame to fill in with `ip_bytes` bytes of IPv4 packet behind its Ethernet header (which dispatch
    // completes), good until flush(). None: no room (counted).
    std::optional<device::Frame> make_frame(std::uint32_t ip_bytes);
    // Appends what a frame is on a wire: itself, or the segments of a GSO frame, checksums complete, each
    // with room for another header in front; good until flush(). False: malformed, or no room (counted).
    bool make_wire_frames(const device::Frame& frame, std::vector<device::Frame>& out);
    // The address to use as source towards a hop: the egress interface's own in the neighbour's network, else
    // its first.
    std::optional<IpAddress> source_address(const Hop& hop) const;

    // Tells a packet's sender about a problem (RFC 792), quoting it; sent to the station it came from. Silent
    // where RFC 1122 section 3.2.2 forbids an answer, and above the rate limit. `mtu_bytes`: for
    // fragmentation needed. `source`: whose voice; none: the ingress interface's own address.
    void send_icmp_error(const Packet& packet, wire::IcmpType type, std::uint8_t code,
                         std::uint16_t mtu_bytes, const std::optional<IpAddress>& source, Instant now);
    // The same about a packet of which only the beginning is at hand: to its sender, by way of `station`,
    // where one is known, else by the routes. `quoted`: a whole IPv4 header and at least 8 bytes, of no ICMP
    // message.
    struct Station {
        InterfaceId egress;
        Mac mac;
    };
    void send_icmp_error(std::span<const std::uint8_t> quoted, VrfId vrf,
                         const std::optional<Station>& station, wire::IcmpHeader header,
                         const IpAddress& source, Instant now);
    // Refuses a packet, from the address it was sent to: TCP gets a reset (RFC 9293 section 3.10.7.1), UDP
    // port unreachable, others protocol unreachable. Counted as `reason`.
    void refuse(const Packet& packet, wire::DropReason reason, Instant now);

    // Announces every address of ours again (RFC 5227 section 2.3), e.g. after taking over or when a link is
    // back.
    void announce(Instant now);

    void poll(Instant now);
    Instant next_deadline() const;
    void flush(Instant now); // hands every queued frame to its device

    // --- looking in
    std::optional<VrfId> find_vrf(std::string_view name) const;
    std::optional<InterfaceId> find_interface(std::string_view name) const;
    std::size_t interface_count() const {
        return interfaces_.size();
    } // ids are 0 … count-1; some may be gone
    // nullptr: not in the current configuration
    const InterfaceSettings* interface(InterfaceId id) const {
        return interfaces_[id.value].present ? &interfaces_[id.value].settings : nullptr;
    }
    VrfId vrf_of(InterfaceId id) const { return interfaces_[id.value].vrf; }
    std::optional<Destination> owner_of(VrfId vrf, const IpAddress& address) const; // none: not ours
    const RouteTable& routes(VrfId vrf) const { return vrfs_[vrf.value].routes; }
    const NeighbourTable& neighbours() const { return neighbours_; }
    wire::DropCounters& drops() { return drops_; } // shared: balancing counts its own reasons here too
    const wire::DropCounters& drops() const { return drops_; }

private:
    enum class Role : std::uint8_t { own, floating, vip, broadcast };
    struct LocalAddress {
        Role role = Role::own;
        bool ping_reply = true;
        std::optional<InterfaceId> answers_on; // ARP
        std::optional<Instant> defended;       // RFC 5227 section 2.4: when last, or when next
        bool on_servers = false;               // VIP
    };
    struct AddressHash {
        std::size_t operator()(const IpAddress& address) const;
    };
    struct Vrf {
        std::string name;
        RouteTable routes;
        FlatMap<IpAddress, LocalAddress, AddressHash> locals;
    };
    struct Interface {
        InterfaceSettings settings;
        VrfId vrf;
        bool present = false; // in the current configuration
        std::vector<device::Frame> outbox;
    };
    struct Announcement {
        VrfId vrf;
        IpAddress address;
        std::uint32_t left = 0;
        Instant next;
    };
    struct Draft; // a configuration being checked, ip_stack_configure.cpp

    void adopt(Draft draft, Instant now);

    // ip_stack.cpp
    std::optional<Packet> process_ipv4(device::Frame frame, const Mac& source_mac, InterfaceId ingress,
                                       Instant now);
    // None: plausible; may set `packet.from_vip`.
    std::optional<wire::DropReason> find_martian(Packet& packet, const LocalAddress* destination) const;
    std::optional<std::uint32_t> largest_packet(const device::Frame& frame) const;
    void dispatch(const device::Frame& frame, const Hop& hop, bool report_failure, Instant now);
    void dispatch_fragments(device::Frame frame, InterfaceId egress, std::uint32_t mtu_bytes);
    void enqueue(const device::Frame& frame, InterfaceId egress) {
        interfaces_[egress.value].outbox.push_back(frame);
    }
    void drop(wire::DropReason reason) { drops_.add(reason); }

    // ip_stack_arp.cpp
    void process_arp(std::span<const std::uint8_t> payload, InterfaceId ingress, Instant now);
    void defend(VrfId vrf, const IpAddress& address, LocalAddress& local, Instant now);
    void send_arp(InterfaceId egress, const wire::ArpPacket& arp, const Mac& destination);
    void send_announcement(const Announcement& announcement);
    void schedule_announcement(VrfId vrf, const IpAddress& address, Instant now);
    void dispatch_neighbour_news(Instant now); // questions, released and failed packets

    // ip_stack_icmp.cpp
    std::optional<Packet> process_local_icmp(const Packet& packet, const LocalAddress& local);
    std::optional<device::Frame> make_icmp_error(const IpAddress& source, const IpAddress& destination,
                                                 wire::IcmpHeader header,
                                                 std::span<const std::uint8_t> quoted, Instant now);
    void send_reset(const Packet& packet);
    void report_reassembly_timeouts(Instant now);
    void report_unreachable(const WaitingPacket& packet, InterfaceId egress, Instant now);
    std::optional<IpAddress> voice_of(InterfaceId interface) const;

    StackLimits limits_;
    std::vector<Interface> interfaces_;
    std::vector<Vrf> vrfs_;
    NeighbourTable neighbours_;
    Reassembler reassembler_;
    TokenBucket icmp_errors_;
    std::vector<Announcement> announcements_;
    device::FrameArena arena_;
    std::vector<device::Frame> segments_;  // scratch of dispatch_fragments
    std::vector<WaitingPacket> departing_; // buffers of released packets, until flush()
    std::uint64_t losses_counted_ = 0;     // of neighbours_.lost() and reassembler_'s: already in drops_
    std::uint64_t timeouts_counted_ = 0;
    std::uint64_t pushed_out_counted_ = 0;
    std::uint16_t next_identification_ = 1;
    wire::DropCounters drops_;
};

} // namespace fulcrum::stack
