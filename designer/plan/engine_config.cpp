#include "designer/plan/engine_config.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "designer/plan/address_range.h"
#include "designer/plan/capacity.h"

namespace fulcrum::designer {

namespace {

bool carries(const ServiceMap& services, const Carried& carried, const Station& se) {
    return carried.can_answer(se) && (!services.is_active(se) || carried.active() == &se);
}

std::vector<engine::InterfaceConfig> interfaces_of(const Network& network, const ServiceMap& services,
                                                   const Station& se) {
    std::vector<engine::InterfaceConfig> list;
    for (const Interface* interface : se.interfaces) {
        engine::InterfaceConfig config;
        config.name = interface->name;
        config.mac = interface->near->mac.value_or(Mac{});
        config.vrf = network.vrf_name(interface->domain->vrf);
        config.mtu_bytes =
            static_cast<std::uint16_t>(std::min<std::uint32_t>(interface->link->mtu_bytes, 65535));
        if (interface->address()) {
            config.addresses.push_back(*interface->address());
        }
        list.push_back(std::move(config));
    }
    // A floating address is answered for on the first interface in its net only: one owner, one MAC.
    for (const Group* group : services.groups_of(se)) {
        if (group->members.front() != se.node->id) {
            continue;
        }
        for (const FloatingAddress& floating : group->floating) {
            const Net* net = network.net_of(floating);
            for (std::size_t i = 0; i < se.interfaces.size(); ++i) {
                if (net != nullptr && se.interfaces[i]->net == net) {
                    list[i].floating.push_back(floating.address);
                    break;
                }
            }
        }
    }
    return list;
}

std::vector<engine::RouteConfig> routes_of(const Network& network, const RoutingTable& table) {
    std::vector<engine::RouteConfig> list;
    for (const RouteEntry& entry : table.routes) {
        engine::RouteConfig route;
        route.vrf = network.vrf_name(entry.vrf);
        route.destination = entry.destination;
        if (!entry.gateways.empty()) {
            route.gateway = entry.gateways.front();
        }
        route.interface = entry.interface == nullptr ? std::string() : entry.interface->name;
        list.push_back(std::move(route));
    }
    return list;
}

engine::PoolConfig pool_config(const Carried& carried, const Pool& pool) {
    engine::PoolConfig config;
    config.name = pool.name;
    config.algorithm = pool.algorithm;
    config.persistence = pool.persistence;
    config.passive_failures = pool.passive_failures;
    config.passive_out = pool.passive_out;
    config.health.assign(pool.health.begin(), pool.health.end());
    std::unordered_set<std::string> names;
    for (const ServerUse& use : carried.servers) {
        if (use.pool != &pool || !use.address) {
            continue;
        }
        engine::ServerConfig server;
        // A server with several ports or addresses is in the pool several times; names must differ.
        server.name = use.server->name();
        if (!names.insert(server.name).second) {
            server.name = fmt::format("{} {}:{}", use.server->name(), use.address->text(), use.member->port);
            names.insert(server.name);
        }
        server.address = *use.address;
        server.port = use.member->port;
        server.weight = use.member->weight;
        server.drain = use.member->drain;
        config.servers.push_back(std::move(server));
    }
    return config;
}

std::vector<IpAddress> snat_addresses(const AddressPool& pool) {
    std::vector<IpAddress> list;
    const std::uint64_t count = AddressRange{pool.first, pool.last}.count();
    for (std::uint64_t i = 0; i < count && i < most_snat_addresses; ++i) {
        list.push_back(IpAddress::v4(pool.first.v4_value() + static_cast<std::uint32_t>(i)));
    }
    return list;
}

void add_full_proxy(const Network& network, const Service& service, engine::ServiceConfig& config) {
    if (const AddressPool* snat = network.address_pool(service.snat_pool)) {
        config.snat = snat_addresses(*snat);
    }
    config.limits = {service.limits.client_connections, service.limits.client_rate_per_s,
                     service.limits.service_connections};
    config.proxy_out = service.proxy_out;
    config.proxy_in = service.proxy_in;
    config.layer7 = service.layer7;
    config.forwarded_for = service.forwarded_for;
    for (const ContentRule& rule : service.rules) {
        const Pool* pool = network.pool(rule.pool);
        config.rules.push_back({rule.host, rule.path_prefix, pool == nullptr ? std::string() : pool->name,
                                rule.redirect, rule.redirect_status, rule.redirect_keeps_path});
    }
}

engine::ServiceConfig service_config(const Network& network, const Carried& carried) {
    const Service& service = *carried.service;
    engine::ServiceConfig config;
    config.name = service.name;
    config.vrf = network.vrf_name(service.vrf);
    config.vip = service.vip.value_or(IpAddress{});
    for (const PortRule& rule : service.ports) {
        config.ports.push_back({rule.protocol, rule.port, rule.server_port});
    }
    config.mode = service.mode;
    config.attachment = service.attachment;
    config.pool = carried.pools.empty() ? std::string() : carried.pools.front()->name;
    config.closed_ports = service.closed_ports;
    config.enabled = service.enabled;
    if (service.mode == Mode::full_proxy) {
        add_full_proxy(network, service, config);
    }
    return config;
}

} // namespace

engine::EngineConfig engine_config(const Network& network, const ServiceMap& services, const Routing& routing,
                                   const Station& se) {
    engine::EngineConfig config;
    config.name = se.name();
    config.role = services.is_active(se) ? engine::Role::active : engine::Role::standby;
    config.interfaces = interfaces_of(network, services, se);
    config.auto_gateway = se.node->auto_gateway;
    config.source_ports = se.node->source_ports;
    config.routes = routes_of(network, routing.table(se));
    std::unordered_set<const Pool*> pools;
    for (const Carried* carried : services.of(se)) {
        if (!carries(services, *carried, se)) {
            continue;
        }
        for (const Pool* pool : carried->pools) {
            if (pools.insert(pool).second) {
                config.pools.push_back(pool_config(*carried, *pool));
            }
        }
        config.services.push_back(service_config(network, *carried));
    }
    return config;
}

std::vector<const Carried*> left_to_others(const ServiceMap& services, const Station& se) {
    std::vector<const Carried*> list;
    for (const Carried* carried : services.of(se)) {
        if (!carries(services, *carried, se)) {
            list.push_back(carried);
        }
    }
    return list;
}

} // namespace fulcrum::designer
