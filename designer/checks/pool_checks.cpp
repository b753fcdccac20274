// Pools: the servers in them, and how their health is asked for.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "designer/checks/rules.h"

namespace fulcrum::designer {

namespace {

std::string node_name(const Inspection& look, const Id& id) {
    const Node* node = look.network.node(id);
    return node == nullptr ? id : node->name;
}

void check_empty_pool(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.drawn.pools) {
        if (pool.members.empty()) {
            findings.add({pool.id}, fmt::format("the pool {} has no server", pool.name),
                         "put servers into it");
            continue;
        }
        const auto is_unlinked = [&](const PoolMember& member) {
            const Station* server = look.network.station(member.server);
            return server != nullptr && server->kind() == NodeKind::server && server->interfaces.empty();
        };
        if (std::ranges::all_of(pool.members, is_unlinked)) {
            std::vector<Id> items{pool.id};
            std::ranges::transform(pool.members, std::back_inserter(items), &PoolMember::server);
            findings.add(std::move(items),
                         fmt::format("no server of the pool {} is connected to anything", pool.name),
                         "link its servers", false);
        }
    }
}

void check_pool_member_not_server(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.drawn.pools) {
        for (const PoolMember& member : pool.members) {
            const Node* node = look.network.node(member.server);
            if (node == nullptr || node->kind != NodeKind::server) {
                findings.add(
                    {pool.id, member.server},
                    fmt::format("{} in the pool {} is no server", node_name(look, member.server), pool.name),
                    "take it out of the pool");
            }
        }
    }
}

void fix_pool_member_not_server(Document& document, const Problem& problem) {
    if (Pool* pool = document.pool(problem.items.front())) {
        std::erase_if(pool->members,
                      [&](const PoolMember& member) { return member.server == problem.items.back(); });
    }
}

using Endpoint = std::tuple<Id, std::optional<IpAddress>, std::uint16_t>;
Endpoint endpoint(const PoolMember& member) {
    return {member.server, member.address, member.port};
}

void check_duplicate_pool_member(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.drawn.pools) {
        std::set<Endpoint> seen;
        for (const PoolMember& member : pool.members) {
            if (!seen.insert(endpoint(member)).second) {
                findings.add(
                    {pool.id, member.server},
                    fmt::format(
                        "{} is in the pool {} twice with the same port: a weight says the same better",
                        node_name(look, member.server), pool.name),
                    "take it out once");
            }
        }
    }
}

void fix_duplicate_pool_member(Document& document, const Problem& problem) {
    if (Pool* pool = document.pool(problem.items.front())) {
        std::set<Endpoint> seen;
        std::erase_if(pool->members,
                      [&](const PoolMember& member) { return !seen.insert(endpoint(member)).second; });
    }
}

void check_member_address(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.filled.pools) {
        for (const PoolMember& member : pool.members) {
            const Station* server = look.network.station(member.server);
            if (!member.address || server == nullptr) {
                continue;
            }
            const bool has_it = std::ranges::any_of(server->interfaces, [&](const Interface* interface) {
                return interface->address() && interface->address()->address == *member.address;
            });
            if (!has_it) {
                findings.add({pool.id, member.server},
                             fmt::format("the pool {} asks {} on {}, which is not an address of it",
                                         pool.name, server->name(), member.address->text()),
                             "let the planner choose the address");
            }
        }
    }
}

void fix_member_address(Document& document, const Problem& problem) {
    Pool* pool = document.pool(problem.items.front());
    if (pool == nullptr) {
        return;
    }
    for (PoolMember& member : pool->members) {
        if (member.server != problem.items.back() || !member.address) {
            continue;
        }
        const std::vector<Attached> links = links_of(document, member.server);
        const bool has_it = std::ranges::any_of(links, [&](const Attached& attached) {
            return attached.near->address && attached.near->address->address == *member.address;
        });
        if (!has_it) {
            member.address.reset();
        }
    }
}

void check_weight_zero(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.drawn.pools) {
        for (const PoolMember& member : pool.members) {
            if (member.weight == 0) {
                findings.add({pool.id, member.server},
                             fmt::format("{} has weight 0 in the pool {} and would never get a request",
                                         node_name(look, member.server), pool.name),
                             "give it weight 1; to keep requests away from it, drain it");
            }
        }
    }
}

