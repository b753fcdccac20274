// How a balancer takes a configuration, at the start and while flows live.
#include <algorithm>

#include "engine/balance/balancer.h"

namespace fulcrum::balance {

using engine::FlowState;

Balancer::Balancer(stack::IpStack& stack, const FlowHasher& hasher, Instant now)
    : stack_(stack), hasher_(hasher), paths_(stack), in_line_(make_in_line(paths_)),
      l2_dsr_(make_l2_dsr(paths_)), flows_(std::make_unique<FlowTable>(1, hasher)),
      timers_(std::make_unique<FlowTimers>(*flows_, now)) {}

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
        const auto named = [&s](const engine::PoolConfig& pool) { return pool.name == s.pool; };
        const auto pool = std::find_if(config.pools.begin(), config.pools.end(), named);
        service.pool = static_cast<std::uint32_t>(pool - config.pools.begin());
        service.vrf = stack_.find_vrf(s.vrf).value_or(stack::VrfId{});
        service.name = names_.intern(s.name);
        service.vrf_name = names_.intern(s.vrf);
        service.unavailable = unavailable(s);
        if (service.unavailable.empty()) {
            service.mode = s.mode == engine::Mode::in_line ? in_line_.get() : l2_dsr_.get();
        }
        service.tallies.resize(pool->servers.size());
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

void Balancer::carry_counters(const ServiceTable& old, const std::vector<ServerMoves>& moved) {
    for (Service& service : table_.services) {
        const auto same_name = [&service](const Service& s) { return s.config.name == service.config.name; };
        const auto before = std::find_if(old.services.begin(), old.services.end(), same_name);
        if (before == old.services.end()) {
            continue;
        }
        service.ended = before->ended;
        const bool same_pool =
            table_.pools[service.pool].config().name == old.pools[before->pool].config().name;
        const ServerMoves& where = moved[before->pool];
        for (std::size_t i = 0; i < before->tallies.size(); ++i) {
            const bool stays = same_pool && i < where.size() && where[i];
            Tally& into = stays ? service.tallies[*where[i]] : service.ended;
            into.connections += before->tallies[i].connections;
            into.bytes[0] += before->tallies[i].bytes[0];
            into.bytes[1] += before->tallies[i].bytes[1];
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
    const auto& servers = table_.pools[service.pool].servers();
    for (std::uint32_t i = 0; i < servers.size(); ++i) {
        if (servers[i].config.address.is_v4() &&
            servers[i].config.address.v4_value() == flow.server_address &&
            ServiceTable::server_port(servers[i], endpoint->port) == flow.server_port) {
            flow.service = endpoint->service;
            flow.server = i;
            return true;
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
            timers_->set(flow, std::max(now, Instant(Duration(flow.last_ns)) + timeout_of(flow)));
            continue;
        }
        // The record of its end carries the names of the configuration it belonged to.
        flow.state = before.is_over() ? before.state : FlowState::closed;
        std::swap(table_, old);
        log_.append(log_record(flow));
        std::swap(table_, old);
        timers_->clear(flow);
        flows_->erase(flow);
    }
}

void Balancer::resize_flows(std::uint32_t max_flows, Instant now) {
    while (flows_->size() > max_flows) {
        end(flows_->at(flows_->oldest()), FlowState::closed);
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
        timers->set(to, std::max(now, Instant(Duration(to.last_ns)) + timeout_of(to)));
    }
    timers_ = std::move(timers);
    flows_ = std::move(flows);
}

} // namespace fulcrum::balance
