#include "capture/ladder/ladder.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "capture/decode/application.h"
#include "capture/filter/packet_view.h"
#include "capture/ladder/flow_log.h"
#include "capture/ladder/join.h"

namespace fulcrum::capture {
namespace {

// What happened between two sightings of the same segments.
void mark_rewrites(std::vector<Sighting>& way) {
    for (std::size_t i = 1; i < way.size(); ++i) {
        const auto& before = way[i - 1];
        auto& now = way[i];
        const auto note = [&](std::string_view what, const std::string& a, const std::string& b) {
            if (a != b) {
                now.rewritten.push_back(fmt::format("{} {} → {}", what, a, b));
            }
        };
        note("source MAC", before.source_mac.text(), now.source_mac.text());
        note("destination MAC", before.destination_mac.text(), now.destination_mac.text());
        note("TTL", std::to_string(before.ttl), std::to_string(now.ttl));
        if (before.tunnel != now.tunnel) {
            now.rewritten.push_back(now.tunnel.empty() ? fmt::format("taken out of {}", before.tunnel)
                                    : before.tunnel.empty()
                                        ? fmt::format("put into {}", now.tunnel)
                                        : fmt::format("{} → {}", before.tunnel, now.tunnel));
        }
    }
}

std::set<std::string> fields_of(std::string_view head) {
    std::set<std::string> lines;
    auto at = head.find('\n');
    while (at != std::string_view::npos) {
        const auto end = std::min(head.find('\n', at + 1), head.size());
        auto line = head.substr(at + 1, end - at - 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            lines.emplace(line.substr(0, 200));
        }
        at = end == head.size() ? std::string_view::npos : end;
    }
    return lines;
}

std::vector<std::string> rewrites_between(const Transit& front, const Transit& back) {
    std::vector<std::string> notes;
    const auto note = [&](std::string_view what, const std::string& a, const std::string& b) {
        if (a != b) {
            notes.push_back(fmt::format("{} {} → {}", what, a, b));
        }
    };
    note("source", front.source.text(), back.source.text());
    note("destination", front.destination.text(), back.destination.text());
    if (front.is_udp) {
        return notes;
    }
    note("sequence number", std::to_string(front.sequence), std::to_string(back.sequence));
    const auto before = fields_of(front.head), after = fields_of(back.head);
    for (const auto& line : before) {
        if (!after.contains(line)) {
            notes.push_back(fmt::format("head without \"{}\"", line));
        }
    }
    for (const auto& line : after) {
        if (!before.contains(line)) {
            notes.push_back(fmt::format("head with \"{}\"", line));
        }
    }
    if (back.proxied_for) {
        notes.push_back(fmt::format("PROXY header for {}", back.proxied_for->text()));
    }
    return notes;
}

LadderLeg leg_of(const std::vector<Transit>& transits, const Transit& request) {
    LadderLeg leg;
    leg.source = request.source;
    leg.destination = request.destination;
    leg.request = request.sightings;
    leg.began_ns = request.began_ns;
    if (request.answer) {
        leg.answer = transits[*request.answer].sightings;
        leg.ended_ns = transits[*request.answer].ended_ns;
    }
    mark_rewrites(leg.request);
    mark_rewrites(leg.answer);
    return leg;
}

} // namespace

std::string Socket::text() const {
    return address.is_v4() ? fmt::format("{}:{}", address.text(), port)
                           : fmt::format("[{}]:{}", address.text(), port);
}

std::string_view name_of(Confidence confidence) {
    constexpr std::string_view names[] = {"certain", "likely", "possible"};
    return names[static_cast<std::size_t>(confidence)];
}

Ladder make_ladder(const std::vector<LadderFile>& files, const LadderOptions& options) {
    Ladder ladder;
    const auto transits = find_transits(files, options, ladder.left_out);
    const auto joins = join_transits(transits, options, files.size() > 1);
    std::vector<const TransitJoin*> next(transits.size());
    std::vector<bool> has_front(transits.size());
    for (const auto& join : joins) {
        next[join.from] = &join;
        has_front[join.to] = true;
    }
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < transits.size(); ++i) {
        if (!transits[i].response && !has_front[i]) {
            first.push_back(i);
        }
    }
    std::stable_sort(first.begin(), first.end(), [&](std::size_t a, std::size_t b) {
        return transits[a].began_ns < transits[b].began_ns;
    });

    const FlowLog log(options.flows);
    for (const auto begin : first) {
        if (ladder.requests.size() == options.max_requests) {
            ++ladder.left_out;
            continue;
        }
        LadderRequest request;
        const auto& front = transits[begin];
        request.is_http = front.is_http;
        request.is_udp = front.is_udp;
        request.carries_data = front.carries_data;
        if (front.dns_id) {
            request.method = "DNS";
            request.target = front.head;
        }
        if (front.is_http) {
            const auto start = http_start(front.head);
            request.method = start.method;
            request.target = start.uri;
            request.host = http_field(front.head, "Host").value_or("");
            request.status = front.answer ? http_start(transits[*front.answer].head).code : 0;
        }
        request.legs.push_back(leg_of(transits, front));
        for (auto at = begin; next[at] != nullptr && request.legs.size() < 16; at = next[at]->to) {
            const auto& join = *next[at];
            request.legs.push_back(leg_of(transits, transits[join.to]));
            request.joins.push_back({request.legs.size() - 2, request.legs.size() - 1, join.confidence,
                                     join.evidence,
                                     rewrites_between(transits[join.from], transits[join.to])});
            request.confidence = std::max(request.confidence, join.confidence);
            request.carries_data |= transits[join.to].carries_data;
            if (join.flow != nullptr) {
                request.balancer = join.flow->balancer;
                request.server = join.flow->server_name;
                request.why = join.flow->why;
            }
        }
        // In L2 and L3 DSR there is one leg, and the log still knows who answered.
        if (request.joins.empty()) {
            for (const auto* flow : log.of_front({front.source, front.destination}).lines) {
                if (FlowLog::covers(*flow, front.is_udp, front.began_ns, options.clock_slack_ns)) {
                    request.balancer = flow->balancer;
                    request.server = flow->server_name;
                    request.why = flow->why;
                    break;
                }
            }
        }
        ladder.requests.push_back(std::move(request));
    }
    return ladder;
}

void write_notes(const Ladder& ladder, const std::vector<LadderFile>& files, std::size_t file,
                 LabNotes& into) {
    into.request.assign(files[file].file->size(), 0);
    into.leg.assign(files[file].file->size(), 0);
    for (std::size_t r = 0; r < ladder.requests.size(); ++r) {
        const auto& legs = ladder.requests[r].legs;
        for (std::size_t l = 0; l < legs.size(); ++l) {
            for (const auto* way : {&legs[l].request, &legs[l].answer}) {
                for (const auto& seen : *way) {
                    if (seen.file == file) {
                        into.request[seen.packet] = static_cast<std::uint32_t>(r + 1);
                        into.leg[seen.packet] = static_cast<std::uint8_t>(l + 1);
                    }
                }
            }
        }
    }
}

} // namespace fulcrum::capture
