#include "designer/edit/network_moves.h"

namespace fulcrum::designer {

const NetworkMoves::Move* NetworkMoves::move_of(const IpAddress& address) const {
    for (const Move& move : moves_) {
        if (address.is_v4() && move.from.contains(address)) {
            return &move;
        }
    }
    return nullptr;
}

std::optional<IpAddress> NetworkMoves::moved(const IpAddress& address) const {
    const Move* move = move_of(address);
    if (move == nullptr) {
        return std::nullopt;
    }
    const auto to = move->to.nth(address.v4_value() - move->from.address.v4_value());
    const bool is_host = to && *to != move->to.address && *to != move->to.broadcast();
    return is_host ? to : std::nullopt;
}

std::optional<IpPrefix> NetworkMoves::moved(const IpPrefix& prefix) const {
    const auto to = moved(prefix.address);
    return to ? std::optional(IpPrefix{*to, move_of(prefix.address)->to.length}) : std::nullopt;
}

std::optional<IpPrefix> NetworkMoves::moved_network(const IpPrefix& network) const {
    for (const Move& move : moves_) {
        if (move.from == network) {
            return move.to;
        }
    }
    return std::nullopt;
}

void NetworkMoves::move_routes(Node& node) const {
    if (node.gateway) {
        node.gateway = moved(*node.gateway).value_or(*node.gateway);
    }
    for (Route& route : node.routes) {
        route.gateway = moved(route.gateway).value_or(route.gateway);
        route.destination = moved_network(route.destination).value_or(route.destination);
    }
}

void NetworkMoves::move_pool_members(Pool& pool) const {
    for (PoolMember& member : pool.members) {
        if (member.address) {
            member.address = moved(*member.address).value_or(*member.address);
        }
    }
}

bool NetworkMoves::move_range(AddressPool& pool) const {
    const auto first = moved(pool.first);
    const auto last = moved(pool.last);
    if (!first || !last || move_of(pool.first) != move_of(pool.last)) {
        return false;
    }
    pool.first = *first;
    pool.last = *last;
    return true;
}

} // namespace fulcrum::designer
