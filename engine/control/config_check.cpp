#include "engine/control/config_check.h"

#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace fulcrum::engine {

namespace {

class ConfigCheck {
public:
    explicit ConfigCheck(const EngineConfig& config) : config_(config) {}

    Result<> run() {
        const bool good = check_interfaces() && check_routes() && check_pools() && check_services();
        if (!good) {
            return bad_input(reason_);
        }
        return {};
    }

private:
    bool blame(std::string path, std::string_view reason) {
        reason_ = fmt::format("{}: {}", path, reason);
        return false;
    }

    static bool is_host_address(const IpAddress& a) {
        return !a.is_unspecified() && !a.is_multicast() && !a.is_loopback() &&
               a != IpAddress::v4(0xffffffffU);
    }

    // The interface of `vrf` whose subnet holds `address`; null when there is none.
    const InterfaceConfig* connected(const std::string& vrf, const IpAddress& address) const {
        for (const InterfaceConfig& i : config_.interfaces) {
            for (const IpPrefix& own : i.addresses) {
                if (i.vrf == vrf && own.contains(address)) {
                    return &i;
                }
            }
        }
        return nullptr;
    }

    bool owns(const std::string& vrf, const IpAddress& address, const std::string& path) {
        const auto [at, fresh] = owners_.try_emplace({vrf, address}, path);
        return fresh || blame(path, fmt::format("{} is already used by {}", address.text(), at->second));
    }

    bool check_interfaces() {
        std::set<std::string> names;
        for (std::size_t n = 0; n < config_.interfaces.size(); ++n) {
            const InterfaceConfig& i = config_.interfaces[n];
            const std::string path = fmt::format("interfaces[{}]", n);
            if (!names.insert(i.name).second) {
                return blame(path + ".name", fmt::format("'{}' is used twice", i.name));
            }
            if (i.mac.is_zero() || i.mac.is_multicast()) {
                return blame(path + ".mac", fmt::format("{} cannot be an interface's address", i.mac.text()));
            }
            for (std::size_t a = 0; a < i.addresses.size(); ++a) {
                const std::string place = fmt::format("{}.addresses[{}]", path, a);
                if (!is_host_address(i.addresses[a].address)) {
                    return blame(place,
                                 fmt::format("{} cannot be an interface's address", i.addresses[a].text()));
                }
                if (!owns(i.vrf, i.addresses[a].address, place)) {
                    return false;
                }
            }
            vrfs_.insert(i.vrf);
        }
        for (std::size_t n = 0; n < config_.interfaces.size(); ++n) {
            const InterfaceConfig& i = config_.interfaces[n];
            for (std::size_t f = 0; f < i.floating.size(); ++f) {
                const std::string place = fmt::format("interfaces[{}].floating[{}]", n, f);
                bool inside = false;
                for (const IpPrefix& own : i.addresses) {
                    inside = inside || own.contains(i.floating[f]);
                }
                if (!inside) {
                    return blame(
                        place, fmt::format("{} is outside the subnets of {}", i.floating[f].text(), i.name));
                }
                if (!owns(i.vrf, i.floating[f], place)) {
                    return false;
                }
            }
        }
        return true;
    }

    bool check_routes() {
        for (std::size_t n = 0; n < config_.routes.size(); ++n) {
            const RouteConfig& r = config_.routes[n];
            const std::string path = fmt::format("routes[{}]", n);
            if (!vrfs_.contains(r.vrf)) {
                return blame(path + ".vrf", fmt::format("no interface is in VRF '{}'", r.vrf));
            }
            if (r.destination != r.destination.network()) {
                return blame(path + ".destination",
                             fmt::format("{} has bits set beyond its prefix length", r.destination.text()));
            }
            if (!r.interface.empty()) {
                const InterfaceConfig* out = nullptr;
                for (const InterfaceConfig& i : config_.interfaces) {
                    out = i.name == r.interface ? &i : out;
                }
                if (out == nullptr || out->vrf != r.vrf) {
                    return blame(path + ".interface",
                                 fmt::format("no interface '{}' in VRF '{}'", r.interface, r.vrf));
                }
            } else if (!r.gateway) {
                return blame(path, "needs a gateway or an interface");
            } else if (connected(r.vrf, *r.gateway) == nullptr) {
                return blame(path + ".gateway", fmt::format("{} is outside every interface of VRF '{}'",
                                                            r.gateway->text(), r.vrf));
            }
            if (r.gateway && r.gateway->is_v4() != r.destination.address.is_v4()) {
                return blame(path + ".gateway", "is of the other address family");
            }
        }
        return true;
    }

    bool check_pools() {
        for (std::size_t n = 0; n < config_.pools.size(); ++n) {
            const PoolConfig& p = config_.pools[n];
            const std::string path = fmt::format("pools[{}]", n);
            if (!pools_.try_emplace(p.name, &p).second) {
                return blame(path + ".name", fmt::format("'{}' is used twice", p.name));
            }
            for (std::size_t h = 0; h < p.health.size(); ++h) {
                if (p.health[h].timeout > p.health[h].interval) {
                    return blame(fmt::format("{}.health[{}].timeout_ms", path, h),
                                 "is longer than the interval");
                }
            }
            std::set<std::string> names;
            std::set<std::pair<IpAddress, std::uint16_t>> endpoints;
            for (std::size_t s = 0; s < p.servers.size(); ++s) {
                const ServerConfig& server = p.servers[s];
                const std::string place = fmt::format("{}.servers[{}]", path, s);
                if (!names.insert(server.name).second) {
                    return blame(place + ".name",
                                 fmt::format("'{}' is used twice in pool '{}'", server.name, p.name));
                }
                if (!is_host_address(server.address)) {
                    return blame(place + ".address",
                                 fmt::format("{} cannot be a server's address", server.address.text()));
                }
                if (!endpoints.emplace(server.address, server.port).second) {
                    return blame(place + ".address", fmt::format("{} port {} is used twice in pool '{}'",
                                                                 server.address.text(), server.port, p.name));
                }
            }
        }
        return true;
    }

