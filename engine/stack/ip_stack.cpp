#include "engine/stack/ip_stack.h"

#include <algorithm>
#include <cstring>

#include "engine/base/byte_order.h"
#include "engine/device/segmentation.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::stack {

using wire::DropReason;

namespace {

constexpr std::uint32_t ethernet_bytes = wire::ethernet_header_bytes;

// Sources no single host can have: "this network", loopback, multicast, reserved and broadcast
// (RFC 1122 section 3.2.1.3, RFC 1812 section 5.3.7).
bool is_impossible_source(std::uint32_t address) {
    const std::uint32_t first = address >> 24;
    return first == 0 || first == 127 || first >= 224;
}
bool is_impossible_destination(std::uint32_t address) {
    const std::uint32_t first = address >> 24;
    return first == 0 || first == 127 || (first >= 240 && address != 0xffffffffU);
}

} // namespace

IpStack::IpStack(const StackLimits& limits)
    : limits_(limits), neighbours_(limits.neighbours), reassembler_(limits.reassembly),
      icmp_errors_(limits.icmp_errors_per_second, limits.icmp_error_burst) {}

std::size_t IpStack::AddressHash::operator()(const IpAddress& address) const {
    const auto& bytes = address.bytes();
    return mix_bits(load_be64(bytes.data()) * 31 + load_be64(bytes.data() + 8));
}

std::optional<Packet> IpStack::process(const device::Frame& frame, InterfaceId ingress, Instant now) {
    const Interface& interface = interfaces_[ingress.value];
    if (!interface.present) {
        drop(DropReason::not_for_us);
        return std::nullopt;
    }
    const auto ethernet = wire::EthernetMutableView::parse(frame.bytes());
    if (!ethernet) {
        drop(ethernet.error());
        return std::nullopt;
    }
    const Mac destination = ethernet->destination();
    const Mac source = ethernet->source();
    if (destination != interface.settings.mac && !destination.is_multicast()) {
        drop(DropReason::not_our_mac);
        return std::nullopt;
    }
    if (source.is_multicast()) {
        drop(DropReason::ethernet_bad_source);
        return std::nullopt;
    }
    if (ethernet->has_vlan_tag()) {
        drop(DropReason::vlan_tagged);
        return std::nullopt;
    }
    switch (ethernet->ethertype()) {
    case wire::ethertype_ipv4:
        if (destination.is_multicast()) {
            drop(DropReason::not_for_us); // RFC 1122 section 3.3.6; nobody here listens to groups
            return std::nullopt;
        }
        return process_ipv4(frame, source, ingress, now);
    case wire::ethertype_arp:
        process_arp(ethernet->payload(), ingress, now);
        return std::nullopt;
    case wire::ethertype_ipv6:
        drop(DropReason::ipv6_unsupported);
        return std::nullopt;
    default:
        drop(DropReason::unknown_ethertype);
        return std::nullopt;
    }
}

std::optional<Packet> IpStack::process_ipv4(device::Frame frame, const Mac& source_mac, InterfaceId ingress,
                                            Instant now) {
    const auto ip = wire::Ipv4MutableView::parse(frame.bytes().subspan(ethernet_bytes));
    if (!ip) {
        drop(ip.error());
        return std::nullopt;
    }
    if (!ip->options().empty()) {
        if (const auto options = wire::check_options(ip->options()); !options) {
            drop(options.error());
            return std::nullopt;
        }
    }
    frame.size = ethernet_bytes + ip->total_length(); // cuts the padding off
    Packet packet{frame, *ip, ingress, interfaces_[ingress.value].vrf, source_mac};
    const LocalAddress* local = vrfs_[packet.vrf.value].locals.find(ip->destination());
    if (const auto martian = find_martian(packet, local)) {
        drop(*martian);
        return std::nullopt;
    }
    if (ip->is_fragment()) {
        const auto whole = reassembler_.add(packet.vrf, ingress, frame, ip->as_const(), arena_, now);
        if (!whole) {
            drop(whole.error());
            return std::nullopt;
        }
        return *whole ? process_ipv4(**whole, source_mac, ingress, now) : std::nullopt;
    }
    if (local != nullptr) {
        packet.destination = local->role == Role::vip        ? Destination::vip
                             : local->role == Role::floating ? Destination::floating
                                                             : Destination::own;
        if (ip->protocol() == wire::protocol_icmp) {
            return process_local_icmp(packet, *local);
        }
    }
    return packet;
}

