#include "app/cli/prove_verdict.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "app/cli/prove_observed.h"
#include "designer/plan/legs.h"

namespace fulcrum::cli {
namespace {

using designer::ServerUse;
using designer::Station;

constexpr auto not_seen = "not seen";
constexpr auto connected_to_nothing = "connected to nothing";
constexpr auto packets_lost = "could not see: the capture lost packets";

std::string socket_text(const std::vector<IpAddress>& addresses, std::uint16_t port) {
    constexpr std::size_t most = 3;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < addresses.size() && i < most; ++i) {
        names.push_back(addresses[i].text());
    }
    const std::string more = addresses.size() > most ? " or …" : "";
    return fmt::format("{}{}:{}", fmt::join(names, " or "), more, port == 0 ? "*" : std::to_string(port));
}

bool holds(const std::vector<IpAddress>& addresses, std::uint16_t port, const Socket& socket) {
    return std::find(addresses.begin(), addresses.end(), socket.address) != addresses.end() &&
           (port == 0 || port == socket.port);
}

std::string mac_text(const Mac& from, const Mac& to) {
    return fmt::format("{} → {}", from.text(), to.text());
}

Mac mac_of(const designer::Interface& interface) {
    return interface.near->mac.value_or(Mac{});
}

bool hits_every_server(const designer::Pool& pool) {
    return pool.persistence == designer::Persistence::none &&
           (pool.algorithm == designer::Algorithm::round_robin ||
            pool.algorithm == designer::Algorithm::ratio);
}

// Servers that new connections go to when no layer-7 rule says otherwise.
std::vector<const ServerUse*> takes_turns(const designer::Carried& carried) {
    std::vector<const ServerUse*> uses;
    for (const auto& use : carried.servers) {
        if (use.pool == carried.pools.front() && use.address && !use.member->drain &&
            use.member->weight > 0) {
            uses.push_back(&use);
        }
    }
    return uses;
}

// One connection of a run.
struct ProvedConnection {
    Socket client;
    const engine::FlowReport* flow = nullptr; // null: no SE knows of it
    const DemoAnswer* answer = nullptr;       // null: it was not answered
    const ServerUse* use = nullptr;           // null: nobody knows who got it
};

// The expectations of one connection, in an order that is the same for all to the same server.
class ConnectionJudge {
public:
    ConnectionJudge(const ProofRun& run, const ProvedConnection& connection, const Observer& observer)
        : run_(run), target_(*run.target), connection_(connection),
          observer_(observer), vip_{*target_.carried->service->vip, target_.rule->port} {}

    std::vector<Expectation> run(const std::vector<ProofLeg>& legs) {
        judge_answer();
        for (const auto& leg : legs) {
            judge_leg(leg);
        }
        if (connection_.use != nullptr) {
            judge_way_back();
            if (target_.rule->protocol == designer::Protocol::tcp &&
                connection_.use->server->node->built_in_server) {
                judge_server_view(legs);
            }
        }
        return std::move(list_);
    }

private:
    void add(std::string text, std::string expected, std::string seen, bool ok) {
        list_.push_back({service_label(*target_.carried, *target_.rule), target_.client->name(),
                         connection_.use == nullptr ? std::string() : connection_.use->server->name(),
                         std::move(text), std::move(expected), std::move(seen), ok});
    }

    // What the capture tells; one that lost packets can show what holds, but not what does not.
    void add_seen(std::string text, std::string expected, std::string seen, bool ok) {
        const bool missing = !ok && run_.packets_missing;
        add(std::move(text), std::move(expected), missing ? packets_lost : std::move(seen), ok);
        list_.back().could_not_see = missing;
    }

    void judge_answer() {
        const auto* answer = connection_.answer;
        const std::string who = connection_.use == nullptr ? "a server" : connection_.use->server->name();
        const std::string name =
            answer == nullptr || answer->server.empty() ? std::string("somebody") : answer->server;
        const bool status_is_good =
            answer != nullptr && (target_.rule->protocol == designer::Protocol::udp || answer->status == 200);
        const bool right_one = answer != nullptr && connection_.use != nullptr &&
                               (answer->server.empty() || answer->server == who);
        const std::string status = answer == nullptr || answer->status == 0
                                       ? std::string()
                                       : fmt::format(" with status {}", answer->status);
        add("answer", fmt::format("{} answers", who),
            answer == nullptr ? "no answer" : fmt::format("{} answered{}", name, status),
            status_is_good && right_one);
    }

