// One VRF's routes: longest prefix first, several next hops per route (ECMP).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/address.h"
#include "engine/stack/ids.h"

namespace fulcrum::stack {

enum class RouteSource : std::uint8_t { connected, configured }; // lower wins on the same prefix

struct NextHop {
    InterfaceId egress;
    std::optional<IpAddress> gateway; // none: the destination itself is the neighbour
    bool operator==(const NextHop&) const = default;
};

struct Route {
    IpPrefix destination; // host bits clear
    RouteSource source = RouteSource::configured;
    std::vector<NextHop> hops; // at least one
};

// Where a packet goes next: out of `egress`, to the station that has `neighbour`.
struct Hop {
    InterfaceId egress;
    IpAddress neighbour;
    bool operator==(const Hop&) const = default;
};

class RouteTable {
public:
    // Joins the hops of a route with the same destination and source.
    void add(const Route& route);
    void clear() { lengths_.clear(); }

    // The longest prefix that holds `destination`; none: no route. With several hops, those with the same
    // `flow_hash` take the same one. Cost: one binary search per distinct prefix length.
    std::optional<Hop> lookup(const IpAddress& destination, std::uint32_t flow_hash = 0) const;

    std::vector<Route> routes() const; // longest first

private:
    struct Entry {
        std::array<std::uint8_t, 16> network;
        RouteSource source;
        std::vector<NextHop> hops;
    };
    struct Length {
        unsigned bits; // of the 16-byte form: IPv4 lengths count from 96
        bool v4;
        std::vector<Entry> entries; // by network, then source
    };
    std::vector<Length> lengths_; // longest first
};

} // namespace fulcrum::stack