void fix_weight_zero(Document& document, const Problem& problem) {
    if (Pool* pool = document.pool(problem.items.front())) {
        for (PoolMember& member : pool->members) {
            if (member.server == problem.items.back() && member.weight == 0) {
                member.weight = 1;
            }
        }
    }
}

constexpr std::chrono::milliseconds least_health_interval{10}; // engine/control/config_parse.cpp

void check_health_interval(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.drawn.pools) {
        const auto often = std::ranges::find_if(
            pool.health, [](const HealthCheck& health) { return health.interval < least_health_interval; });
        if (often != pool.health.end()) { // the fix mends all checks of the pool
            findings.add({pool.id},
                         fmt::format("the {} check of {} asks every {} ms: engines ask at most every {} ms",
                                     engine::name_of(often->kind), pool.name, often->interval.count(),
                                     least_health_interval.count()),
                         fmt::format("make it {} ms", least_health_interval.count()));
        }
    }
}

void fix_health_interval(Document& document, const Problem& problem) {
    if (Pool* pool = document.pool(problem.items.front())) {
        for (HealthCheck& health : pool->health) {
            health.interval = std::max<std::chrono::milliseconds>(health.interval, least_health_interval);
        }
    }
}

void check_health_timeout(const Inspection& look, Findings& findings) {
    for (const Pool& pool : look.drawn.pools) {
        for (const HealthCheck& health : pool.health) {
            if (health.timeout > health.interval) {
                findings.add(
                    {pool.id},
                    fmt::format("the {} check of {} waits {} ms for an answer but asks every {} ms: probes "
                                "would overlap",
                                engine::name_of(health.kind), pool.name, health.timeout.count(),
                                health.interval.count()),
                    "make the timeout as long as the interval");
                break; // the fix mends all checks of the pool
            }
        }
    }
}

void fix_health_timeout(Document& document, const Problem& problem) {
    if (Pool* pool = document.pool(problem.items.front())) {
        for (HealthCheck& health : pool->health) {
            health.timeout = std::min(health.timeout, health.interval);
        }
    }
}

// A server that no SE of its service can send a packet to.
void check_server_unreachable(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.active() == nullptr) {
            continue;
        }
        std::set<const Station*> told;
        for (const ServerUse& use : carried.servers) {
            if (use.interface == nullptr || use.interface->net == nullptr || carried.is_l2_dsr()) {
                continue; // no usable address is another problem; L2 DSR has a stricter rule of its own
            }
            const bool by_hand = !carried.active()->node->routes.empty() || carried.active()->node->gateway ||
                                 !carried.active()->node->derive_routes;
            const auto leads_there = [&] {
                const Trace trace = look.routing.trace(*carried.active(), *use.address, {},
                                                       {nullptr, &carried.service->vrf, nullptr});
                return trace.end == Trace::End::delivered && trace.stations.back() == use.server;
            };
            const bool reached = by_hand ? leads_there()
                                         : look.routing.reach_net(*carried.active(), *use.interface->net,
                                                                  carried.service->vrf) != nullptr;
            if (!reached && told.insert(use.server).second) {
                findings.add({use.server->node->id, carried.active()->node->id, carried.service->id},
                             fmt::format("{} has no way to {} ({}): it would never be up for {}",
                                         carried.active()->name(), use.server->name(), use.address->text(),
                                         service_text(*carried.service)),
                             "link the SE to the server's segment, or both to a router");
            }
        }
    }
}

constexpr std::array table{
    Rule{"empty-pool", Severity::error, check_empty_pool},
    Rule{"pool-member-not-server", Severity::error, check_pool_member_not_server, fix_pool_member_not_server},
    Rule{"duplicate-pool-member", Severity::error, check_duplicate_pool_member, fix_duplicate_pool_member},
    Rule{"member-address-not-servers", Severity::error, check_member_address, fix_member_address},
    Rule{"weight-zero", Severity::error, check_weight_zero, fix_weight_zero},
    Rule{"health-interval-too-short", Severity::error, check_health_interval, fix_health_interval},
    Rule{"health-timeout-longer-than-interval", Severity::error, check_health_timeout, fix_health_timeout},
    Rule{"server-unreachable", Severity::error, check_server_unreachable},
};

} // namespace

std::span<const Rule> pool_rules() {
    return table;
}

} // namespace fulcrum::designer