    bool check_services() {
        std::set<std::string> names;
        std::set<std::tuple<std::string, IpAddress, Protocol, std::uint16_t>> ports;
        for (std::size_t n = 0; n < config_.services.size(); ++n) {
            const ServiceConfig& s = config_.services[n];
            const std::string path = fmt::format("services[{}]", n);
            if (!names.insert(s.name).second) {
                return blame(path + ".name", fmt::format("'{}' is used twice", s.name));
            }
            if (!vrfs_.contains(s.vrf)) {
                return blame(path + ".vrf", fmt::format("no interface is in VRF '{}'", s.vrf));
            }
            if (!is_host_address(s.vip)) {
                return blame(path + ".vip", fmt::format("{} cannot be a VIP", s.vip.text()));
            }
            if (const auto owner = owners_.find({s.vrf, s.vip}); owner != owners_.end()) {
                return blame(path + ".vip",
                             fmt::format("{} is already used by {}", s.vip.text(), owner->second));
            }
            if (s.attachment == Attachment::arp && connected(s.vrf, s.vip) == nullptr) {
                return blame(
                    path + ".vip",
                    fmt::format("{} is outside every interface of VRF '{}'; a VIP attached by ARP must lie "
                                "in the subnet of one",
                                s.vip.text(), s.vrf));
            }
            for (std::size_t p = 0; p < s.ports.size(); ++p) {
                if (!ports.emplace(s.vrf, s.vip, s.ports[p].protocol, s.ports[p].port).second) {
                    return blame(fmt::format("{}.ports[{}]", path, p),
                                 fmt::format("{}:{} {} is served twice", s.vip.text(), s.ports[p].port,
                                             name_of(s.ports[p].protocol)));
                }
            }
            const auto pool = pools_.find(s.pool);
            if (pool == pools_.end()) {
                return blame(path + ".pool", fmt::format("no pool is named '{}'", s.pool));
            }
            if (!check_servers_of(s, path, *pool->second) || !check_full_proxy(s, path)) {
                return false;
            }
        }
        return true;
    }

    bool check_servers_of(const ServiceConfig& s, const std::string& path, const PoolConfig& pool) {
        for (const ServerConfig& server : pool.servers) {
            if (server.address.is_v4() != s.vip.is_v4()) {
                return blame(path + ".pool",
                             fmt::format("server '{}' of pool '{}' is of another address family", server.name,
                                         pool.name));
            }
            if (s.mode != Mode::l2_dsr) {
                continue;
            }
            if (connected(s.vrf, server.address) == nullptr) {
                return blame(
                    path + ".pool",
                    fmt::format("l2-dsr needs every server on a segment of the SE: {} ({}) is outside every "
                                "interface of VRF '{}'",
                                server.address.text(), server.name, s.vrf));
            }
        }
        if (s.mode == Mode::l2_dsr || s.mode == Mode::l3_dsr_ipip || s.mode == Mode::l3_dsr_gre) {
            for (std::size_t p = 0; p < s.ports.size(); ++p) {
                const ServicePort& port = s.ports[p];
                if (port.server_port != 0 && port.server_port != port.port) {
                    return blame(fmt::format("{}.ports[{}].server_port", path, p),
                                 fmt::format("{} leaves the packet untouched and cannot translate ports",
                                             name_of(s.mode)));
                }
            }
        }
        return true;
    }

    bool check_full_proxy(const ServiceConfig& s, const std::string& path) {
        for (std::size_t n = 0; n < s.snat.size(); ++n) {
            const std::string place = fmt::format("{}.snat[{}]", path, n);
            if (!is_host_address(s.snat[n]) || s.snat[n].is_v4() != s.vip.is_v4()) {
                return blame(place, fmt::format("{} cannot be a source address", s.snat[n].text()));
            }
            if (const auto owner = owners_.find({s.vrf, s.snat[n]}); owner != owners_.end()) {
                return blame(place, fmt::format("{} is already used by {}", s.snat[n].text(), owner->second));
            }
        }
        for (std::size_t n = 0; n < s.rules.size(); ++n) {
            const std::string& name = s.rules[n].pool;
            const auto pool = pools_.find(name);
            const std::string place = fmt::format("{}.rules[{}]", path, n);
            if (!name.empty() && pool == pools_.end()) {
                return blame(place + ".pool", fmt::format("no pool is named '{}'", name));
            }
            if (!name.empty() && !check_servers_of(s, place, *pool->second)) {
                return false;
            }
        }
        return true;
    }

    const EngineConfig& config_;
    std::string reason_;
    std::set<std::string> vrfs_;
    std::map<std::string, const PoolConfig*> pools_;
    std::map<std::pair<std::string, IpAddress>, std::string> owners_; // address in a VRF → path of its owner
};

} // namespace

Result<> check_config(const EngineConfig& config) {
    return ConfigCheck(config).run();
}

} // namespace fulcrum::engine
