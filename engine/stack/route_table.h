// One VRF's routes: longest prefix first, several next hops per route (ECMP).
#pragma once

#include <compare>
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

    // The longest prefix that holds `destination`; none: no route. With several hops, those with the same
    // `flow_hash` take the same one. Cost: one binary search per distinct prefix length.
    std::optional<Hop> lookup(const IpAddress& destination, std::uint32_t flow_hash = 0) const;

    std::vector<Route> routes() const; // longest prefix first

private:
    // The 16 bytes of an address as two numbers, so that masks and comparisons are cheap.
    struct Bits {
        std::uint64_t high = 0, low = 0;
        auto operator<=>(const Bits&) const = default;
        Bits operator&(const Bits& other) const { return {high & other.high, low & other.low}; }
    };
    static Bits bits_of(const IpAddress& address);
    struct Entry {
        Bits network;
        Route route;
    };
    struct Length {
        unsigned bits = 0; // of the 16-byte form: IPv4 lengths count from 96
        bool v4 = true;
        Bits mask;
        std::vector<Entry> entries; // by network, then source
    };

    std::vector<Length> lengths_; // longest first
};

} // namespace fulcrum::stack