    // The two ends of that leg's packets, from the client's socket and the SE's own log.
    std::optional<PacketsOf> packets_of(const ProofLeg& leg) const {
        PacketsOf which;
        which.protocol = target_.rule->protocol;
        which.tunnelled = leg.tunnel.has_value();
        which.from_ns = run_.began_ns;
        which.to_ns = run_.ended_ns;
        const bool before_se = leg.name == "request" || leg.name == "answer to the client";
        const bool is_answer = leg.name.starts_with("answer");
        Socket near = connection_.client, far = vip_;
        if (!before_se && !target_.carried->is_dsr()) {
            const auto inner = behind_se();
            if (!inner) {
                return std::nullopt;
            }
            near = inner->first;
            far = inner->second;
        }
        which.source = is_answer ? far : near;
        which.destination = is_answer ? near : far;
        return which;
    }

    std::optional<std::pair<Socket, Socket>> behind_se() const {
        const Socket server{*connection_.use->address, designer::asked_port(*connection_.use, *target_.rule)};
        if (target_.carried->service->layer7) { // requests take turns on connections that stay open
            if (const auto peer =
                    parse_socket(connection_.answer == nullptr ? "" : connection_.answer->peer)) {
                return std::pair{*peer, server};
            }
        }
        if (connection_.flow != nullptr) {
            return std::pair{Socket{connection_.flow->source, connection_.flow->source_port},
                             Socket{connection_.flow->server_address, connection_.flow->server_port}};
        }
        return target_.carried->is_in_line() ? std::optional(std::pair{connection_.client, server})
                                             : std::nullopt;
    }

    void judge_leg(const ProofLeg& leg) {
        std::vector<const Station*> until{leg.to};
        if (leg.name == "request") { // whoever of the group takes it
            until.insert(until.end(), target_.carried->members.begin(), target_.carried->members.end());
        }
        const auto which = packets_of(leg);
        const auto way = which ? observer_.follow(*which, *leg.from, until) : ObservedWay{leg.from, {}};
        ways_[leg.name] = way;
        const bool seen = !way.hops.empty();
        add_seen(leg.name + ": way", fmt::format("{}", fmt::join(leg.nodes(), " → ")), way.text(),
                 way.nodes() == leg.nodes() && way.all_arrived());
        add_seen(leg.name + ": addresses",
                 fmt::format("{} → {}", socket_text(leg.sources, leg.source_port),
                             socket_text(leg.destinations, leg.destination_port)),
                 seen ? fmt::format("{} → {}", which->source.text(), which->destination.text()) : not_seen,
                 seen && holds(leg.sources, leg.source_port, which->source) &&
                     holds(leg.destinations, leg.destination_port, which->destination));
        if (leg.tunnel) {
            judge_tunnel(leg, way);
        }
        judge_macs(leg, way);
        std::vector<int> expected, found;
        for (const auto& hop : leg.hops) {
            expected.push_back(hop.ttl);
        }
        for (const auto& hop : way.hops) {
            found.push_back(hop.ttl);
        }
        add_seen(leg.name + ": TTL", fmt::format("{}", fmt::join(expected, ", ")),
                 seen ? fmt::format("{}", fmt::join(found, ", ")) : not_seen, expected == found);
    }

    void judge_tunnel(const ProofLeg& leg, const ObservedWay& way) {
        const auto text = [](const TunnelHeader& tunnel, int ttl) {
            return fmt::format("{}, TTL {} inside", tunnel.text(), ttl);
        };
        std::string found = not_seen;
        bool ok = !way.hops.empty();
        for (const auto& hop : way.hops) {
            const bool right = hop.tunnel == leg.tunnel && hop.inner_ttl == leg.inner_ttl;
            if (ok) {
                found = text(*hop.tunnel, hop.inner_ttl);
            }
            ok = ok && right;
        }
        add_seen(leg.name + ": tunnel", text(*leg.tunnel, leg.inner_ttl), found, ok);
    }

