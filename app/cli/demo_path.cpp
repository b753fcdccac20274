#include "app/cli/demo_path.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <tuple>

#include "designer/plan/node_plan.h"
#include "ends/tunnel_packet.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/tcp.h"

namespace fulcrum::cli {
namespace {

constexpr std::size_t most_sightings = 100'000;

bool belongs(const Sighting& seen, const Conversation& conversation) {
    const auto between = [&](const Socket& a, const Socket& b) {
        return (seen.source == a && seen.destination == b) || (seen.source == b && seen.destination == a);
    };
    // In DSR the server side has the VIP as its own address.
    return between(conversation.client, conversation.vip) ||
           between(conversation.source, conversation.server);
}

std::vector<std::string> rewritten_between(const Leg& before, const Leg& after) {
    std::vector<std::string> changes;
    if (before.source != after.source) {
        changes.push_back(fmt::format("source {} → {}", before.source.text(), after.source.text()));
    }
    if (before.destination != after.destination) {
        changes.push_back(
            fmt::format("destination {} → {}", before.destination.text(), after.destination.text()));
    }
    if (before.tunnel != after.tunnel) {
        changes.push_back(after.tunnel.empty() ? "the packet around it: taken off"
                                               : fmt::format("the packet around it: {}", after.tunnel));
    } else if (before.ttl != after.ttl) {
        changes.push_back(fmt::format("TTL {} → {}", before.ttl, after.ttl));
    }
    changes.push_back(changes.empty() ? "only MAC addresses" : "MAC addresses");
    return changes;
}

} // namespace

std::string Socket::text() const {
    return fmt::format("{}:{}", address.text(), port);
}

std::optional<Socket> parse_socket(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto address = IpAddress::parse(text.substr(0, colon));
    const auto number = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), port);
    if (!address || error != std::errc{} || end != number.data() + number.size()) {
        return std::nullopt;
    }
    return Socket{*address, port};
}

Result<> SightingSink::process_packet(const capture::Packet& packet) {
    const auto frame = wire::EthernetView::parse(packet.bytes);
    if (!frame || frame->ethertype() != wire::ethertype_ipv4) {
        return {};
    }
    const auto outer = wire::Ipv4View::parse(frame->payload());
    if (!outer) {
        return {};
    }
    auto ip = outer;
    const auto inner = ends::inner_packet(frame->payload());
    if (!inner.empty()) {
        ip = wire::Ipv4View::parse(inner);
    }
    if (!ip || ip->protocol() != wire::protocol_tcp) {
        return {};
    }
    // The checksum of what a kernel just sent may be left to offload.
    const auto tcp = wire::TcpView::parse(ip->payload(), {.verify = false});
    if (!tcp || !tcp->has(wire::tcp_flag::syn)) {
        return {};
    }
    Sighting seen;
    if (!inner.empty()) {
        seen.tunnel = fmt::format("{} → {}", outer->source().text(), outer->destination().text());
    }
    seen.tap = packet.interface;
    seen.leaving = packet.direction() == capture::Direction::out;
    seen.answer = tcp->has(wire::tcp_flag::ack);
    seen.source_mac = frame->source();
    seen.destination_mac = frame->destination();
    seen.source = {ip->source(), tcp->source_port()};
    seen.destination = {ip->destination(), tcp->destination_port()};
    seen.ttl = outer->ttl();
    const std::lock_guard lock(mutex_);
    if (sightings_.size() < most_sightings) {
        sightings_.push_back(seen);
    }
    return {};
}

std::vector<Sighting> SightingSink::sightings() const {
    const std::lock_guard lock(mutex_);
    return sightings_;
}

namespace {

// The pair through which a server's tunnel end hands a packet to its own kernel is no link of the network.
bool within_a_node(std::string_view tap) {
    const auto interface = tap.substr(tap.find(':') + 1);
    return interface == designer::tunnel_in || interface == designer::tunnel_out;
}

// Time stamps of different links can lie closer together than their taps agree: what follows what is told by
// who received what the next one sent. Where that is no chain, the order of time stays.
void put_in_order(std::vector<Leg>::iterator begin, std::vector<Leg>::iterator end) {
    const auto first = std::find_if(begin, end, [&](const Leg& leg) {
        return std::none_of(begin, end, [&](const Leg& other) { return other.to == leg.from; });
    });
    if (first == end) {
        return;
    }
    std::rotate(begin, first, first + 1);
    for (auto at = begin; at + 1 < end; ++at) {
        // A node may be passed twice (a router beside a one-armed engine): who changes nothing comes first.
        const auto follows = [&](const Leg& leg) { return leg.from == at->to; };
        const auto unchanged = [&](const Leg& leg) {
            return follows(leg) && leg.source == at->source && leg.destination == at->destination;
        };
        auto next = std::find_if(at + 1, end, unchanged);
        if (next == end) {
            next = std::find_if(at + 1, end, follows);
        }
        if (next == end) {
            return;
        }
        std::rotate(at + 1, next, next + 1);
    }
}

} // namespace

std::vector<Leg> trace_legs(const std::vector<Sighting>& sightings, const std::vector<std::string>& tap_names,
                            const Conversation& conversation) {
    // Who has which MAC: whoever was seen to send from it. An engine's MAC is not its device's, so this is
    // the only way that holds for all nodes, and everybody on the way sends at least once.
    std::map<Mac, std::string> owners;
    for (const auto& seen : sightings) {
        if (seen.leaving) {
            owners[seen.source_mac] = tap_names[seen.tap].substr(0, tap_names[seen.tap].find(':'));
        }
    }
    // A leg is seen at both ends, and by others when a segment floods it: once is enough.
    std::vector<Leg> legs;
    std::map<std::tuple<bool, Mac, Mac, Socket, Socket, std::string, int>, bool> known;
    for (const bool answer : {false, true}) {
        const auto begin = legs.size();
        for (const auto& seen : sightings) {
            if (seen.answer != answer || !belongs(seen, conversation) || within_a_node(tap_names[seen.tap])) {
                continue;
            }
            auto& already = known[{answer, seen.source_mac, seen.destination_mac, seen.source,
                                   seen.destination, seen.tunnel, seen.ttl}];
            if (std::exchange(already, true)) {
                continue;
            }
            legs.push_back({answer,
                            owners[seen.source_mac],
                            owners[seen.destination_mac],
                            seen.source_mac,
                            seen.destination_mac,
                            seen.source,
                            seen.destination,
                            seen.tunnel,
                            seen.ttl,
                            {}});
        }
        put_in_order(legs.begin() + static_cast<std::ptrdiff_t>(begin), legs.end());
        for (auto i = begin + 1; i < legs.size(); ++i) {
            const auto first = legs.begin() + static_cast<std::ptrdiff_t>(begin);
            const auto leads_here = [&](const Leg& leg) { return leg.to == legs[i].from; };
            const auto before = leads_here(legs[i - 1]) ? first + static_cast<std::ptrdiff_t>(i - 1 - begin)
                                                        : std::find_if(first, legs.end(), leads_here);
            if (before != legs.end()) {
                legs[i].rewritten = rewritten_between(*before, legs[i]);
            }
        }
    }
    return legs;
}

} // namespace fulcrum::cli
