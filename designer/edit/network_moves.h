// Networks that become others, every host keeping its number.
#pragma once

#include <optional>
#include <vector>

#include "designer/document/document.h"

namespace fulcrum::designer {

class NetworkMoves {
public:
    void add(const IpPrefix& from, const IpPrefix& to) { moves_.push_back({from.network(), to.network()}); }
    bool empty() const { return moves_.empty(); }

    // None: in none of the networks, or the number is no host's in the new one.
    std::optional<IpAddress> moved(const IpAddress& address) const;
    std::optional<IpPrefix>
    moved(const IpPrefix& prefix) const; // an interface's address, with the new length
    // Exactly one of the networks becomes its successor; anything else is none.
    std::optional<IpPrefix> moved_network(const IpPrefix& network) const;

    void move_routes(Node& node) const;       // gateway and routes by hand, where they lead into a network
    void move_pool_members(Pool& pool) const; // addresses by hand
    bool move_range(AddressPool& pool) const; // false, and unchanged, when it does not fit

private:
    struct Move {
        IpPrefix from, to;
    };
    const Move* move_of(const IpAddress& address) const;

    std::vector<Move> moves_;
};

} // namespace fulcrum::designer
