// Which addresses are taken, and the next free one for somebody. fill_addresses() (plan.h) is built on it,
// and so are the fixes that give an address.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "designer/plan/topology.h"

namespace fulcrum::designer {

// Who gets an address: people expect routers at .1, servers from .11, clients from .101, VIPs from .100.
enum class AddressUse { router, floating, se, server, client, vip };
AddressUse address_use(NodeKind kind); // not for a segment

// Knows every address that has an owner in the drawing: link ends, VIPs, floating addresses, and the ranges
// of VIP and SNAT pools, which nobody else is given an address from. Addresses that were given automatically
// count too, unless left out on construction.
class AddressBook {
public:
    enum class Automatic { counted, left_out };
    explicit AddressBook(const Network& network, Automatic automatic = Automatic::counted);

    bool is_taken(const Domain& domain, const IpAddress& address) const;
    void take(const Domain& domain, const IpAddress& address);
    // The next free address of the net for that use, now taken: from the address pool for it on the net's
    // domain if there is one, else by habit (above), else any. None: the net is full, or not IPv4.
    std::optional<IpAddress> give(const Net& net, AddressUse use);
    // The first free address of a pool, now taken; `domain` may be null for a pool outside every segment.
    std::optional<IpAddress> give_from(const AddressPool& pool, const Domain* domain);

private:
    bool is_free_host(const Net& net, const IpAddress& address) const;

    const Network& network_;
    std::vector<std::unordered_set<IpAddress>> taken_; // by domain
    std::unordered_set<IpAddress> taken_outside_;
    struct Reserved {
        const Domain* domain;
        IpAddress first, last;
    };
    std::vector<Reserved> reserved_;                           // VIP and SNAT ranges
    std::unordered_map<std::uint64_t, std::uint32_t> cursors_; // where the last search of (net, use) ended
};

// Locally administered, unicast, the same for the same node and interface; `attempt` counts up past
// collisions.
Mac derive_mac(const Id& node, std::size_t interface_index, unsigned attempt = 0);

} // namespace fulcrum::designer