    void judge_macs(const ProofLeg& leg, const ObservedWay& way) {
        std::vector<std::string> expected, found;
        for (const auto& hop : leg.hops) {
            expected.push_back(mac_text(mac_of(*hop.from), mac_of(*hop.to)));
        }
        for (const auto& hop : way.hops) {
            found.push_back(mac_text(hop.source_mac, hop.destination_mac));
        }
        add_seen(leg.name + ": MAC addresses", fmt::format("{}", fmt::join(expected, ", ")),
                 found.empty() ? not_seen : fmt::format("{}", fmt::join(found, ", ")), expected == found);
    }

    void judge_way_back() {
        const auto& answer = ways_["answer"];
        std::set<std::string> crossed;
        for (const auto* member : target_.carried->members) {
            for (const auto& hop : answer.hops) {
                if (hop.to != nullptr && hop.to->station == member) {
                    crossed.insert(member->name());
                }
            }
        }
        const bool past = target_.carried->is_dsr();
        const auto& se = target_.carried->active()->name();
        const bool came = !answer.hops.empty() && answer.all_arrived();
        add_seen("way back", past ? "past every SE" : "through " + se,
                 !came             ? "no answer came back"
                 : crossed.empty() ? "past every SE"
                                   : fmt::format("through {}", fmt::join(crossed, ", ")),
                 came && (past ? crossed.empty() : crossed == std::set{se}));
    }

    // What the built-in server told about the connection, in its JSON.
    void judge_server_view(const std::vector<ProofLeg>& legs) {
        const auto leg = std::find_if(legs.begin(), legs.end(),
                                      [](const ProofLeg& one) { return one.name == "to the server"; });
        if (leg == legs.end()) {
            return;
        }
        const auto tell = [&](const char* text, const std::vector<IpAddress>& addresses, std::uint16_t port,
                              const std::string& told) {
            const auto socket = parse_socket(told);
            add(text, socket_text(addresses, port), told.empty() ? "nothing told" : told,
                socket && holds(addresses, port, *socket));
        };
        const auto* answer = connection_.answer;
        tell("server saw as client", leg->sources, leg->source_port, answer == nullptr ? "" : answer->peer);
        tell("server saw as itself", leg->destinations, leg->destination_port,
             answer == nullptr ? "" : answer->local);
    }

    const ProofRun& run_;
    const ProofTarget& target_;
    const ProvedConnection& connection_;
    const Observer& observer_;
    Socket vip_;
    std::map<std::string, ObservedWay> ways_;
    std::vector<Expectation> list_;
};

class Judge {
public:
    Judge(Evidence evidence, const designer::Network& network, const designer::Routing& routing)
        : evidence_(std::move(evidence)), network_(network), routing_(routing),
          observer_(std::move(evidence_.packets), evidence_.tap_names, network) {}

    std::vector<Expectation> run(const designer::ServiceMap& services) {
        for (const auto& carried : services.services()) {
            if (!carried.service->enabled) {
                continue;
            }
            for (const auto& question : evidence_.questions) {
                if (question.carried == &carried) {
                    judge_arp(question);
                }
            }
            bool asked = false;
            for (const auto& run : evidence_.runs) {
                if (run.target->carried == &carried) {
                    judge_run(run);
                    asked = true;
                }
            }
            if (!asked) {
                list_.push_back({carried.service->name, "", "", "clients", "a client that can ask it",
                                 "none in the drawing", false});
            }
            for (const auto& use : carried.servers) {
                if (use.server->interfaces.empty()) {
                    list_.push_back({carried.service->name, "", use.server->name(), "link", "a link",
                                     connected_to_nothing, false});
                }
            }
        }
        for (const auto& station : network_.stations()) {
            const auto asks = [&](const auto& run) { return run.target->client == &station; };
            if (station.kind() == designer::NodeKind::client && std::ranges::none_of(evidence_.runs, asks)) {
                judge_left_out(station, services);
            }
        }
        return std::move(list_);
    }

private:
    // A client that no route leads to a service: where its requests end, for one of its own zone.
    void judge_left_out(const Station& client, const designer::ServiceMap& services) {
        const auto* interface = client.interfaces.empty() ? nullptr : client.interfaces.front();
        const designer::Carried* missed = nullptr;
        for (const auto& carried : services.services()) {
            const bool can_be_asked =
                carried.service->enabled && carried.service->vip && carried.active() != nullptr;
            const bool own_zone = interface != nullptr && interface->domain->vrf == carried.service->vrf;
            if (can_be_asked && (missed == nullptr || own_zone)) {
                missed = &carried;
                if (own_zone) {
                    break;
                }
            }
        }
        if (missed == nullptr) {
            return; // nothing could be asked
        }
        std::string seen = connected_to_nothing;
        if (interface != nullptr) {
            const designer::Leg request{designer::LegKind::request, missed, &client, missed->active(), {},
                                        *missed->service->vip,      nullptr};
            const auto trace = designer::follow(routing_, request);
            seen = fmt::format("ends at {}, which {}", trace.stations.back()->name(),
                               designer::stopped_by(trace.end));
        }
        list_.push_back(
            {missed->service->name, client.name(), "", "request", "reaches the VIP", seen, false});
    }

