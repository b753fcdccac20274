#include "capture/ladder/join.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <unordered_map>

#include "capture/decode/application.h"

namespace fulcrum::capture {
namespace {

// Between taps of one machine time stamps are of one clock, but rings are read one after the other.
constexpr std::int64_t one_clock_slack_ns = 200'000;

// From the strongest evidence to the weakest: what one rule has joined the next does not look at.
class Joiner {
public:
    Joiner(const std::vector<Transit>& transits, const LadderOptions& options, bool several_files)
        : transits_(transits), options_(options),
          slack_ns_(several_files ? options.clock_slack_ns : one_clock_slack_ns), has_back_(transits.size()),
          front_of_(transits.size()) {
        for (std::size_t i = 0; i < transits.size(); ++i) {
            if (!transits[i].response) {
                requests_.push_back(i);
                by_content_[transits[i].content].push_back(i);
                by_ends_[{transits[i].source, transits[i].destination}].push_back(i);
            }
        }
        std::stable_sort(requests_.begin(), requests_.end(), [&](std::size_t a, std::size_t b) {
            return transits[a].began_ns < transits[b].began_ns;
        });
        for (const auto& flow : options.flows) {
            flows_[{flow.client, flow.vip}].push_back(&flow);
        }
    }

    std::vector<TransitJoin> run() {
        by_same_segment();
        by_flow_log();
        by_proxy_header();
        by_content();
        return std::move(joins_);
    }

private:
    void join(std::size_t from, std::size_t to, Confidence confidence, std::vector<std::string> evidence,
              const FlowFact* flow = nullptr) {
        if (transits_[from].repeated || transits_[to].repeated) {
            // One that was lost on the way shifts all behind it.
            evidence.emplace_back("the same datagram was sent more than once: taken in their order");
            confidence = std::max(confidence, Confidence::likely);
        }
        has_back_[from] = true;
        front_of_[to] = from;
        joins_.push_back({from, to, confidence, std::move(evidence), flow});
    }

    bool may_follow(std::size_t from, std::size_t to) const {
        const auto &a = transits_[from], &b = transits_[to];
        return !has_back_[from] && !front_of_[to] && a.is_http == b.is_http && a.is_udp == b.is_udp &&
               b.began_ns + slack_ns_ >= a.began_ns && !is_behind(from, to);
    }
    // A proxy is quicker than clocks are exact: what stands in front of `leg`, or is it, cannot follow it.
    bool is_behind(std::size_t leg, std::size_t front) const {
        for (std::optional<std::size_t> at = leg; at; at = front_of_[*at]) {
            if (*at == front) {
                return true;
            }
        }
        return false;
    }
    // The request behind begins and ends inside the one in front.
    bool is_nested(std::size_t from, std::size_t to) const {
        const auto &a = transits_[from], &b = transits_[to];
        const bool both_end = a.answer && b.answer;
        return !both_end || b.ended_ns <= a.ended_ns + slack_ns_ || b.began_ns <= a.ended_ns;
    }
    // Both pass one node; where nodes are not known, everything may.
    bool shares_node(std::size_t from, std::size_t to, std::string* which = nullptr) const {
        bool known = false;
        for (const auto& a : transits_[from].sightings) {
            for (const auto& b : transits_[to].sightings) {
                if (a.node.empty() || b.node.empty()) {
                    continue;
                }
                known = true;
                if (a.node == b.node && a.direction != Direction::out && b.direction != Direction::in) {
                    if (which != nullptr) {
                        *which = a.node;
                    }
                    return true;
                }
            }
        }
        return !known;
    }
    const FlowFact* flow_of(const Transit& front) const {
        const auto found = flows_.find({front.source, front.destination});
        if (found == flows_.end()) {
            return nullptr;
        }
        for (const auto* flow : found->second) {
            if (flow->is_udp == front.is_udp &&
                (flow->started_ns == 0 || front.began_ns + options_.clock_slack_ns >= flow->started_ns) &&
                (flow->last_ns == 0 || front.began_ns <= flow->last_ns + options_.clock_slack_ns)) {
                return flow;
            }
        }
        return nullptr;
    }

    // In-line: the same segment with another destination. Thirty-two bits of sequence number, the client's
    // own port and the same bytes: another connection does not have all of them.
    void by_same_segment() {
        std::map<std::tuple<Socket, std::uint32_t, std::uint64_t, bool>, std::vector<std::size_t>> same;
        for (const auto i : requests_) {
            const auto& one = transits_[i];
            same[{one.source, one.sequence, one.exact, one.is_udp}].push_back(i);
        }
        for (auto& [key, members] : same) {
            // The way is known without clocks: each router takes one off the TTL.
            std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
                return transits_[a].sightings.front().ttl > transits_[b].sightings.front().ttl;
            });
            for (std::size_t n = 1; n < members.size(); ++n) {
                const auto from = members[n - 1], to = members[n];
                if (!may_follow(from, to)) {
                    continue;
                }
                const bool is_udp = transits_[from].is_udp;
                std::vector<std::string> evidence{
                    is_udp ? "the same source address and port, and the same bytes"
                           : "the same source address and port, sequence number and bytes"};
                const auto* flow = flow_of(transits_[from]);
                const bool logged = flow != nullptr && flow->server == transits_[to].destination;
                // A datagram has no sequence number: its sender may well have sent it to both.
                if (is_udp && !logged &&
                    transits_[from].sightings.front().ttl <= transits_[to].sightings.front().ttl) {
                    continue;
                }
                if (logged) {
                    evidence.emplace_back("the flow log names this server");
                }
                join(from, to, is_udp && !logged ? Confidence::likely : Confidence::certain,
                     std::move(evidence), logged ? flow : nullptr);
            }
        }
    }

