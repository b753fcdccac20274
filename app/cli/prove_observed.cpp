#include "app/cli/prove_observed.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>

namespace fulcrum::cli {

std::vector<std::string> ObservedWay::nodes() const {
    std::vector<std::string> names{from->name()};
    for (const auto& hop : hops) {
        names.push_back(hop.to == nullptr ? "?" : hop.to->station->name());
    }
    return names;
}

bool ObservedWay::all_arrived() const {
    return std::all_of(hops.begin(), hops.end(), [](const ObservedHop& hop) { return hop.arrived; });
}

std::string ObservedWay::text() const {
    if (hops.empty()) {
        return fmt::format("nothing left {}", from->name());
    }
    const auto way = fmt::format("{}", fmt::join(nodes(), " → "));
    return all_arrived() ? way : way + ", where it did not arrive";
}

Observer::Observer(std::vector<ProofPacket> packets, const std::vector<std::string>& tap_names,
                   const designer::Network& network)
    : packets_(std::move(packets)) {
    std::ranges::stable_sort(packets_, {}, &ProofPacket::time_ns);
    std::map<std::string, const designer::Station*> by_name;
    for (const auto& station : network.stations()) {
        for (const auto* interface : station.interfaces) {
            by_name[designer::interface_text(*interface)] = &station;
            if (interface->near->mac) {
                owners_[*interface->near->mac] = interface;
            }
        }
    }
    for (const auto& name : tap_names) {
        const auto found = by_name.find(name);
        station_of_tap_.push_back(found == by_name.end() ? nullptr : found->second);
    }
}

const designer::Interface* Observer::owner(const Mac& mac) const {
    const auto found = owners_.find(mac);
    return found == owners_.end() ? nullptr : found->second;
}

std::string Observer::owner_text(const Mac& mac) const {
    const auto* interface = owner(mac);
    return interface == nullptr ? mac.text() : interface->station->name();
}

std::span<const ProofPacket> Observer::between(std::int64_t from_ns, std::int64_t to_ns) const {
    const auto first = std::ranges::lower_bound(packets_, from_ns, {}, &ProofPacket::time_ns);
    return {first, std::ranges::upper_bound(first, packets_.end(), to_ns, {}, &ProofPacket::time_ns)};
}

std::vector<ObservedHop> Observer::hops_of(const PacketsOf& which) const {
    std::vector<ObservedHop> hops;
    std::map<std::tuple<Mac, Mac, int, int>, std::size_t> known;
    for (const auto& packet : between(which.from_ns, which.to_ns)) {
        if (packet.protocol != which.protocol || packet.source != which.source ||
            packet.destination != which.destination || packet.tunnel.has_value() != which.tunnelled) {
            continue;
        }
        const auto [at, fresh] = known.try_emplace(
            {packet.source_mac, packet.destination_mac, packet.ttl, packet.inner_ttl}, hops.size());
        if (fresh) {
            hops.push_back({packet.source_mac, packet.destination_mac, owner(packet.source_mac),
                            owner(packet.destination_mac), packet.ttl, packet.inner_ttl, packet.tunnel, false,
                            false});
        }
        // Bridges may show a frame to others as well: only its own two ends count.
        auto& hop = hops[at->second];
        const auto* here = station_of_tap_[packet.tap];
        hop.left = hop.left || (packet.leaving && hop.from != nullptr && hop.from->station == here);
        hop.arrived = hop.arrived || (!packet.leaving && hop.to != nullptr && hop.to->station == here);
    }
    return hops;
}

ObservedWay Observer::follow(const PacketsOf& which, const designer::Station& from,
                             const std::vector<const designer::Station*>& until) const {
    auto hops = hops_of(which);
    ObservedWay way{&from, {}};
    const designer::Station* at = &from;
    while (at != nullptr) {
        const auto next = std::find_if(hops.begin(), hops.end(), [&](const ObservedHop& hop) {
            return hop.left && hop.from->station == at;
        });
        if (next == hops.end()) {
            break;
        }
        way.hops.push_back(*next);
        hops.erase(next);
        at = way.hops.back().to == nullptr ? nullptr : way.hops.back().to->station;
        if (!way.hops.back().arrived || std::find(until.begin(), until.end(), at) != until.end()) {
            break;
        }
    }
    return way;
}

} // namespace fulcrum::cli
