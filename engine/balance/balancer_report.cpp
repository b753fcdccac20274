// What a balancer tells of itself.
#include "engine/balance/balancer.h"

namespace fulcrum::balance {

namespace {

std::uint64_t wall_time(std::int64_t monotonic_ns, std::int64_t wall_ns) {
    return static_cast<std::uint64_t>(monotonic_ns + wall_ns);
}

engine::FlowReport report_of(const FlowLogRecord& r, const NameTable& names, std::int64_t wall_ns) {
    engine::FlowReport out;
    out.id = r.id;
    out.service = names.text(r.service_name);
    out.vrf = names.text(r.vrf_name);
    out.server = names.text(r.server_name);
    out.why = explain(r.reason, r.pick_value);
    out.mode = r.mode;
    out.protocol = r.protocol;
    out.state = r.state;
    out.client = IpAddress::v4(r.client);
    out.client_port = r.client_port;
    out.source = IpAddress::v4(r.source);
    out.source_port = r.source_port;
    out.vip = IpAddress::v4(r.vip);
    out.vip_port = r.vip_port;
    out.server_address = IpAddress::v4(r.server_address);
    out.server_port = r.server_port;
    out.client_mac = r.client_mac;
    out.server_mac = r.server_mac;
    out.packets_in = r.packets[0];
    out.bytes_in = r.bytes[0];
    out.packets_out = r.packets[1];
    out.bytes_out = r.bytes[1];
    out.started_ns = wall_time(r.started_ns, wall_ns);
    out.last_ns = wall_time(r.last_ns, wall_ns);
    return out;
}

} // namespace

FlowLogRecord Balancer::log_record(const FlowRecord& flow) const {
    const Service& service = table_.services[flow.service];
    const bool keeps_client = flow.mode != engine::Mode::full_proxy; // in-line and DSR
    const FlowKey& in = flow.keys[0];
    const FlowKey& out = flow.keys[1];
    return {.id = flow.id,
            .started_ns = flow.started_ns,
            .last_ns = flow.last_ns,
            .packets = {flow.packets[0], flow.packets[1]},
            .bytes = {flow.bytes[0], flow.bytes[1]},
            .client = in.source,
            .vip = in.destination,
            .server_address = flow.server_address,
            .source = keeps_client ? in.source : out.destination,
            .pick_value = flow.pick_value,
            .service_name = service.name,
            .vrf_name = service.vrf_name,
            .server_name =
                flow.has_server() ? table_.server_names[service.uses[flow.use].pool][flow.server] : unnamed_,
            .client_port = in.source_port,
            .vip_port = in.destination_port,
            .server_port = flow.server_port,
            .source_port = keeps_client ? in.source_port : out.destination_port,
            .client_mac = flow.client_mac,
            .server_mac = flow.hops[0].destination,
            .protocol = flow.protocol(),
            .mode = flow.mode,
            .state = flow.state,
            .reason = flow.reason};
}

std::vector<engine::FlowReport> Balancer::flows(std::size_t limit, std::int64_t wall_ns) const {
    std::vector<engine::FlowReport> out;
    for (std::uint32_t i = flows_->newest(); i != no_flow_index && out.size() < limit;
         i = flows_->at(i).older) {
        out.push_back(report_of(log_record(flows_->at(i)), names_, wall_ns));
    }
    return out;
}

std::vector<engine::FlowReport> Balancer::flow_log(std::uint64_t& cursor, std::size_t limit,
                                                   std::int64_t wall_ns) {
    std::vector<engine::FlowReport> out;
    for (const FlowLogRecord& record : log_.read(cursor, limit)) {
        out.push_back(report_of(record, names_, wall_ns));
    }
    return out;
}

void Balancer::report(engine::EngineReport& out) const {
    out.flows = flows_->size();
    out.max_flows = flows_->max_flows();
    out.flow_bytes = FlowTable::bytes_per_flow;
    out.flow_log_lost = log_.lost();
    for (const Service& service : table_.services) {
        engine::ServiceReport& s = out.services.emplace_back();
        s.name = service.config.name;
        s.vrf = service.config.vrf;
        s.vip = service.config.vip;
        s.port = service.config.ports.front().port;
        s.mode = service.config.mode;
        s.placed = role_ == engine::Role::active && service.config.enabled && service.mode != nullptr;
        s.connections = service.ended.connections;
        s.bytes_in = service.ended.bytes[0];
        s.bytes_out = service.ended.bytes[1];
        for (const PoolUse& use : service.uses) {
            const auto& servers = table_.pools[use.pool].servers();
            for (std::size_t i = 0; i < servers.size(); ++i) {
                const Tally& tally = use.tallies[i];
                engine::ServerReport& r = s.servers.emplace_back();
                r.name = servers[i].config.name;
                r.address = servers[i].config.address;
                r.port = ServiceTable::server_port(servers[i], service.config.ports.front());
                r.up = servers[i].up;
                r.draining = servers[i].config.drain;
                r.why = service.unavailable;
                r.connections = tally.connections;
                r.active = tally.active;
                r.bytes_in = tally.bytes[0];
                r.bytes_out = tally.bytes[1];
                s.connections += tally.connections;
                s.active += tally.active;
                s.bytes_in += tally.bytes[0];
                s.bytes_out += tally.bytes[1];
            }
        }
    }
}

} // namespace fulcrum::balance
