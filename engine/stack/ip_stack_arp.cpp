// IpStack: ARP (RFC 826), announcements and their defence (RFC 5227), and what the neighbour table has to
// say.
#include <algorithm>
#include <utility>

#include "engine/stack/ip_stack.h"

namespace fulcrum::stack {

using wire::ArpOperation;
using wire::ArpPacket;
using wire::DropReason;

namespace {

// RFC 5227 section 1.1 has 10 s, for hosts that may be wrong about their address and give it up. The owner of
// a VIP is not: clients are cut off for as long as somebody else's word stands, and a broadcast a second is
// no storm.
constexpr Duration defend_interval = std::chrono::seconds(1);

} // namespace

void IpStack::process_arp(std::span<const std::uint8_t> payload, InterfaceId ingress, Instant now) {
    const auto arp = wire::parse_arp(payload);
    if (!arp) {
        drop(arp.error());
        return;
    }
    const Interface& interface = interfaces_[ingress.value];
    Vrf& vrf = vrfs_[interface.vrf.value];

    if (LocalAddress* mine = vrf.locals.find(arp->sender_ip)) {
        drop(DropReason::arp_bad_sender);
        const bool from_us = arp->sender_mac == interface.settings.mac;
        if (!from_us && mine->answers_on == ingress) {
            defend(interface.vrf, arp->sender_ip, *mine, now);
        }
        return;
    }
    const LocalAddress* target = vrf.locals.find(arp->target_ip);
    const bool for_us = target != nullptr && target->answers_on == ingress;
    const bool asks_us = for_us && arp->operation == ArpOperation::request;

    // Only senders in a network of this interface are worth remembering: others are never looked up here.
    const bool plausible =
        std::any_of(interface.settings.addresses.begin(), interface.settings.addresses.end(),
                    [&](const IpPrefix& own) { return own.contains(arp->sender_ip); });
    bool learned = false;
    if (!arp->sender_ip.is_unspecified()) {
        const auto told = !for_us   ? NeighbourTable::Told::gossip
                          : asks_us ? NeighbourTable::Told::question
                                    : NeighbourTable::Told::reply;
        const NeighbourKey key{ingress, arp->sender_ip};
        // An on-link gateway outside the connected networks has an entry because it was asked for.
        if (plausible || told != NeighbourTable::Told::question) {
            learned = neighbours_.learn(key, arp->sender_mac, told, now);
        }
    }
    if (asks_us) {
        send_arp(ingress,
                 ArpPacket{ArpOperation::reply, interface.settings.mac, arp->target_ip, arp->sender_mac,
                           arp->sender_ip},
                 arp->sender_mac);
    } else if (!learned) {
        drop(for_us ? DropReason::arp_unsolicited : DropReason::arp_not_for_us);
    }
    dispatch_neighbour_news(now);
}

// Somebody else claims an address of ours: say whose it is, but not more often than the interval, or two
// stubborn stations would shout at each other (RFC 5227 section 2.4 c). The last word is ours: what is
// claimed within the interval is answered at its end.
void IpStack::defend(VrfId vrf, const IpAddress& address, LocalAddress& local, Instant now) {
    if (local.defended && now < *local.defended) {
        return; // the answer is to come
    }
    const Instant at = local.defended ? std::max(now, *local.defended + defend_interval) : now;
    local.defended = at;
    if (at == now) {
        send_announcement({vrf, address, 1, now});
    } else {
        announcements_.push_back({vrf, address, 1, at});
    }
}

void IpStack::send_arp(InterfaceId egress, const ArpPacket& arp, const Mac& destination) {
    const auto frame =
        arena_.take(static_cast<std::uint32_t>(wire::EthernetHeader::size() + ArpPacket::size()));
    if (!frame) {
        drop(DropReason::no_buffer);
        return;
    }
    wire::EthernetHeader{destination, interfaces_[egress.value].settings.mac, wire::ethertype_arp}.emit(
        frame->data);
    arp.emit(frame->data + wire::EthernetHeader::size());
    enqueue(*frame, egress);
}

// An ARP request for the own address: hosts update what they have, switches learn the port.
void IpStack::send_announcement(const Announcement& announcement) {
    const LocalAddress* local = vrfs_[announcement.vrf.value].locals.find(announcement.address);
    if (local == nullptr || !local->answers_on) {
        return; // given away meanwhile
    }
    const InterfaceId egress = *local->answers_on;
    send_arp(egress,
             ArpPacket{ArpOperation::request, interfaces_[egress.value].settings.mac, announcement.address,
                       Mac{}, announcement.address},
             Mac::broadcast());
}

void IpStack::schedule_announcement(VrfId vrf, const IpAddress& address, Instant now) {
    std::erase_if(announcements_,
                  [&](const Announcement& a) { return a.vrf == vrf && a.address == address; });
    if (limits_.announcements > 0) {
        announcements_.push_back({vrf, address, limits_.announcements, now});
    }
}

void IpStack::announce(Instant now) {
    for (std::size_t i = 0; i < vrfs_.size(); ++i) {
        vrfs_[i].locals.for_each([&](const IpAddress& address, const LocalAddress& local) {
            if (local.answers_on) {
                schedule_announcement(VrfId{static_cast<std::uint16_t>(i)}, address, now);
            }
        });
    }
}

void IpStack::dispatch_neighbour_news(Instant now) {
    for (const NeighbourQuestion& question : neighbours_.questions()) {
        const InterfaceId egress = question.key.interface;
        const auto source = source_address({egress, question.key.address});
        // Without an address of our own the question is a probe (RFC 5227): answered all the same.
        send_arp(egress,
                 ArpPacket{ArpOperation::request, interfaces_[egress.value].settings.mac,
                           source.value_or(IpAddress{}), question.to.value_or(Mac{}), question.key.address},
                 question.to.value_or(Mac::broadcast()));
    }
    neighbours_.questions().clear();

    for (NeighbourTable::Released& released : neighbours_.released()) {
        for (WaitingPacket& packet : released.packets) {
            departing_.push_back(std::move(packet)); // the buffer itself does not move with its owner
            dispatch_to(departing_.back().frame(), released.key.interface, released.mac);
        }
    }
    neighbours_.released().clear();

    // Taken out first: telling a sender may ask for another neighbour, which comes back here.
    const std::vector<NeighbourTable::Released> failures = std::exchange(neighbours_.failed(), {});
    for (const NeighbourTable::Released& failed : failures) {
        for (const WaitingPacket& packet : failed.packets) {
            drop(DropReason::neighbour_unresolved);
            if (packet.report_failure) {
                report_unreachable(packet, failed.key.interface, now);
            }
        }
    }
}

} // namespace fulcrum::stack