    void judge_arp(const ArpQuestion& question) {
        std::map<Mac, std::string> answered;
        for (const auto& answer : evidence_.arp_answers) {
            if (answer.address == question.address && answer.asker == mac_of(*question.asker)) {
                answered[answer.sender] =
                    fmt::format("{} ({})", observer_.owner_text(answer.sender), answer.sender.text());
            }
        }
        const auto* own = designer::interface_in(*question.carried->active(), *question.asker->net);
        const auto right = own == nullptr ? Mac{} : mac_of(*own);
        std::vector<std::string> names;
        for (const auto& [mac, text] : answered) {
            names.push_back(text);
        }
        const bool missing = question.error.empty() && names.empty() && question.packets_missing;
        list_.push_back({question.carried->service->name, "", "",
                         fmt::format("ARP for {}", question.address.text()),
                         fmt::format("{} ({})", question.carried->active()->name(), right.text()),
                         !question.error.empty() ? question.error
                         : missing               ? packets_lost
                         : names.empty()         ? "nobody answered"
                                                 : fmt::format("{}", fmt::join(names, " and ")),
                         answered.size() == 1 && answered.begin()->first == right, missing});
    }

    // A socket that others have had as well, before or after, has several: what the server told of its peer
    // says which is the answer's; else the newest.
    const engine::FlowReport* flow_of(const ProofRun& run, const Socket& client,
                                      const DemoAnswer* answer) const {
        const auto& service = *run.target->carried->service;
        const auto peer = parse_socket(answer == nullptr ? "" : answer->peer);
        const engine::FlowReport* found = nullptr;
        for (const auto& [se, flow] : evidence_.flows) {
            if (flow.client == client.address && flow.client_port == client.port &&
                flow.vip == *service.vip && flow.vip_port == run.target->rule->port &&
                flow.protocol == run.target->rule->protocol && flow.service == service.name &&
                flow.vrf == network_.vrf_name(service.vrf) &&
                static_cast<std::int64_t>(flow.last_ns) >= run.began_ns &&
                static_cast<std::int64_t>(flow.started_ns) <= run.ended_ns) {
                if (peer && flow.server == answer->server && Socket{flow.source, flow.source_port} == *peer) {
                    return &flow;
                }
                found = &flow;
            }
        }
        return found;
    }

    const ServerUse* use_of(const ProofRun& run, const ProvedConnection& connection) const {
        for (const auto& use : run.target->carried->servers) {
            if (!use.address) {
                continue;
            }
            const auto* flow = connection.flow;
            if (flow != nullptr && !flow->server.empty()
                    ? flow->server_address == *use.address &&
                          (run.target->carried->is_dsr() ||
                           flow->server_port == designer::asked_port(use, *run.target->rule))
                    : connection.answer != nullptr && connection.answer->server == use.server->name()) {
                return &use;
            }
        }
        return nullptr;
    }

    std::vector<ProvedConnection> connections_of(const ProofRun& run) const {
        std::vector<ProvedConnection> list;
        for (const auto& client : run.clients) {
            ProvedConnection one{client, nullptr, nullptr, nullptr};
            for (const auto& answer : run.answers) {
                if (parse_socket(answer.sent_from) == client) {
                    one.answer = &answer;
                }
            }
            one.flow = flow_of(run, client, one.answer);
            one.use = use_of(run, one);
            list.push_back(one);
        }
        return list;
    }

