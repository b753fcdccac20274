#include "capture/ladder/flow_log.h"

#include <algorithm>
#include <limits>

namespace fulcrum::capture {
namespace {

std::int64_t end_of(const FlowFact& flow) {
    return flow.last_ns == 0 ? std::numeric_limits<std::int64_t>::max() : flow.last_ns;
}

bool same_network(const FlowFact& a, const FlowFact& b) {
    return a.balancer == b.balancer && a.vrf == b.vrf;
}

bool has_network_of(const FlowLog::Lines& lines, const FlowFact& flow) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const FlowFact* other) { return same_network(*other, flow); });
}

// time <= limit + slack, where limit may be the end of time.
bool up_to(std::int64_t time_ns, std::int64_t limit_ns, std::int64_t slack_ns) {
    return time_ns - slack_ns <= limit_ns;
}

} // namespace

FlowLog::FlowLog(const std::vector<FlowFact>& flows) {
    for (const auto& flow : flows) {
        fronts_[{flow.client, flow.vip}].lines.push_back(&flow);
        backs_[{flow.source, flow.server}].lines.push_back(&flow);
    }
    for (auto* map : {&fronts_, &backs_}) {
        for (auto& [ends, entry] : *map) {
            std::stable_sort(entry.lines.begin(), entry.lines.end(),
                             [](const FlowFact* a, const FlowFact* b) { return end_of(*a) < end_of(*b); });
            Lines different;
            for (const auto* line : entry.lines) {
                if (!has_network_of(different, *line)) {
                    different.push_back(line);
                }
            }
            entry.networks = different.size();
        }
    }
}

const FlowLog::Entry& FlowLog::find(const Map& map, const Ends& ends) {
    static const Entry none;
    const auto found = map.find(ends);
    return found == map.end() ? none : found->second;
}

bool FlowLog::covers(const FlowFact& flow, bool is_udp, std::int64_t time_ns, std::int64_t slack_ns) {
    return flow.is_udp == is_udp && (flow.started_ns == 0 || time_ns + slack_ns >= flow.started_ns) &&
           up_to(time_ns, end_of(flow), slack_ns);
}

FlowLog::Lines FlowLog::turns(const Entry& connection, bool is_udp, std::int64_t time_ns,
                              std::int64_t early_ns, std::int64_t late_ns) {
    Lines turns, closed; // closed: of each network the line whose turn it was, or was to come
    const auto& lines = connection.lines;
    // From the first that had not ended by then: those before have nothing to say.
    auto at = std::partition_point(lines.begin(), lines.end(), [&](const FlowFact* flow) {
        return !up_to(time_ns, end_of(*flow), early_ns);
    });
    for (; at != lines.end() && closed.size() < connection.networks; ++at) {
        const auto& line = **at;
        if (line.is_udp != is_udp || has_network_of(closed, line)) {
            continue;
        }
        if (covers(line, is_udp, time_ns, early_ns)) {
            turns.push_back(&line);
        }
        if (end_of(line) - late_ns > time_ns) {
            closed.push_back(&line);
        }
    }
    return turns;
}

bool FlowLog::dedicated(const Ends& front, const Ends& back) const {
    const auto &ins = of_front(front), &outs = of_back(back);
    if (ins.networks != 1 || outs.networks != 1) {
        return false;
    }
    const auto started_ns = ins.lines.front()->started_ns;
    const auto names_both = [&](const FlowFact* flow) {
        return Ends{flow->client, flow->vip} == front && Ends{flow->source, flow->server} == back &&
               flow->started_ns == started_ns;
    };
    return std::all_of(ins.lines.begin(), ins.lines.end(), names_both) &&
           std::all_of(outs.lines.begin(), outs.lines.end(), names_both);
}

} // namespace fulcrum::capture
