#include "designer/plan/service_map.h"

#include <algorithm>

#include <fmt/format.h>

namespace fulcrum::designer {

bool Carried::can_answer(const Station& se) const {
    if (service->attachment == Attachment::arp) {
        return vip_net != nullptr && interface_in(se, *vip_net) != nullptr;
    }
    return std::ranges::any_of(se.interfaces, [&](const Interface* interface) {
        return interface->net != nullptr && interface->domain->vrf == service->vrf;
    });
}

ServiceMap::ServiceMap(const Network& network) : network_(network) {
    const Document& document = network.document();
    for (const Group& group : document.groups) {
        for (const Id& id : group.members) {
            const Station* member = network.station(id);
            if (member != nullptr && member->kind() == NodeKind::se) {
                groups_by_station_[member].push_back(&group);
            }
        }
    }
    services_.reserve(document.services.size()); // by_station_ points into it
    for (const Service& service : document.services) {
        services_.push_back(look_up(service));
    }
    for (const Carried& carried : services_) {
        const auto note = [&](const Station* station) {
            std::vector<const Carried*>& list = by_station_[station];
            if (list.empty() || list.back() != &carried) {
                list.push_back(&carried);
            }
        };
        std::ranges::for_each(carried.members, note);
        for (const ServerUse& use : carried.servers) {
            note(use.server);
        }
    }
}

Carried ServiceMap::look_up(const Service& service) const {
    Carried carried;
    carried.service = &service;
    carried.group = network_.group(service.group);
    if (carried.group != nullptr) {
        for (const Id& id : carried.group->members) {
            const Station* member = network_.station(id);
            if (member != nullptr && member->kind() == NodeKind::se) {
                carried.members.push_back(member);
            }
        }
    }
    const auto add_pool = [&](const Id& id) {
        const Pool* pool = id.empty() ? nullptr : network_.pool(id);
        if (pool != nullptr && std::ranges::find(carried.pools, pool) == carried.pools.end()) {
            carried.pools.push_back(pool);
        }
    };
    add_pool(service.pool);
    for (const ContentRule& rule : service.rules) {
        add_pool(rule.pool);
    }
    for (const Station* member : carried.members) {
        for (const Interface* interface : member->interfaces) {
            if (carried.vip_net == nullptr && service.vip && interface->domain->vrf == service.vrf) {
                carried.vip_net = network_.net_at(interface->domain, *service.vip);
            }
        }
    }
    for (const Pool* pool : carried.pools) {
        for (const PoolMember& member : pool->members) {
            const Station* server = network_.station(member.server);
            if (server == nullptr || server->kind() != NodeKind::server) {
                continue;
            }
            ServerUse use{pool, &member, server, nullptr, member.address};
            if (use.address) {
                for (const Interface* interface : server->interfaces) {
                    if (interface->address() && interface->address()->address == *use.address) {
                        use.interface = interface;
                    }
                }
            } else {
                use.address = nearest_address(carried, *server, use.interface);
            }
            carried.servers.push_back(use);
        }
    }
    return carried;
}

std::optional<IpAddress> ServiceMap::nearest_address(const Carried& carried, const Station& server,
                                                     const Interface*& found) const {
    const Interface* on_same_island = nullptr;
    const Interface* any = nullptr;
    for (const Interface* interface : server.interfaces) {
        if (!interface->address()) {
            continue;
        }
        any = any == nullptr ? interface : any;
        for (const Station* member : carried.members) {
            for (const Interface* own : member->interfaces) {
                if (own->domain->vrf != carried.service->vrf) {
                    continue;
                }
                if (own->domain == interface->domain) {
                    found = interface;
                    return interface->address()->address;
                }
                if (own->domain->island == interface->domain->island && on_same_island == nullptr) {
                    on_same_island = interface;
                }
            }
        }
    }
    found = on_same_island != nullptr ? on_same_island : any;
    return found == nullptr ? std::nullopt : std::optional(found->address()->address);
}

const std::vector<const Carried*>& ServiceMap::of(const Station& station) const {
    static const std::vector<const Carried*> none;
    const auto it = by_station_.find(&station);
    return it == by_station_.end() ? none : it->second;
}

std::vector<const Group*> ServiceMap::groups_of(const Station& se) const {
    const auto it = groups_by_station_.find(&se);
    return it == groups_by_station_.end() ? std::vector<const Group*>{} : it->second;
}

bool ServiceMap::is_active(const Station& se) const {
    const std::vector<const Group*> groups = groups_of(se);
    return groups.empty() || std::ranges::any_of(groups, [&](const Group* group) {
               return !group->members.empty() && group->members.front() == se.node->id;
           });
}

std::optional<IpAddress> ServiceMap::floating_on(const Group& group, const Net& net) const {
    for (const FloatingAddress& floating : group.floating) {
        if (network_.net_of(floating) == &net) {
            return floating.address;
        }
    }
    return std::nullopt;
}

std::optional<IpAddress> ServiceMap::address_on(const Group& group, const Net& net) const {
    if (const auto floating = floating_on(group, net)) {
        return floating;
    }
    const Station* active = group.members.empty() ? nullptr : network_.station(group.members.front());
    if (active != nullptr) {
        for (const Interface* interface : active->interfaces) {
            if (interface->net == &net) {
                return interface->address()->address;
            }
        }
    }
    return std::nullopt;
}

std::uint16_t asked_port(const ServerUse& use, const PortRule& rule) {
    if (use.member->port != 0) {
        return use.member->port;
    }
    return rule.server_port != 0 ? rule.server_port : rule.port;
}

std::string service_text(const Service& service) {
    return service.vip ? fmt::format("{} ({})", service.name, service.vip->text()) : service.name;
}

} // namespace fulcrum::designer