    void judge_run(const ProofRun& run) {
        const auto& target = *run.target;
        const auto label = service_label(*target.carried, *target.rule);
        if (!run.error.empty()) {
            list_.push_back({label, target.client->name(), "", "requests", "can be sent", run.error, false});
            return;
        }
        const auto connections = connections_of(run);
        const auto all = takes_turns(*target.carried);
        const bool each = hits_every_server(*target.carried->pools.front());
        for (const auto& use : target.carried->servers) {
            const auto to_it = [&](const auto& one) { return one.use == &use; };
            if (std::any_of(connections.begin(), connections.end(), to_it)) {
                judge_server(run, connections, &use);
            } else if (each && std::find(all.begin(), all.end(), &use) != all.end()) {
                list_.push_back({label, target.client->name(), use.server->name(), "its turn",
                                 fmt::format("one of {} requests at least", run.sent),
                                 fmt::format("none{}", why_not(*target.carried, use)), false});
            }
        }
        if (connections.empty() ||
            std::any_of(connections.begin(), connections.end(), [](const auto& one) { return !one.use; })) {
            judge_server(run, connections, nullptr);
        }
    }

    std::string why_not(const designer::Carried& carried, const ServerUse& use) const {
        for (const auto& total : evidence_.services) {
            if (total.sum.name != carried.service->name) {
                continue;
            }
            for (const auto& server : total.sum.servers) {
                if (server.address == *use.address && !server.up) {
                    return fmt::format(": {}", server.why.empty() ? "it is down" : server.why);
                }
            }
        }
        return "";
    }

    // Of several connections to one server, each expectation is shown for the first that breaks it.
    void judge_server(const ProofRun& run, const std::vector<ProvedConnection>& connections,
                      const ServerUse* use) {
        const auto legs = use == nullptr ? std::vector{run.target->request}
                                         : legs_to(*run.target, *use, network_, routing_);
        std::vector<Expectation> merged;
        const auto take = [&](const ProvedConnection& one) {
            auto next = ConnectionJudge(run, one, observer_).run(legs);
            if (merged.empty()) {
                merged = std::move(next);
                return;
            }
            for (std::size_t i = 0; i < merged.size(); ++i) {
                if ((merged[i].ok && !next[i].ok) ||
                    (merged[i].could_not_see && !next[i].ok && !next[i].could_not_see)) {
                    merged[i] = std::move(next[i]);
                }
            }
        };
        for (const auto& one : connections) {
            if (one.use == use) {
                take(one);
            }
        }
        if (merged.empty()) {
            take({});
        }
        list_.insert(list_.end(), std::make_move_iterator(merged.begin()),
                     std::make_move_iterator(merged.end()));
    }

    Evidence evidence_;
    const designer::Network& network_;
    const designer::Routing& routing_;
    Observer observer_;
    std::vector<Expectation> list_;
};

} // namespace

std::string service_label(const designer::Carried& carried, const designer::PortRule& rule) {
    return carried.service->ports.size() == 1
               ? carried.service->name
               : fmt::format("{} {}/{}", carried.service->name, rule.port, engine::name_of(rule.protocol));
}

RequestCounts request_counts(const designer::Carried& carried) {
    constexpr std::size_t rounds = 3, most = 300;
    std::size_t weights = 0;
    for (const auto* use : takes_turns(carried)) {
        weights += use->pool->algorithm == designer::Algorithm::ratio ? use->member->weight : 1;
    }
    weights = std::clamp<std::size_t>(weights, 1, most / rounds);
    return {weights, (rounds - 1) * weights};
}

bool missed_a_turn(const ProofRun& run) {
    const auto& carried = *run.target->carried;
    const auto says_nothing = [](const DemoAnswer& answer) { return answer.server.empty(); };
    if (!hits_every_server(*carried.pools.front()) || std::ranges::any_of(run.answers, says_nothing)) {
        return false;
    }
    return std::ranges::any_of(takes_turns(carried), [&](const ServerUse* use) {
        return std::ranges::find(run.answers, use->server->name(), &DemoAnswer::server) == run.answers.end();
    });
}

std::vector<Expectation> judge(Evidence evidence, const designer::Network& network,
                               const designer::ServiceMap& services, const designer::Routing& routing) {
    return Judge(std::move(evidence), network, routing).run(services);
}

} // namespace fulcrum::cli
