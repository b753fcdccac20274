#include "engine/stack/route_table.h"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "engine/base/byte_order.h"

namespace fulcrum::stack {

RouteTable::Bits RouteTable::bits_of(const IpAddress& address) {
    return {load_be64(address.bytes().data()), load_be64(address.bytes().data() + 8)};
}

void RouteTable::add(const Route& route) {
    assert(!route.hops.empty());
    const bool v4 = route.destination.address.is_v4();
    const unsigned bits = route.destination.length + (v4 ? 96U : 0U);

    auto length = std::find_if(lengths_.begin(), lengths_.end(), [&](const Length& l) {
        return l.bits < bits || (l.bits == bits && l.v4 == v4);
    });
    if (length == lengths_.end() || length->bits != bits || length->v4 != v4) {
        Length made;
        made.bits = bits;
        made.v4 = v4;
        made.mask.high = bits >= 64 ? ~std::uint64_t{0} : bits == 0 ? 0 : ~std::uint64_t{0} << (64 - bits);
        made.mask.low = bits >= 128 ? ~std::uint64_t{0} : bits <= 64 ? 0 : ~std::uint64_t{0} << (128 - bits);
        length = lengths_.insert(length, std::move(made));
    }

    const Bits network = bits_of(route.destination.address) & length->mask;
    const auto place = std::lower_bound(
        length->entries.begin(), length->entries.end(), route, [&](const Entry& entry, const Route& wanted) {
            return std::tie(entry.network, entry.route.source) < std::tie(network, wanted.source);
        });
    if (place != length->entries.end() && place->network == network && place->route.source == route.source) {
        for (const NextHop& hop : route.hops) {
            if (std::find(place->route.hops.begin(), place->route.hops.end(), hop) ==
                place->route.hops.end()) {
                place->route.hops.push_back(hop);
            }
        }
        return;
    }
    length->entries.insert(place, Entry{network, route});
}

std::optional<Hop> RouteTable::lookup(const IpAddress& destination, std::uint32_t flow_hash) const {
    const bool v4 = destination.is_v4();
    const Bits address = bits_of(destination);
    for (const Length& length : lengths_) {
        if (length.v4 != v4) {
            continue;
        }
        const Bits network = address & length.mask;
        const auto entry =
            std::lower_bound(length.entries.begin(), length.entries.end(), network,
                             [](const Entry& e, const Bits& wanted) { return e.network < wanted; });
        if (entry == length.entries.end() || entry->network != network) {
            continue;
        }
        const std::vector<NextHop>& hops = entry->route.hops;
        const NextHop& hop = hops[(std::uint64_t{flow_hash} * hops.size()) >> 32];
        return Hop{hop.egress, hop.gateway.value_or(destination)};
    }
    return std::nullopt;
}

std::vector<Route> RouteTable::routes() const {
    std::vector<Route> out;
    for (const Length& length : lengths_) {
        for (const Entry& entry : length.entries) {
            out.push_back(entry.route);
        }
    }
    return out;
}

} // namespace fulcrum::stack
