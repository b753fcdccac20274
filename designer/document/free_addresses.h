// Addresses that are still free in a drawing, given by habit: routers .1, servers from .11, VIPs .100,
// service engines from .101, clients from .201. IPv4 only: on an IPv6 segment addresses are given by hand.
#pragma once

#include <unordered_set>

#include "designer/document/document.h"

namespace fulcrum::designer {

// Who an address is for; each takes from its own part of the subnet while that lasts.
enum class HostRole { router, server, se, client, vip, floating };
HostRole host_role_of(NodeKind kind); // not of a segment

// Hands out the free addresses of one segment. Ranges of its address pools are given to their purpose only,
// and first to it. Building it costs one pass over the document, an address next to nothing.
class SegmentAddresses {
public:
    SegmentAddresses(const Document& document, const Id& segment);

    const std::optional<IpPrefix>& subnet() const { return subnet_; }
    std::optional<IpAddress> take(HostRole role); // none: no IPv4 subnet, or it is full

private:
    struct Hosts { // an inclusive range of host numbers; first > last counts down
        std::uint32_t first = 0, last = 0;
    };
    struct Search {
        std::vector<Hosts> ranges;
        std::size_t range = 0;
        std::uint32_t done = 0; // in the current range
        bool started = false;
    };
    void reserve(const IpAddress& address);
    std::vector<Hosts> ranges_of(HostRole role) const;

    std::optional<IpPrefix> subnet_;
    std::uint32_t last_host_ = 0; // the highest host number that is not the broadcast address
    std::unordered_set<std::uint32_t> used_;
    std::vector<std::pair<PoolPurpose, Hosts>> pools_;
    Search searches_[6];
};

// IPv4 networks that nothing in the drawing overlaps. Building it costs one pass over the document.
class FreeNetworks {
public:
    explicit FreeNetworks(const Document& document);

    // 10.1.1.0/24, 10.1.2.0/24, …; another length is aligned to its own size, and to 256 when smaller.
    std::optional<IpPrefix> take_for_segment(std::uint8_t length = 24);
    // 192.168.1.0/24, …, then 172.16.1.0/24, …
    std::optional<IpPrefix> take_for_link(std::uint8_t length = 24);
    bool overlaps(const IpPrefix& prefix) const; // something of the drawing, or what was taken

private:
    std::optional<IpPrefix> take(const std::vector<IpPrefix>& areas, std::uint8_t length);

    std::vector<std::pair<std::uint32_t, std::uint32_t>> used_; // sorted, disjoint, inclusive
};

} // namespace fulcrum::designer
