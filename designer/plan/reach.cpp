// How far a router or SE gets, and by which way: breadth first over subnets and the routers between them.
#include <algorithm>

#include "designer/plan/routing.h"

namespace fulcrum::designer {

std::vector<Reach> Routing::find_reach(const Station& origin, const Id& vrf) const {
    const bool is_se = origin.kind() == NodeKind::se;
    std::vector<Reach> found; // grows while it is walked: a breadth-first queue
    std::vector<bool> seen(network_.nets().size(), false);
    std::unordered_map<const Station*, bool> passed{{&origin, true}};
    for (const Interface* interface : origin.interfaces) {
        if (interface->net != nullptr && !seen[interface->net->order] &&
            (!is_se || interface->domain->vrf == vrf)) {
            seen[interface->net->order] = true;
            found.push_back({interface->net, 0, interface, {}, nullptr});
        }
    }
    const auto extend = [&](std::size_t from, const Net& next, const IpAddress& gateway,
                            const Group* through) {
        if (seen[next.order]) {
            return;
        }
        seen[next.order] = true;
        Reach step = found[from];
        if (step.hops == 0) {
            step.gateway = gateway;
        }
        ++step.hops;
        step.net = &next;
        step.through = through != nullptr ? through : step.through;
        found.push_back(step);
    };
    const auto pass_routers = [&](std::size_t from) {
        for (const Interface* interface : found[from].net->interfaces) {
            const Station* router = interface->station;
            if (router->kind() != NodeKind::router || !passed.try_emplace(router, true).second) {
                continue;
            }
            for (const Interface* other : router->interfaces) {
                if (other->net != nullptr) {
                    extend(from, *other->net, interface->address()->address, nullptr);
                }
            }
        }
    };
    std::size_t next = 0;
    for (; next < found.size(); ++next) {
        pass_routers(next);
    }
    if (is_se) {
        return found;
    }
    // What routers alone do not lead to may lie behind an in-line SE.
    std::vector<bool> group_passed(forwarders_.size(), false);
    for (std::size_t from = 0; from < found.size(); ++from) {
        if (from >= next) {
            pass_routers(from);
        }
        for (const auto& [index, address] : forwarders_by_net_[found[from].net->order]) {
            if (group_passed[index]) {
                continue;
            }
            group_passed[index] = true;
            for (const auto& [net, other] : forwarders_[index].addresses) {
                extend(from, *net, address, forwarders_[index].group);
            }
        }
    }
    return found;
}

const Routing::ReachTable& Routing::reach_table(const Station& station, const Id& vrf) const {
    std::unique_ptr<ReachTable>& table = reach_[{&station, vrf}];
    if (!table) {
        table = std::make_unique<ReachTable>();
        table->nearest_first = find_reach(station, vrf);
        for (std::size_t i = 0; i < table->nearest_first.size(); ++i) {
            table->by_net.emplace(table->nearest_first[i].net, i);
        }
    }
    return *table;
}

const std::vector<Reach>& Routing::reach(const Station& station, const Id& vrf) const {
    return reach_table(station, vrf).nearest_first;
}

const Reach* Routing::reach_net(const Station& station, const Net& net, const Id& vrf) const {
    const ReachTable& table = reach_table(station, vrf);
    const auto it = table.by_net.find(&net);
    return it == table.by_net.end() ? nullptr : &table.nearest_first[it->second];
}

bool Routing::reaches_clients(const Station& router) const {
    return std::ranges::any_of(reach(router), [&](const Reach& step) {
        return step.through == nullptr && client_nets_[step.net->order];
    });
}

} // namespace fulcrum::designer
