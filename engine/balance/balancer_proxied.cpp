// Flows whose connections end in this engine: their records, servers, source addresses and ports.
#include <algorithm>

#include "engine/balance/balancer.h"

namespace fulcrum::balance {

using engine::FlowState;
using wire::DropReason;

const Endpoint* Balancer::endpoint_of(const FlowRecord& flow) const {
    const FlowKey& in = flow.keys[0];
    const Vip* vip = table_.find_vip(stack::VrfId{in.vrf}, in.destination);
    return vip == nullptr ? nullptr : vip->find(in.protocol, in.destination_port);
}

Balancer::Admission Balancer::may_begin(const Endpoint& endpoint, std::uint32_t client, Instant now) {
    const Service& service = table_.services[endpoint.service];
    const engine::LimitsConfig& limits = service.config.limits;
    if (limits.service_connections != 0 && service.active >= limits.service_connections) {
        return Admission::limit;
    }
    if (ClientLimits::apply(limits) && !client_limits_.may_begin(limits, service.name, client, now)) {
        return Admission::limit;
    }
    const auto has_server = [this](const PoolUse& use) {
        const auto& servers = table_.pools[use.pool].servers();
        return std::any_of(servers.begin(), servers.end(), [](const Server& s) { return s.accepts(); });
    };
    return std::any_of(service.uses.begin(), service.uses.end(), has_server)
               ? Admission::yes
               : admission_without_server(service);
}

Balancer::Admission Balancer::admission_without_server(const Service& service) const {
    const auto may_come_up = [this](const PoolUse& use) {
        const auto& servers = table_.pools[use.pool].servers();
        return std::any_of(servers.begin(), servers.end(),
                           [](const Server& s) { return !s.judged && s.config.enabled && !s.config.drain; });
    };
    return std::any_of(service.uses.begin(), service.uses.end(), may_come_up) ? Admission::unknown
                                                                              : Admission::no_server;
}

FlowRecord* Balancer::begin_proxied(const stack::Packet& packet, const FlowKey& in, const Endpoint& endpoint,
                                    Instant now) {
    Service& service = table_.services[endpoint.service];
    if (may_begin(endpoint, in.source, now) == Admission::limit) { // a cookie's handshake took nothing
        drop(DropReason::limit);
        return nullptr;
    }
    const auto inserted = flows_->insert(in, FlowKey{});
    if (inserted.flow == nullptr) {
        drop(inserted.refusal == FlowTable::Refusal::full ? DropReason::flow_table_full
                                                          : DropReason::port_conflict);
        return nullptr;
    }
    FlowRecord& flow = *inserted.flow;
    flow.id = next_flow_id_++;
    flow.service = endpoint.service;
    flow.server = no_server;
    flow.mode = engine::Mode::full_proxy;
    flow.state = FlowState::opening;
    flow.started_ns = now.time_since_epoch().count();
    note_packet(packet, flow, Direction::in, now);
    count_active(flow, 1);
    if (ClientLimits::apply(service.config.limits)) {
        client_limits_.begin(service.config.limits, service.name, in.source, now);
    }
    return &flow;
}

tl::expected<FlowKey, DropReason> Balancer::source_for(const Service& service, const FlowKey& in,
                                                       std::uint32_t server, std::uint16_t server_port) {
    FlowKey out{server, 0, server_port, 0, in.protocol, 0, in.vrf};
    const auto try_source = [&](std::uint32_t source) {
        out.destination = source;
        const auto port = source_ports_.take(out, [&](std::uint16_t candidate) {
            out.destination_port = candidate;
            return !flows_->contains(out) && (in.protocol != wire::protocol_tcp || !taker_->holds(out));
        });
        out.destination_port = port.value_or(0);
        return port.has_value();
    };
    const auto hop = stack_.route(stack::VrfId{in.vrf}, IpAddress::v4(server), server);
    if (!hop) {
        return wire::drop(DropReason::no_route);
    }
    if (service.config.snat.empty()) {
        const auto own = stack_.source_address(*hop);
        if (!own) { // the interface that leads there has no address of ours
            return wire::drop(DropReason::no_route);
        }
        if (!try_source(own->v4_value())) {
            return wire::drop(DropReason::ports_exhausted);
        }
        return out;
    }
    const std::size_t count = service.config.snat.size();
    const std::uint32_t first = next_source_++;
    for (std::size_t i = 0; i < count; ++i) {
        if (try_source(service.config.snat[(first + i) % count].v4_value())) {
            return out;
        }
    }
    return wire::drop(DropReason::ports_exhausted);
}

bool Balancer::bind(FlowRecord& flow, const Wish& wish, Instant now) {
    const Endpoint* endpoint = endpoint_of(flow);
    if (endpoint == nullptr) {
        drop(DropReason::closed_port);
        return false;
    }
    const Service& service = table_.services[flow.service];
    Pool& pool = table_.pools[service.uses[wish.use].pool];
    const auto& servers = pool.servers();
    std::optional<Pick> pick;
    if (wish.server && *wish.server < servers.size() && servers[*wish.server].accepts()) {
        pick = Pick{*wish.server, PickReason::cookie, 0};
    } else if (!wish.another) {
        pick = pool.pick(flow.keys[0], now);
    }
    // From the chosen one on, or from behind the one that failed: a server whose ports are all taken makes
    // room for the next, because SPEC M12 counts every server endpoint. The one that failed comes last: when
    // nobody else is there, a lost SYN or two must not cost the client its connection.
    const std::uint32_t first = pick ? pick->server : flow.has_server() ? flow.server + 1 : 0;
    DropReason reason = DropReason::no_server; // a server that is up and has no ports left says more
    for (std::uint32_t i = 0; i < servers.size() && (pick || wish.another); ++i) {
        const auto index = static_cast<std::uint32_t>((first + i) % servers.size());
        if (!servers[index].accepts()) {
            continue;
        }
        const std::uint32_t address = servers[index].config.address.v4_value();
        const std::uint16_t port = ServiceTable::server_port(servers[index], endpoint->port);
        const auto idle =
            wish.reuse ? taker_->find_idle(service, address, port, flow.keys[0].vrf) : std::nullopt;
        const auto out = idle ? tl::expected<FlowKey, DropReason>(*idle)
                              : source_for(service, flow.keys[0], address, port);
        if (!out) {
            reason = reason == DropReason::ports_exhausted ? reason : out.error();
            continue;
        }
        const bool chosen = pick && index == pick->server;
        if (flow.has_server()) {
            unbind(flow, FlowState::reset, false);
        }
        if (!chosen) {
            pool.correct(flow.keys[0], index, now);
        }
        attach(flow, wish.use, chosen ? *pick : Pick{index, PickReason::second_choice, 0}, *out, now);
        return true;
    }
    drop(reason);
    return false;
}

std::optional<std::uint16_t> Balancer::find_use(const FlowRecord& flow, std::string_view pool) const {
    const auto& uses = table_.services[flow.service].uses;
    for (std::uint16_t i = 0; i < uses.size(); ++i) {
        if (table_.pools[uses[i].pool].config().name == pool) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> Balancer::find_server(const FlowRecord& flow, std::uint16_t use,
                                                   std::string_view name) const {
    const auto& servers = table_.pools[table_.services[flow.service].uses[use].pool].servers();
    for (std::uint32_t i = 0; i < servers.size(); ++i) {
        if (servers[i].config.name == name) {
            return i;
        }
    }
    return std::nullopt;
}

void Balancer::attach(FlowRecord& flow, std::uint16_t use, const Pick& pick, const FlowKey& out,
                      Instant now) {
    flow.use = use;
    flow.server = pick.server;
    flow.reason = pick.reason;
    flow.pick_value = pick.value;
    flow.server_address = out.source;
    flow.server_port = out.source_port;
    flow.hops[0] = FlowHop{};
    flows_->set_return_key(flow, out);
    table_.services[flow.service].active -= 1; // counted again with its server
    count_active(flow, 1);
    ++tally_of(flow).connections;
    flow.last_ns = now.time_since_epoch().count();
    log_.append(log_record(flow));
}

FlowKey Balancer::unbind(FlowRecord& flow, FlowState state, bool keep_port) {
    const FlowKey out = flow.keys[1];
    FlowLogRecord record = log_record(flow);
    record.state = state;
    log_.append(record);
    count_active(flow, -1);
    table_.services[flow.service].active += 1; // it goes on without a server
    flows_->set_return_key(flow, FlowKey{});
    flow.server = no_server;
    flow.id = next_flow_id_++; // what follows is another exchange
    flow.packets[0] = flow.packets[1] = flow.bytes[0] = flow.bytes[1] = 0;
    if (!keep_port) {
        give_back_port(out);
    }
    return out;
}

void Balancer::set_state(FlowRecord& flow, FlowState state) {
    flow.state = state;
}

} // namespace fulcrum::balance
