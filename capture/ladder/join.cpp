#include "capture/ladder/join.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>

#include "capture/decode/application.h"
#include "capture/ladder/flow_log.h"
#include "capture/ladder/forwarded.h"

namespace fulcrum::capture {
namespace {

// A balancer looks at its clock once for many packets: what it logs is earlier than what taps of the same
// machine see, by as long as it works at a stretch. Later it is by what conversion between clocks costs.
constexpr std::int64_t log_early_ns = 20'000'000, log_late_ns = 200'000;
// Of requests that are alike, as many are weighed against each other, and as many are looked at to find them.
constexpr std::size_t most_alike = 16, most_looked = 1000;

// From the strongest evidence to the weakest: what one rule has joined the next does not look at.
//
// A rule calls a join certain when its evidence excludes every other request, also those that were not
// captured. What is left when that fails is joined in the order of time and says how many others there are.
class Joiner {
public:
    Joiner(const std::vector<Transit>& transits, const LadderOptions& options, bool several_files)
        : transits_(transits), options_(options), log_(options.flows),
          slack_ns_(several_files ? options.clock_slack_ns : 0), has_back_(transits.size()),
          front_of_(transits.size()), surely_joined_(transits.size()) {
        for (std::size_t i = 0; i < transits.size(); ++i) {
            if (!transits[i].response) {
                requests_.push_back(i);
            }
        }
        std::stable_sort(requests_.begin(), requests_.end(), [&](std::size_t a, std::size_t b) {
            return transits[a].began_ns < transits[b].began_ns;
        });
        for (const auto i : requests_) {
            const auto& one = transits[i];
            by_content_[one.content].push_back(i);
            by_ends_[ends(i)].push_back(i);
            by_client_[one.source].push_back(i);
            if (one.proxied_for) {
                by_client_[*one.proxied_for].push_back(i);
            }
        }
    }

    std::vector<TransitJoin> run() {
        by_same_segment();
        by_place_in_stream();
        by_turn();
        by_flow_log();
        by_proxy_header();
        by_content();
        return std::move(joins_);
    }

private:
    using Ends = FlowLog::Ends;
    using Members = std::vector<std::size_t>; // requests, in the order of time

    Ends ends(std::size_t i) const { return {transits_[i].source, transits_[i].destination}; }
    const Members& of_ends(const Ends& ends) const {
        static const Members none;
        const auto found = by_ends_.find(ends);
        return found == by_ends_.end() ? none : found->second;
    }
    // Those that began between two times.
    std::span<const std::size_t> between(const Members& members, std::int64_t from_ns,
                                         std::int64_t to_ns) const {
        const auto first = std::partition_point(
            members.begin(), members.end(), [&](std::size_t i) { return transits_[i].began_ns < from_ns; });
        const auto last = std::partition_point(first, members.end(),
                                               [&](std::size_t i) { return transits_[i].began_ns <= to_ns; });
        return {first, last};
    }

    void join(std::size_t from, std::size_t to, Confidence confidence, std::vector<std::string> evidence,
              const FlowFact* flow = nullptr) {
        if (transits_[from].repeated || transits_[to].repeated) {
            // One that was lost on the way shifts all behind it.
            evidence.emplace_back("the same datagram was sent more than once: taken in their order");
            confidence = std::max(confidence, Confidence::likely);
        }
        has_back_[from] = true;
        front_of_[to] = from;
        surely_joined_[from] |= confidence == Confidence::certain ? as_front : 0;
        surely_joined_[to] |= confidence == Confidence::certain ? as_back : 0;
        joins_.push_back({from, to, confidence, std::move(evidence), flow});
    }