    // Full proxy: the log says which socket of the balancer works for which client.
    void by_flow_log() {
        for (const auto from : requests_) {
            const auto* flow = has_back_[from] ? nullptr : flow_of(transits_[from]);
            if (flow == nullptr) {
                continue;
            }
            const auto back = by_ends_.find({flow->source, flow->server});
            if (back == by_ends_.end()) {
                continue;
            }
            std::vector<std::size_t> able;
            for (const auto to : back->second) {
                if (may_follow(from, to) && transits_[to].content == transits_[from].content &&
                    is_nested(from, to)) {
                    able.push_back(to);
                }
            }
            if (able.empty()) {
                continue;
            }
            // Several of the same on one connection keep their order.
            const auto to = *std::min_element(able.begin(), able.end(), [&](std::size_t a, std::size_t b) {
                return transits_[a].began_ns < transits_[b].began_ns;
            });
            std::vector<std::string> evidence{
                fmt::format("the flow log joins {} and {}", flow->client.text(), flow->source.text())};
            if (transits_[from].is_http) {
                evidence.emplace_back("the same request, in its turn");
            } else if (transits_[from].is_udp) {
                evidence.emplace_back("the same bytes");
            }
            join(from, to, Confidence::certain, std::move(evidence), flow);
        }
    }

    void by_proxy_header() {
        for (const auto to : requests_) {
            if (!transits_[to].proxied_for || front_of_[to]) {
                continue;
            }
            std::optional<std::size_t> best;
            for (const auto from : by_content_[transits_[to].content]) {
                if (transits_[from].source == *transits_[to].proxied_for && may_follow(from, to) &&
                    is_nested(from, to) && (!best || transits_[from].began_ns < transits_[*best].began_ns)) {
                    best = from;
                }
            }
            if (best) {
                join(*best, to, Confidence::certain,
                     {fmt::format("the PROXY header names {}", transits_[to].proxied_for->text()),
                      "the same request, in its turn"});
            }
        }
    }

    static std::optional<bool> forwarded_for(const Transit& back, const Transit& front) {
        const auto field = http_field(back.head, "X-Forwarded-For");
        if (!field) {
            return std::nullopt;
        }
        const auto last =
            field->substr(field->rfind(',') == std::string_view::npos ? 0 : field->rfind(',') + 1);
        const auto begin = last.find_first_not_of(" \t");
        const auto address =
            begin == std::string_view::npos ? std::nullopt : IpAddress::parse(last.substr(begin));
        return address && *address == front.source.address;
    }

    // The same request at about the same time, through the same node. Never certain: somebody else may have
    // asked for the same.
    void by_content() {
        for (const auto from : requests_) {
            if (has_back_[from]) {
                continue;
            }
            const auto& front = transits_[from];
            std::vector<std::size_t> able;
            if (!front.is_http && (!front.is_udp || front.bytes == 0)) {
                continue;
            }
            for (const auto to : by_content_[front.content]) {
                const auto& back = transits_[to];
                if (may_follow(from, to) && back.source != front.source &&
                    back.destination != front.destination && is_nested(from, to) && shares_node(from, to) &&
                    forwarded_for(back, front).value_or(true) && same_answer(front, back)) {
                    able.push_back(to);
                }
            }
            if (able.empty()) {
                continue;
            }
            const auto to = *std::min_element(able.begin(), able.end(), [&](std::size_t a, std::size_t b) {
                return transits_[a].began_ns < transits_[b].began_ns;
            });
            std::vector<std::string> evidence{"the same request"};
            std::string node;
            if (shares_node(from, to, &node) && !node.empty()) {
                evidence.push_back(fmt::format("both pass {}", node));
            }
            if (forwarded_for(transits_[to], front) == true) {
                evidence.push_back(fmt::format("X-Forwarded-For names {}", front.source.address.text()));
            }
            if (front.answer && transits_[to].answer) {
                evidence.emplace_back("the same answer, one inside the time of the other");
            }
            const bool alone = able.size() == 1 && rivals(to, from) == 0;
            if (!alone) {
                evidence.push_back(fmt::format("{} requests like it at that time: the first one was taken",
                                               able.size() + rivals(to, from)));
            }
            join(from, to, alone ? Confidence::likely : Confidence::possible, std::move(evidence));
        }
    }
    bool same_answer(const Transit& front, const Transit& back) const {
        return !front.answer || !back.answer ||
               transits_[*front.answer].content == transits_[*back.answer].content;
    }
    // Other requests in front that could have caused the one behind.
    std::size_t rivals(std::size_t to, std::size_t from) const {
        std::size_t count = 0;
        for (const auto other : by_content_.at(transits_[to].content)) {
            if (other != from && other != to && may_follow(other, to) &&
                transits_[other].source != transits_[to].source &&
                transits_[other].destination == transits_[from].destination &&
                transits_[other].began_ns <= transits_[to].began_ns && is_nested(other, to)) {
                ++count;
            }
        }
        return count;
    }

    const std::vector<Transit>& transits_;
    const LadderOptions& options_;
    std::int64_t slack_ns_;
    std::vector<bool> has_back_;
    std::vector<std::optional<std::size_t>> front_of_;
    std::vector<std::size_t> requests_; // by time
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_content_;
    std::map<std::pair<Socket, Socket>, std::vector<std::size_t>> by_ends_;
    std::map<std::pair<Socket, Socket>, std::vector<const FlowFact*>> flows_;
    std::vector<TransitJoin> joins_;
};

} // namespace

std::vector<TransitJoin> join_transits(const std::vector<Transit>& transits, const LadderOptions& options,
                                       bool several_files) {
    return Joiner(transits, options, several_files).run();
}

} // namespace fulcrum::capture
