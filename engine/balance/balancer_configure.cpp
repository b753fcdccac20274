// How a balancer takes a configuration, at the start and while flows live.
#include <algorithm>

#include "engine/balance/balancer.h"

namespace fulcrum::balance {

using engine::FlowState;

Balancer::Balancer(stack::IpStack& stack, const FlowHasher& hasher, Instant now)
    : stack_(stack), hasher_(hasher), paths_(stack), in_line_(make_in_line(paths_)),
      l2_dsr_(make_l2_dsr(paths_)), l3_dsr_ipip_(make_l3_dsr(paths_, Tunnel::ipip)),
      l3_dsr_gre_(make_l3_dsr(paths_, Tunnel::gre)), full_proxy_udp_(make_full_proxy_udp(paths_)),
      source_ports_(hasher.secret_b), client_limits_(hasher), flows_(std::make_unique<FlowTable>(1, hasher)),
      timers_(std::make_unique<FlowTimers>(*flows_, now)) {}

const ModeHandler* Balancer::handler_of(engine::Mode mode) const {
    switch (mode) {
    case engine::Mode::in_line:
        return in_line_.get();
    case engine::Mode::l2_dsr:
        return l2_dsr_.get();
    case engine::Mode::full_proxy:
        return full_proxy_udp_.get();
    case engine::Mode::l3_dsr_ipip:
        return l3_dsr_ipip_.get();
    case engine::Mode::l3_dsr_gre:
        return l3_dsr_gre_.get();
    }
    return nullptr;
}

ServiceTable Balancer::build(const engine::EngineConfig& config) {
    ServiceTable out;
    for (const engine::PoolConfig& pool : config.pools) {
        out.pools.emplace_back(pool, hasher_);
        auto& names = out.server_names.emplace_back();
        for (const engine::ServerConfig& server : pool.servers) {
            names.push_back(names_.intern(server.name));
        }
    }
    for (const engine::ServiceConfig& s : config.services) {
        Service service{.config = s};
        const auto use_pool = [&](const std::string& name) {
            std::uint32_t index = 0; // the configuration has been checked: the name is there
            while (config.pools[index].name != name) {
                ++index;
            }
            const auto same = [index](const PoolUse& use) { return use.pool == index; };
            if (std::none_of(service.uses.begin(), service.uses.end(), same)) {
                service.uses.push_back({index, std::vector<Tally>(config.pools[index].servers.size())});
            }
        };
        use_pool(s.pool);
        for (const engine::ContentRule& rule : s.rules) {
            if (!rule.pool.empty()) {
                use_pool(rule.pool);
            }
        }
        service.vrf = stack_.find_vrf(s.vrf).value_or(stack::VrfId{});
        service.name = names_.intern(s.name);
        service.vrf_name = names_.intern(s.vrf);
        service.unavailable = unavailable(s);
        if (service.unavailable.empty()) {
            service.mode = handler_of(s.mode);
        }
        const auto index = static_cast<std::uint32_t>(out.services.size());
        if (s.enabled && s.vip.is_v4()) {
            Vip& vip =
                out.vips.try_emplace(ServiceTable::key_of(service.vrf, s.vip.v4_value()), Vip{index, {}})
                    .first->second;
            for (const engine::ServicePort& port : s.ports) {
                vip.endpoints.push_back({index, port});
            }
        }
        out.services.push_back(std::move(service));
    }
    return out;
}

void Balancer::configure(const engine::EngineConfig& config, Instant now) {
    paths_.invalidate();
    role_ = config.role;
    auto_gateway_ = config.auto_gateway;
    source_ports_.set_range(config.source_ports);
    ServiceTable old = std::move(table_);
    table_ = build(config);

    std::vector<ServerMoves> moved(old.pools.size()); // by old pool
    for (std::size_t was = 0; was < old.pools.size(); ++was) {
        for (Pool& pool : table_.pools) {
            if (pool.config().name == old.pools[was].config().name) {
                moved[was] = pool.succeed(old.pools[was]);
            }
        }
    }
    carry_counters(old, moved);
    carry_flows(old, now);
    carry_limits(old);
    if (config.max_flows != flows_->max_flows()) {
        resize_flows(config.max_flows, now);
    }

    routed_vrfs_.clear();
    for (const Service& service : table_.services) {
        if (service.config.enabled && service.mode != nullptr && service.mode->routes_transit()) {
            routed_vrfs_.resize(
                std::max<std::size_t>(routed_vrfs_.size(), service.vrf.value + std::size_t{1}), false);
            routed_vrfs_[service.vrf.value] = true;
        }
    }
}

// What a service was before: the one of its name, or, when it has a name that is new, the one whose name is
// gone and whose VIP and first port it has.
const Service* Balancer::predecessor_of(const Service& service, const ServiceTable& old) const {
    const auto named = [](const ServiceTable& table, std::uint32_t name) {
        const auto found = std::find_if(table.services.begin(), table.services.end(),
                                        [name](const Service& s) { return s.name == name; });
        return found == table.services.end() ? nullptr : &*found;
    };
    if (const Service* same = named(old, service.name)) {
        return same;
    }
    const Vip* vip = service.config.vip.is_v4() && !service.config.ports.empty()
                         ? old.find_vip(service.vrf, service.config.vip.v4_value())
                         : nullptr;
    const Endpoint* endpoint = nullptr;
    if (vip != nullptr) {
        const engine::ServicePort& port = service.config.ports.front();
        endpoint = vip->find(static_cast<std::uint8_t>(port.protocol), port.port);
    }
    if (endpoint == nullptr || named(table_, old.services[endpoint->service].name) != nullptr) {
        return nullptr;
    }
    return &old.services[endpoint->service];
}

// After carry_flows: the flows that are left belong to services of the new table.
void Balancer::carry_limits(const ServiceTable& old) {
    for (const Service& service : table_.services) {
        const Service* before = predecessor_of(service, old);
        if (before != nullptr && before->name != service.name) {
            client_limits_.rename(before->name, service.name);
        }
    }
    client_limits_.forget_active();
    for (std::uint32_t index = flows_->newest(); index != no_flow_index; index = flows_->at(index).older) {
        const FlowRecord& flow = flows_->at(index);
        const Service& service = table_.services[flow.service];
        if (ClientLimits::apply(service.config.limits)) {
            client_limits_.count_again(service.name, flow.keys[0].source);
        }
    }
}

void Balancer::carry_counters(const ServiceTable& old, const std::vector<ServerMoves>& moved) {
    for (Service& service : table_.services) {
        const Service* before = predecessor_of(service, old);
        if (before == nullptr) {
            continue;
        }
        service.ended = before->ended;
        for (const PoolUse& was : before->uses) {
            const std::string& name = old.pools[was.pool].config().name;
            const auto same_pool = [&](const PoolUse& use) {
                return table_.pools[use.pool].config().name == name;
            };
            const auto use = std::find_if(service.uses.begin(), service.uses.end(), same_pool);
            const ServerMoves& where = moved[was.pool];
            for (std::size_t i = 0; i < was.tallies.size(); ++i) {
                const bool stays = use != service.uses.end() && i < where.size() && where[i];
                Tally& into = stays ? use->tallies[*where[i]] : service.ended;
                into.connections += was.tallies[i].connections;
                into.bytes[0] += was.tallies[i].bytes[0];
                into.bytes[1] += was.tallies[i].bytes[1];
            }
        }
    }
}

bool Balancer::adopt_into_new(FlowRecord& flow) {
    const FlowKey& in = flow.keys[0];
    const Vip* vip = table_.find_vip(stack::VrfId{in.vrf}, in.destination);
    const Endpoint* endpoint = vip == nullptr ? nullptr : vip->find(in.protocol, in.destination_port);
    if (endpoint == nullptr) {
        return false;
    }
    const Service& service = table_.services[endpoint->service];
    if (service.mode == nullptr || service.config.mode != flow.mode) {
        return false;
    }
    if (!flow.has_server()) {
        flow.service = endpoint->service;
        return true;
    }
    for (std::uint16_t use = 0; use < service.uses.size(); ++use) {
        const auto& servers = table_.pools[service.uses[use].pool].servers();
        for (std::uint32_t i = 0; i < servers.size(); ++i) {
            if (servers[i].config.address.is_v4() &&
                servers[i].config.address.v4_value() == flow.server_address &&
                ServiceTable::server_port(servers[i], endpoint->port) == flow.server_port) {
                flow.service = endpoint->service;
                flow.use = use;
                flow.server = i;
                return true;
            }
        }
    }
    return false;
}

void Balancer::carry_flows(ServiceTable& old, Instant now) {
    for (Pool& pool : table_.pools) {
        for (Server& server : pool.servers()) {
            server.active = 0; // counted anew below
        }
    }
    for (std::uint32_t index = flows_->newest(); index != no_flow_index;) {
        FlowRecord& flow = flows_->at(index);
        index = flow.older;
        const FlowRecord before = flow;
        if (adopt_into_new(flow)) {
            if (!flow.is_over()) {
                count_active(flow, 1);
            }
            if (flow.session == no_session) {
                timers_->set(flow, std::max(now, Instant(Duration(flow.last_ns)) + timeout_of(flow)));
            }
            continue;
        }
        flow = before;
        // The record of its end carries the names of the configuration it belonged to.
        std::swap(table_, old);
        if (flow.session != no_session) {
            taker_->flow_ended(flow, now);
        }
        flow.state = before.is_over() ? before.state : FlowState::closed;
        log_.append(log_record(flow));
        forget(flow);
        std::swap(table_, old);
    }
}

void Balancer::resize_flows(std::uint32_t max_flows, Instant now) {
    while (flows_->size() > max_flows) {
        FlowRecord& flow = flows_->at(flows_->oldest());
        if (flow.session != no_session) {
            taker_->flow_ended(flow, now);
        }
        end(flow, FlowState::closed);
    }
    auto flows = std::make_unique<FlowTable>(max_flows, hasher_);
    auto timers = std::make_unique<FlowTimers>(*flows, now);
    for (std::uint32_t index = flows_->oldest(); index != no_flow_index; index = flows_->at(index).newer) {
        const FlowRecord& from = flows_->at(index);
        FlowRecord& to = *flows->insert(from.keys[0], from.keys[1]).flow;
        const std::uint32_t older = to.older;
        to = from;
        to.older = older;
        to.newer = to.timer_next = to.timer_prev = to.timer_slot = no_flow_index;
        if (to.session != no_session) {
            taker_->flow_moved(to, flows->index_of(to));
        } else {
            timers->set(to, std::max(now, Instant(Duration(to.last_ns)) + timeout_of(to)));
        }
    }
    timers_ = std::move(timers);
    flows_ = std::move(flows);
}

} // namespace fulcrum::balance