    bool may_follow(std::size_t from, std::size_t to) const {
        return !has_back_[from] && !front_of_[to] && could_follow(from, to);
    }
    bool could_follow(std::size_t from, std::size_t to) const {
        const auto &a = transits_[from], &b = transits_[to];
        return a.is_http == b.is_http && a.is_udp == b.is_udp && b.began_ns + slack_ns_ >= a.began_ns &&
               !is_behind(from, to);
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

    // Nothing that was captured speaks against it: the request behind says the same, begins while the one in
    // front waits, and is answered with the same status.
    bool fits(std::size_t from, std::size_t to) const {
        return !has_back_[from] && !front_of_[to] && could_fit(from, to);
    }
    bool could_fit(std::size_t from, std::size_t to) const {
        const auto &a = transits_[from], &b = transits_[to];
        return could_follow(from, to) && a.destination != b.destination && a.content == b.content &&
               b.began_ns <= latest_begin(from) && forwarded(a, b) != Forwarded::excluded &&
               same_status(a, b);
    }
    // What is joined with less than certainty may be joined wrongly: it still counts as another possibility.
    bool is_rival(std::size_t from, std::size_t to) const {
        return (surely_joined_[from] & as_front) == 0 && (surely_joined_[to] & as_back) == 0 &&
               could_fit(from, to);
    }
    // How many can, of the last ones; no more than matter.
    template <typename Can>
    static std::size_t count_some(std::span<const std::size_t> members, const Can& can) {
        std::size_t count = 0, looked = 0;
        for (auto at = members.rbegin(); at != members.rend() && count < most_alike && looked < most_looked;
             ++at, ++looked) {
            count += can(*at) ? 1 : 0;
        }
        return count;
    }
    // Of what may follow. A proxy opens its connection after the client's is open.
    std::int64_t latest_begin(std::size_t from) const {
        const auto& a = transits_[from];
        return a.answer && (a.is_http || a.is_udp) ? a.ended_ns + slack_ns_
                                                   : std::numeric_limits<std::int64_t>::max();
    }
    bool same_status(const Transit& a, const Transit& b) const {
        return !a.answer || !b.answer ||
               http_start(transits_[*a.answer].head).code == http_start(transits_[*b.answer].head).code;
    }
    // From its first to its last byte inside the time of the one in front, though clocks are that far
    // apart.
    bool is_inside(std::size_t from, std::size_t to, std::int64_t apart_ns) const {
        const auto &a = transits_[from], &b = transits_[to];
        const auto end = b.answer ? b.ended_ns : b.began_ns;
        return a.answer && a.began_ns + apart_ns <= b.began_ns && end + apart_ns <= a.ended_ns;
    }
    // From its first byte to its answer's last nothing else was under way on its connection: what lies inside
    // that time and belongs to the connection is this request's, and no request that was not captured has
    // room beside it.
    bool is_alone(std::size_t i) const {
        const auto& one = transits_[i];
        if (!one.answer_is_exact || one.is_udp) {
            return one.answer_is_exact;
        }
        const auto& all = of_ends(ends(i));
        const auto at = std::lower_bound(all.begin(), all.end(), i, [&](std::size_t a, std::size_t b) {
            return transits_[a].began_ns < transits_[b].began_ns;
        });
        const auto place = std::find(at, all.end(), i);
        return (place == all.begin() || is_over(*std::prev(place), i)) &&
               (std::next(place) == all.end() || is_over(i, *std::next(place)));
    }
    // The client had all of the answer, or at least some, before it asked on: it does not ask ahead.
    bool is_over(std::size_t before, std::size_t after) const {
        const auto &a = transits_[before], &b = transits_[after];
        const auto heard = b.acknowledgement - a.acknowledgement;
        return a.answer_is_exact ? a.ended_ns <= b.began_ns : heard > 0 && heard < 1U << 30;
    }

    const FlowFact* flow_of(std::size_t front) const {
        for (const auto* flow : log_.of_front(ends(front)).lines) {
            if (FlowLog::covers(*flow, transits_[front].is_udp, transits_[front].began_ns,
                                options_.clock_slack_ns)) {
                return flow;
            }
        }
        return nullptr;
    }
    // Whose turn a connection was when the one behind began.
    FlowLog::Lines turns(const FlowLog::Entry& connection, std::size_t back) const {
        const auto& one = transits_[back];
        auto lines = FlowLog::turns(connection, one.is_udp, one.began_ns, std::max(slack_ns_, log_early_ns),
                                    std::max(slack_ns_, log_late_ns));
        return !lines.empty() ? lines
                              : FlowLog::turns(connection, one.is_udp, one.began_ns, options_.clock_slack_ns,
                                               options_.clock_slack_ns);
    }
    // The line of the flow log by which the one works for the other at that time; `only`: the balancer's
    // connection cannot have worked for another.
    const FlowFact* line_of(std::size_t from, std::size_t to, bool& only) const {
        const auto owners = turns(log_.of_back(ends(to)), to);
        only = std::all_of(owners.begin(), owners.end(), [&](const FlowFact* line) {
            return Ends{line->client, line->vip} == ends(from);
        });
        const auto lent = turns(log_.of_front(ends(from)), to);
        const auto found = std::find_first_of(lent.begin(), lent.end(), owners.begin(), owners.end());
        return found == lent.end() ? nullptr : *found;
    }
    // Connections to servers that worked for a client's connection at any time.
    std::vector<Ends> backs_of(std::size_t from) const {
        std::vector<Ends> backs;
        for (const auto* line : log_.of_front(ends(from)).lines) {
            backs.emplace_back(line->source, line->server);
        }
        std::sort(backs.begin(), backs.end());
        backs.erase(std::unique(backs.begin(), backs.end()), backs.end());
        return backs;
    }
    static std::string says_log(const FlowFact& flow) {
        return fmt::format("the flow log joins {} and {}", flow.client.text(), flow.source.text());
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
                const auto* flow = flow_of(from);
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

    // Full proxy of a connection: what comes in goes out as it is, at the same place of the stream.
    void by_place_in_stream() {
        for (const auto from : requests_) {
            const auto& front = transits_[from];
            const auto& lines = log_.of_front(ends(from)).lines;
            if (has_back_[from] || !front.position || lines.empty()) {
                continue;
            }
            const Ends back{lines.front()->source, lines.front()->server};
            if (!log_.dedicated(ends(from), back)) {
                continue;
            }
            const auto& behind = at_position(back);
            const auto found = behind.find(*front.position);
            if (found != behind.end() && transits_[found->second].exact == front.exact &&
                fits(from, found->second)) {
                join(from, found->second, Confidence::certain,
                     {says_log(*lines.front()),
                      front.is_http ? fmt::format("the same request at the same place in the stream, byte {}",
                                                  *front.position)
                                    : "each has one beginning"},
                     lines.front());
            }
        }
    }
    using Positions = std::map<std::uint32_t, std::size_t>;
    const Positions& at_position(const Ends& ends) {
        const auto [known, fresh] = positions_.try_emplace(ends);
        if (fresh) {
            for (const auto i : of_ends(ends)) {
                if (transits_[i].position) {
                    known->second.try_emplace(*transits_[i].position, i);
                }
            }
        }
        return known->second;
    }
    // As it is, but elsewhere in the stream of the one connection that works for this one.
    bool is_elsewhere(std::size_t from, std::size_t to) const {
        const auto &a = transits_[from], &b = transits_[to];
        return a.position && b.position && *a.position != *b.position && a.exact == b.exact &&
               log_.of_front(ends(from)).lines.size() == 1 && log_.dedicated(ends(from), ends(to));
    }

    // The log says whose turn the balancer's connection was, and only one of that client's requests was under
    // way then.
    void by_turn() {
        for (const auto from : requests_) {
            const auto& front = transits_[from];
            if (has_back_[from] || log_.of_front(ends(from)).networks != 1 || !is_alone(from)) {
                continue;
            }
            const FlowFact* line = nullptr;
            Members able;
            for (const auto& back : backs_of(from)) {
                for (const auto to : between(of_ends(back), front.began_ns, front.ended_ns)) {
                    bool only = false;
                    const auto* lent =
                        is_inside(from, to, slack_ns_) && fits(from, to) ? line_of(from, to, only) : nullptr;
                    if (lent != nullptr && only) {
                        line = lent;
                        able.push_back(to);
                    }
                }
            }
            // Of several all but one are of lines that the log has lost.
            if (able.size() == 1) {
                join(from, able.front(), Confidence::certain,
                     {says_log(*line), front.is_udp ? "the same bytes" : "the same request",
                      "nothing else was under way on that connection"},
                     line);
            }
        }
    }

    // What the log allows, and leaves open.
    void by_flow_log() {
        for (const auto from : requests_) {
            if (has_back_[from]) {
                continue;
            }
            Members able;
            for (const auto& back : backs_of(from)) {
                const auto& behind = of_ends(back);
                const auto earliest = transits_[from].began_ns - slack_ns_;
                for (const auto to : between(behind, earliest, latest_begin(from))) {
                    bool only = false;
                    if (able.size() < most_alike && fits(from, to) && !is_elsewhere(from, to) &&
                        line_of(from, to, only) != nullptr) {
                        able.push_back(to);
                    }
                }
            }
            if (able.empty()) {
                continue;
            }
            const auto to = best(from, able);
            bool only = false;
            const auto* line = line_of(from, to, only);
            const auto others = others_behind(from, to) + others_in_front(from, to);
            std::vector<std::string> evidence{says_log(*line),
                                              transits_[from].is_udp ? "the same bytes" : "the same request"};
            note_others(evidence, others);
            join(from, to, others == 0 ? Confidence::likely : Confidence::possible, std::move(evidence),
                 line);
        }
    }
    // Other requests on the connections that worked for this one, which it could have caused.
    std::size_t others_behind(std::size_t from, std::size_t to) const {
        std::size_t count = 0;
        for (const auto& back : backs_of(from)) {
            const auto near =
                between(of_ends(back), transits_[from].began_ns - slack_ns_, latest_begin(from));
            count += count_some(near, [&](std::size_t other) {
                bool only = false;
                return other != to && is_rival(from, other) && !is_elsewhere(from, other) &&
                       line_of(from, other, only) != nullptr;
            });
        }
        return count;
    }
    // Other requests of those whose turn it may have been, which could have caused the one behind.
    std::size_t others_in_front(std::size_t from, std::size_t to) const {
        std::vector<Ends> clients;
        for (const auto* line : turns(log_.of_back(ends(to)), to)) {
            clients.emplace_back(line->client, line->vip);
        }
        std::sort(clients.begin(), clients.end());
        clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
        std::size_t count = 0;
        for (const auto& client : clients) {
            count += count_some(until(of_ends(client), to), [&](std::size_t other) {
                return other != from && is_rival(other, to) && !is_elsewhere(other, to);
            });
        }
        return count;
    }
    // Those that began before another did.
    std::span<const std::size_t> until(const Members& members, std::size_t to) const {
        return between(members, std::numeric_limits<std::int64_t>::min(), transits_[to].began_ns + slack_ns_);
    }
    // The first that lies inside the time of the one in front; else the first.
    std::size_t best(std::size_t from, const Members& able) const {
        return *std::min_element(able.begin(), able.end(), [&](std::size_t a, std::size_t b) {
            return std::tuple(!is_inside(from, a, 0), transits_[a].began_ns) <
                   std::tuple(!is_inside(from, b, 0), transits_[b].began_ns);
        });
    }
    static void note_others(std::vector<std::string>& evidence, std::size_t others) {
        if (others != 0) {
            evidence.push_back(
                fmt::format("{} requests like it at that time: one inside its time was taken, else the first",
                            others + 1));
        }
    }

    // The header names the client's connection. One that came with the same header may have been passed on.
    void by_proxy_header() {
        for (const auto to : requests_) {
            if (!transits_[to].proxied_for || front_of_[to]) {
                continue;
            }
            Members able;
            const auto& named = *transits_[to].proxied_for;
            for (const auto from : by_client_[named]) {
                if (able.size() < most_alike && ends(from) != ends(to) && fits(from, to)) {
                    able.push_back(from);
                }
            }
            if (able.empty()) {
                continue;
            }
            const auto from = *std::min_element(able.begin(), able.end(), [&](std::size_t a, std::size_t b) {
                return std::tuple(!is_inside(a, to, 0), transits_[a].began_ns) <
                       std::tuple(!is_inside(b, to, 0), transits_[b].began_ns);
            });
            const bool passed_on = std::any_of(able.begin(), able.end(), [&](std::size_t other) {
                return transits_[other].source != named || ends(other) != ends(from);
            });
            const bool certain = !passed_on && is_inside(from, to, slack_ns_) && is_alone(from);
            std::vector<std::string> evidence{fmt::format("the PROXY header names {}", named.text()),
                                              "the same request"};
            const auto others =
                count_some(until(by_client_[named], to),
                           [&](std::size_t other) { return other != from && is_rival(other, to); }) +
                count_some(of_ends(ends(to)),
                           [&](std::size_t other) { return other != to && is_rival(from, other); });
            if (certain) {
                evidence.emplace_back("nothing else was under way on that connection");
            } else {
                note_others(evidence, others);
            }
            join(from, to,
                 certain       ? Confidence::certain
                 : others == 0 ? Confidence::likely
                               : Confidence::possible,
                 std::move(evidence));
        }
    }

    // Where something was sent first, with a TTL that nobody has taken from yet: the node that made it.
    // Empty: not known.
    static std::string_view maker(const Transit& one) {
        const auto& first = one.sightings.front();
        const bool untouched = first.ttl == 64 || first.ttl == 128 || first.ttl == 255;
        return first.direction == Direction::out && untouched && first.tunnel.empty()
                   ? std::string_view(first.node)
                   : std::string_view();
    }
    // A proxy answers the one in front and makes the one behind.
    bool of_different_nodes(const Transit& front, const Transit& back) const {
        const auto ends_at = front.answer ? maker(transits_[*front.answer]) : std::string_view();
        const auto begins_at = maker(back);
        return !ends_at.empty() && !begins_at.empty() && ends_at != begins_at;
    }
    // A node that the one in front came to and the one behind went out of.
    static std::string node_between(const Transit& front, const Transit& back) {
        for (const auto& a : front.sightings) {
            for (const auto& b : back.sightings) {
                if (!a.node.empty() && a.node == b.node && a.direction != Direction::out &&
                    b.direction != Direction::in) {
                    return a.node;
                }
            }
        }
        return {};
    }

    // The same request at about the same time, by a node that can have passed it on. Never certain: somebody
    // else may have asked for the same.
    void by_content() {
        for (const auto from : requests_) {
            const auto& front = transits_[from];
            // Where the log knows of a connection, it has said all there is to say.
            if (has_back_[from] || flow_of(from) != nullptr ||
                (!front.is_http && (!front.is_udp || front.bytes == 0))) {
                continue;
            }
            Members able;
            for (const auto to :
                 between(by_content_.at(front.content), front.began_ns - slack_ns_, latest_begin(from))) {
                if (able.size() < most_alike && fits(from, to) && alike(from, to)) {
                    able.push_back(to);
                }
            }
            if (able.empty()) {
                continue;
            }
            const auto to = best(from, able);
            const auto& back = transits_[to];
            std::vector<std::string> evidence{"the same request"};
            const auto node = node_between(front, back);
            if (!node.empty()) {
                evidence.push_back(fmt::format("both pass {}", node));
            }
            if (forwarded(front, back) == Forwarded::named) {
                const auto& client = front.proxied_for ? *front.proxied_for : front.source;
                evidence.push_back(fmt::format("X-Forwarded-For names {}", client.address.text()));
            }
            if (front.answer && back.answer) {
                evidence.emplace_back(is_inside(from, to, 0)
                                          ? "the same answer, one inside the time of the other"
                                          : "the same answer");
            }
            const auto near =
                between(by_content_.at(front.content), front.began_ns - slack_ns_, latest_begin(from));
            const auto others =
                count_some(near,
                           [&](std::size_t other) {
                               return other != to && is_rival(from, other) && alike(from, other);
                           }) +
                count_some(until(by_content_.at(front.content), to), [&](std::size_t other) {
                    return other != from && is_rival(other, to) && alike(other, to);
                });
            note_others(evidence, others);
            const bool elsewhere = node.empty() && !maker(back).empty();
            const bool likely =
                others == 0 && !elsewhere && (slack_ns_ != 0 || !front.answer || is_inside(from, to, 0));
            join(from, to, likely ? Confidence::likely : Confidence::possible, std::move(evidence));
        }
    }
    bool alike(std::size_t from, std::size_t to) const {
        const auto &front = transits_[from], &back = transits_[to];
        return from != to && back.source != front.source && same_answer(front, back) &&
               !of_different_nodes(front, back) && log_.of_back(ends(to)).lines.empty();
    }
    bool same_answer(const Transit& front, const Transit& back) const {
        return !front.answer || !back.answer ||
               transits_[*front.answer].content == transits_[*back.answer].content;
    }

    const std::vector<Transit>& transits_;
    const LadderOptions& options_;
    const FlowLog log_;
    // Of clocks. Times that are further apart are not of one request; closer ones prove nothing. One
    // machine's taps have one clock.
    const std::int64_t slack_ns_;
    std::vector<bool> has_back_;
    std::vector<std::optional<std::size_t>> front_of_;
    static constexpr std::uint8_t as_front = 1, as_back = 2;
    std::vector<std::uint8_t> surely_joined_;
    Members requests_; // by time
    std::unordered_map<std::uint64_t, Members> by_content_;
    std::map<Ends, Members> by_ends_;
    std::map<Socket, Members> by_client_; // by who asked, also as a PROXY header says
    std::map<Ends, Positions> positions_; // filled when asked for
    std::vector<TransitJoin> joins_;
};

} // namespace

std::vector<TransitJoin> join_transits(const std::vector<Transit>& transits, const LadderOptions& options,
                                       bool several_files) {
    return Joiner(transits, options, several_files).run();
}

} // namespace fulcrum::capture
