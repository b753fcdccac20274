#include "app/window/lab/rate_tracker.h"

#include <algorithm>

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

Rates RateTracker::update(const Document& drawing, const LabSnapshot& now) {
    struct InterfaceRate {
        double rx_bps = 0, tx_bps = 0;
        bool up = false;
    };
    std::map<std::string, InterfaceRate> interfaces; // "node:eth0"
    std::map<std::string, double> node_bps;
    for (const netns::InterfaceStatus& status : now.interfaces) {
        const std::string key = status.node + ":" + status.interface;
        const InterfaceRate found{rate(key + " rx", status.rx_bytes, now.time_s) * 8,
                                  rate(key + " tx", status.tx_bytes, now.time_s) * 8, status.up};
        interfaces[key] = found;
        node_bps[status.node] += found.rx_bps + found.tx_bps;
    }

    Rates rates;
    std::map<Id, LinkTraffic> traffic;
    for (const Node& node : drawing.nodes) {
        if (node.kind == NodeKind::segment) {
            continue;
        }
        for (const Attached& at : links_of(drawing, node.id)) {
            const auto found = interfaces.find(node.name + ":eth" + std::to_string(at.index));
            if (found == interfaces.end()) {
                continue;
            }
            const bool first_end = at.near == &at.link->a;
            const auto [entry, is_new] = traffic.try_emplace(at.link->id);
            LinkTraffic& link = entry->second;
            if (is_new) { // the other end of a wire counts the same bytes
                link.a_to_b_bps = first_end ? found->second.tx_bps : found->second.rx_bps;
                link.b_to_a_bps = first_end ? found->second.rx_bps : found->second.tx_bps;
            }
            link.up = link.up && found->second.up;
        }
    }
    rates.links.assign(traffic.begin(), traffic.end());

    std::map<std::string, ServerRate> servers;
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
    for (const Node& node : drawing.nodes) {
        const auto found = servers.find(node.name);
        if (node.kind != NodeKind::server || found == servers.end()) {
            continue;
        }
        ServerRate server = found->second;
        server.name = to_q(node.name);
        server.connections_per_s = rate("connections " + node.name, server.connections, now.time_s);
        server.bits_per_s = node_bps[node.name];
        rates.servers.push_back(std::move(server));
    }
    return rates;
}

} // namespace fulcrum::window
