#include "app/window/lab/rate_tracker.h"

#include <utility>

#include "app/window/qt_text.h"

namespace fulcrum::window {

using namespace designer;

double RateTracker::rate(const std::string& key, std::uint64_t value, double time_s) {
    const auto [at, is_new] = before_.try_emplace(key, Seen{value, time_s});
    const Seen seen = std::exchange(at->second, Seen{value, time_s});
    if (is_new || value < seen.value || time_s <= seen.time_s) {
        return 0;
    }
    return static_cast<double>(value - seen.value) / (time_s - seen.time_s);
}

void RateTracker::reset(const Document& drawing) {
    ends_.clear();
    servers_.clear();
    before_.clear();
    std::unordered_map<Id, const Node*> nodes;
    for (const Node& node : drawing.nodes) {
        nodes[node.id] = &node;
        if (node.kind == NodeKind::server) {
            servers_.push_back(node.name);
        }
    }
    std::unordered_map<Id, std::size_t>
        interfaces; // of each node so far: they are numbered in the order of links
    for (const Link& link : drawing.links) {
        for (const LinkEnd* end : {&link.a, &link.b}) {
            const std::size_t number = interfaces[end->node]++;
            const auto node = nodes.find(end->node);
            if (node != nodes.end() && node->second->kind != NodeKind::segment) {
                ends_.push_back(
                    {link.id, node->second->name + ":eth" + std::to_string(number), end == &link.a});
            }
        }
    }
}

Rates RateTracker::update(const LabSnapshot& now) {
    struct InterfaceRate {
        double rx_bps = 0, tx_bps = 0;
        bool up = false;
    };
    std::unordered_map<std::string, InterfaceRate> interfaces; // "node:eth0"
    std::unordered_map<std::string, double> node_bps;
    for (const netns::InterfaceStatus& status : now.interfaces) {
        const std::string key = status.node + ":" + status.interface;
        const InterfaceRate found{rate(key + " rx", status.rx_bytes, now.time_s) * 8,
                                  rate(key + " tx", status.tx_bytes, now.time_s) * 8, status.up};
        interfaces[key] = found;
        node_bps[status.node] += found.rx_bps + found.tx_bps;
    }

    Rates rates;
    std::unordered_map<Id, std::size_t>
        known; // both ends of a wire count the same bytes: the first one tells
    for (const CountedEnd& end : ends_) {
        const auto found = interfaces.find(end.interface);
        if (found == interfaces.end()) {
            continue;
        }
        const auto [entry, is_new] = known.try_emplace(end.link, rates.links.size());
        if (is_new) {
            const InterfaceRate& at = found->second;
            rates.links.emplace_back(end.link, LinkTraffic{.a_to_b_bps = end.is_a ? at.tx_bps : at.rx_bps,
                                                           .b_to_a_bps = end.is_a ? at.rx_bps : at.tx_bps});
        }
        LinkTraffic& traffic = rates.links[entry->second].second;
        traffic.up = traffic.up && found->second.up;
    }

    std::unordered_map<std::string, ServerRate> servers;
    for (const auto& [se, snapshot] : now.engines) {
        for (const engine::ServiceReport& service : snapshot.report.services) {
            for (const engine::ServerReport& server : service.servers) {
                ServerRate& sum = servers[server.name];
                sum.connections += server.connections;
                sum.active += server.active;
                sum.up = sum.up || server.up;
                if (sum.why.isEmpty() || server.up) {
                    sum.why = to_q(server.why);
                }
            }
        }
    }
    for (const std::string& name : servers_) {
        const auto found = servers.find(name);
        if (found == servers.end()) {
            continue; // in no pool
        }
        ServerRate server = found->second;
        server.name = to_q(name);
        server.connections_per_s = rate("connections " + name, server.connections, now.time_s);
        server.bits_per_s = node_bps[name];
        rates.servers.push_back(std::move(server));
    }
    for (const auto& [se, snapshot] : now.engines) {
        rates.engines.push_back(
            {.name = to_q(se),
             .cpu_percent = rate("cpu " + se, snapshot.report.cpu_us, now.time_s) / 1e6 * 100,
             .requests_per_s = rate("requests " + se, snapshot.report.proxy.requests, now.time_s)});
    }
    return rates;
}

} // namespace fulcrum::window