std::optional<DropReason> IpStack::find_martian(Packet& packet, const LocalAddress* destination) const {
    const std::uint32_t from = packet.ip.source_value();
    const std::uint32_t to = packet.ip.destination_value();
    if (from == to) {
        return DropReason::land;
    }
    const LocalAddress* source = vrfs_[packet.vrf.value].locals.find(packet.ip.source());
    packet.from_vip =
        source != nullptr && source->on_servers && destination != nullptr && destination->role == Role::own;
    if (is_impossible_source(from) || (source != nullptr && !packet.from_vip)) {
        return DropReason::martian_source; // ours or a network's broadcast address: forged
    }
    if (is_impossible_destination(to)) {
        return DropReason::martian_destination;
    }
    if (to >> 28 == 0xe || to == 0xffffffffU ||
        (destination != nullptr && destination->role == Role::broadcast)) { // directed broadcast: RFC 2644
        return DropReason::not_for_us;
    }
    return std::nullopt;
}

const Mac* IpStack::resolve(const Hop& hop, Instant now) {
    const Mac* mac = neighbours_.resolve({hop.egress, hop.neighbour}, now);
    if (!neighbours_.questions().empty()) {
        dispatch_neighbour_news(now);
    }
    return mac;
}

bool IpStack::fits(const Packet& packet, InterfaceId egress, Instant now) {
    const std::uint32_t mtu = interfaces_[egress.value].settings.mtu_bytes;
    if (packet.ip.total_length() <= mtu || !packet.ip.dont_fragment()) {
        return true;
    }
    const auto largest = largest_packet(packet.frame);
    if (largest && *largest <= mtu) {
        return true;
    }
    drop(largest ? DropReason::too_big : DropReason::bad_offload);
    if (largest) {
        send_icmp_error(packet, wire::IcmpType::unreachable, wire::icmp_code::fragmentation_needed,
                        static_cast<std::uint16_t>(mtu), std::nullopt, now);
    }
    return false;
}

bool IpStack::may_forward(const Packet& packet, InterfaceId egress, Instant now) {
    if (packet.ip.ttl() <= 1) {
        drop(DropReason::ttl_expired);
        send_icmp_error(packet, wire::IcmpType::time_exceeded, wire::icmp_code::ttl_exceeded, 0, std::nullopt,
                        now);
        return false;
    }
    return fits(packet, egress, now);
}

void IpStack::forward(const Packet& packet, const Hop& hop, Instant now) {
    packet.ip.decrement_ttl();
    dispatch(packet.frame, hop, true, now);
}

void IpStack::forward(const Packet& packet, Instant now) {
    const std::uint32_t pair = packet.ip.source_value() ^ packet.ip.destination_value();
    const auto hop = route(packet.vrf, packet.ip.destination(), static_cast<std::uint32_t>(mix_bits(pair)));
    if (!hop) {
        drop(DropReason::no_route);
        send_icmp_error(packet, wire::IcmpType::unreachable, wire::icmp_code::net_unreachable, 0,
                        std::nullopt, now);
        return;
    }
    if (may_forward(packet, hop->egress, now)) {
        forward(packet, *hop, now);
    }
}

// The largest IP packet that a frame puts on the wire; none when its meta says GSO but its bytes contradict.
std::optional<std::uint32_t> IpStack::largest_packet(const device::Frame& frame) const {
    const std::uint32_t ip_bytes = frame.size - ethernet_bytes;
    if (!frame.meta.is_gso()) {
        return ip_bytes;
    }
    const std::uint8_t* ip = frame.data + ethernet_bytes;
    const std::uint32_t ip_header = 4U * (ip[0] & 0x0fU);
    std::uint32_t l4_header = static_cast<std::uint32_t>(wire::udp_header_bytes);
    if (ip[9] == wire::protocol_tcp) {
        if (ip_header + wire::tcp_min_header_bytes > ip_bytes) {
            return std::nullopt;
        }
        l4_header = 4U * (ip[ip_header + 12] >> 4);
        if (l4_header < wire::tcp_min_header_bytes) {
            return std::nullopt;
        }
    }
    if (frame.meta.gso_size == 0 || ip_header + l4_header > ip_bytes) {
        return std::nullopt;
    }
    return device::wire_packet_bytes(frame.meta, ip_bytes, ip_header, l4_header);
}

void IpStack::dispatch(const device::Frame& frame, const Hop& hop, bool report_failure, Instant now) {
    if (const Mac* mac = resolve(hop, now)) {
        dispatch_to(frame, hop.egress, *mac);
        return;
    }
    if (const auto held = neighbours_.hold({hop.egress, hop.neighbour}, frame, report_failure); !held) {
        drop(held.error());
    }
}

void IpStack::dispatch_to(const device::Frame& frame, InterfaceId egress, const Mac& destination) {
    const Interface& interface = interfaces_[egress.value];
    if (!interface.present) {
        drop(DropReason::no_route);
        return;
    }
    std::memcpy(frame.data, destination.bytes.data(), 6);
    std::memcpy(frame.data + 6, interface.settings.mac.bytes.data(), 6);
    const std::uint32_t mtu = interface.settings.mtu_bytes;
    if (frame.size <= ethernet_bytes + mtu) {
        enqueue(frame, egress);
        return;
    }
    const auto largest = largest_packet(frame);
    if (!largest) {
        drop(DropReason::bad_offload);
    } else if (*largest <= mtu) {
        enqueue(frame, egress);
    } else {
        dispatch_fragments(frame, egress, mtu);
    }
}

std::optional<device::Frame> IpStack::make_frame(std::uint32_t ip_bytes) {
    auto frame = arena_.take(ethernet_bytes + ip_bytes);
    if (!frame) {
        drop(DropReason::no_buffer);
        return std::nullopt;
    }
    store_be16(frame->data + 12, wire::ethertype_ipv4);
    return frame;
}

bool IpStack::make_wire_frames(const device::Frame& frame, std::vector<device::Frame>& out) {
    const auto made = device::segment(frame, arena_, out);
    if (!made) {
        drop(made.error());
    }
    return made.has_value();
}

std::optional<IpAddress> IpStack::source_address(const Hop& hop) const {
    const InterfaceSettings& settings = interfaces_[hop.egress.value].settings;
    for (const IpPrefix& own : settings.addresses) {
        if (own.contains(hop.neighbour)) {
            return own.address;
        }
    }
    return settings.addresses.empty() ? std::nullopt : std::optional(settings.addresses.front().address);
}

void IpStack::poll(Instant now) {
    neighbours_.poll(now);
    reassembler_.poll(now);
    for (Announcement& announcement : announcements_) {
        if (announcement.next <= now) {
            send_announcement(announcement);
            --announcement.left;
            announcement.next = now + limits_.announce_interval;
        }
    }
    std::erase_if(announcements_, [](const Announcement& a) { return a.left == 0; });
    dispatch_neighbour_news(now);
    report_reassembly_timeouts(now);

    const auto count = [this](DropReason reason, std::uint64_t total, std::uint64_t& counted) {
        drops_.add(reason, total - counted);
        counted = total;
    };
    count(DropReason::neighbour_queue_full, neighbours_.lost(), losses_counted_);
    count(DropReason::fragment_timeout, reassembler_.timeouts(), timeouts_counted_);
    count(DropReason::fragment_limit, reassembler_.pushed_out(), pushed_out_counted_);
}

Instant IpStack::next_deadline() const {
    Instant next = std::min(neighbours_.next_deadline(), reassembler_.next_deadline());
    for (const Announcement& announcement : announcements_) {
        next = std::min(next, announcement.next);
    }
    return next;
}

void IpStack::flush(Instant now) {
    for (Interface& interface : interfaces_) {
        if (interface.outbox.empty()) {
            continue;
        }
        if (interface.present) {
            interface.settings.device->send(interface.outbox, now);
        }
        interface.outbox.clear();
    }
    departing_.clear();
    arena_.reset();
}

std::optional<VrfId> IpStack::find_vrf(std::string_view name) const {
    const auto found =
        std::find_if(vrfs_.begin(), vrfs_.end(), [&](const Vrf& vrf) { return vrf.name == name; });
    return found == vrfs_.end() ? std::nullopt
                                : std::optional(VrfId{static_cast<std::uint16_t>(found - vrfs_.begin())});
}

std::optional<InterfaceId> IpStack::find_interface(std::string_view name) const {
    const auto found = std::find_if(interfaces_.begin(), interfaces_.end(),
                                    [&](const Interface& i) { return i.present && i.settings.name == name; });
    return found == interfaces_.end()
               ? std::nullopt
               : std::optional(InterfaceId{static_cast<std::uint16_t>(found - interfaces_.begin())});
}

std::optional<Destination> IpStack::owner_of(VrfId vrf, const IpAddress& address) const {
    const LocalAddress* local = vrfs_[vrf.value].locals.find(address);
    if (local == nullptr || local->role == Role::broadcast) {
        return std::nullopt;
    }
    return local->role == Role::vip        ? Destination::vip
           : local->role == Role::floating ? Destination::floating
                                           : Destination::own;
}

} // namespace fulcrum::stack
