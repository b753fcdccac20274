#include "app/cli/prove_ways.h"

#include <algorithm>

#include "designer/plan/capacity.h"
#include "designer/plan/legs.h"
#include "engine/wire/ipv4.h"

namespace fulcrum::cli {
namespace {

using designer::Interface;
using designer::Mode;
using designer::Station;

constexpr int fresh_ttl = 64;         // of Linux (net.ipv4.ip_default_ttl) and of the engine
constexpr std::size_t most_hops = 64; // a loop is longer

struct Sent { // a packet that sets out
    const Station* from = nullptr;
    IpAddress source, destination;
    const designer::Id* vrf = nullptr;    // of an SE that sends
    const Interface* handed_to = nullptr; // auto gateway: this neighbour, whatever the routes say
    int ttl = fresh_ttl;
};

// Hop by hop as each node's table decides, up to a node that `ends` says takes the packet.
template <class Ends>
void walk(const designer::Routing& routing, const Sent& sent, const Ends& ends, ProofLeg& leg) {
    const Station* at = leg.from = sent.from;
    const Interface* in = nullptr;
    int ttl = sent.ttl;
    while (leg.hops.size() < most_hops) {
        const Interface* out = nullptr;
        const Station* next = nullptr;
        if (at == sent.from && sent.handed_to != nullptr) {
            next = sent.handed_to->station;
            out = designer::interface_in(*at, *sent.handed_to->net);
        } else {
            const bool sends = at == sent.from;
            const auto trace =
                routing.trace(*at, sent.destination, sent.source, {in, sends ? sent.vrf : nullptr, nullptr});
            out = trace.out;
            next = trace.stations.size() > 1 ? trace.stations[1] : nullptr;
        }
        if (out == nullptr || out->net == nullptr || next == nullptr || next == at) { // at: has arrived
            return;
        }
        in = next == sent.from ? nullptr : designer::interface_in(*next, *out->net);
        if (in == nullptr) {
            return;
        }
        leg.hops.push_back({out, in, ttl--});
        leg.to = at = next;
        if (ends(*next)) {
            return;
        }
    }
}

ProofLeg request_leg(const designer::Carried& carried, const designer::PortRule& rule, const Station& client,
                     const IpAddress& address, const designer::Routing& routing) {
    ProofLeg leg;
    leg.name = "request";
    leg.sources = {address};
    leg.destinations = {*carried.service->vip};
    leg.destination_port = rule.port;
    walk(
        routing, {&client, address, *carried.service->vip},
        [&](const Station& at) { return &at == carried.active(); }, leg);
    return leg;
}

int last_ttl(const ProofLeg& leg) {
    return leg.hops.empty() ? fresh_ttl : leg.hops.back().ttl;
}

// Where an SE's packet to that address would leave it, and from which address of its own.
std::vector<IpAddress> own_source(const designer::Routing& routing, const Station& se,
                                  const IpAddress& destination, const designer::Id& vrf) {
    const auto trace = routing.trace(se, destination, {}, {nullptr, &vrf, nullptr});
    if (trace.out == nullptr || !trace.out->address()) {
        return {};
    }
    return {trace.out->address()->address};
}

// Makes the legs behind the request one by one: each needs the TTL that the one before it ended with.
class LegChain {
public:
    LegChain(const ProofTarget& target, const designer::ServerUse& use, const designer::Network& network,
             const designer::Routing& routing)
        : target_(target), carried_(*target.carried), use_(use), routing_(routing), network_(network),
          port_(designer::asked_port(use, *target.rule)), client_(target.request.sources.front()),
          vip_(*carried_.service->vip), se_(*carried_.active()), server_(*use.address) {}

    std::vector<ProofLeg> run() {
        legs_.push_back(target_.request);
        if (carried_.is_dsr()) {
            dsr();
        } else if (carried_.is_in_line()) {
            in_line();
        } else {
            full_proxy();
        }
        return std::move(legs_);
    }

private:
    ProofLeg& add(const char* name, std::vector<IpAddress> sources, std::uint16_t source_port,
                  std::vector<IpAddress> destinations, std::uint16_t destination_port) {
        ProofLeg leg;
        leg.name = name;
        leg.sources = std::move(sources);
        leg.destinations = std::move(destinations);
        leg.source_port = source_port;
        leg.destination_port = destination_port;
        legs_.push_back(std::move(leg));
        return legs_.back();
    }
    auto at(const Station& station) const {
        return [&station](const Station& here) { return &here == &station; };
    }
    Sent from_se(const IpAddress& source, int ttl) const {
        return {&se_, source, server_, &carried_.service->vrf, nullptr, ttl};
    }

    void dsr() {
        const int arrives_with = last_ttl(target_.request);
        auto& there = add("to the server", {client_}, 0, {vip_}, target_.rule->port);
        if (carried_.is_l3_dsr()) {
            const auto own = own_source(routing_, se_, server_, carried_.service->vrf);
            const bool gre = carried_.service->mode == Mode::l3_dsr_gre;
            there.tunnel = TunnelHeader{gre ? wire::protocol_gre : wire::protocol_ipip,
                                        own.empty() ? IpAddress{} : own.front(), server_};
            there.inner_ttl = arrives_with;
            walk(routing_, from_se(there.tunnel->source, fresh_ttl), at(*use_.server), there);
        } else {
            walk(routing_, from_se(client_, arrives_with), at(*use_.server), there);
        }
        auto& back = add("answer", {vip_}, target_.rule->port, {client_}, 0);
        walk(routing_, {use_.server, vip_, client_}, at(*target_.client), back);
    }

    void in_line() {
        auto& there = add("to the server", {client_}, 0, {server_}, port_);
        walk(routing_, from_se(client_, last_ttl(target_.request) - 1), at(*use_.server), there);
        auto& back = add("answer", {server_}, port_, {client_}, 0);
        walk(routing_, {use_.server, server_, client_}, at(se_), back);
        to_client(last_ttl(back) - 1);
    }

    void full_proxy() {
        const auto* snat = network_.address_pool(carried_.service->snat_pool);
        const auto sources = snat != nullptr ? designer::first_addresses(*snat, designer::most_snat_addresses)
                                             : own_source(routing_, se_, server_, carried_.service->vrf);
        const auto source = sources.empty() ? IpAddress{} : sources.front();
        auto& there = add("to the server", sources, 0, {server_}, port_);
        walk(routing_, from_se(source, fresh_ttl), at(*use_.server), there);
        auto& back = add("answer", {server_}, port_, sources, 0);
        walk(routing_, {use_.server, server_, source}, at(se_), back);
        to_client(fresh_ttl);
    }

    void to_client(int ttl) {
        auto& last = add("answer to the client", {vip_}, target_.rule->port, {client_}, 0);
        Sent sent{&se_, vip_, client_, &carried_.service->vrf, nullptr, ttl};
        if (se_.node->auto_gateway && !target_.request.hops.empty()) {
            sent.handed_to = target_.request.hops.back().from;
        }
        walk(routing_, sent, at(*target_.client), last);
    }

    const ProofTarget& target_;
    const designer::Carried& carried_;
    const designer::ServerUse& use_;
    const designer::Routing& routing_;
    const designer::Network& network_;
    std::uint16_t port_;
    IpAddress client_, vip_;
    const Station& se_;
    IpAddress server_;
    std::vector<ProofLeg> legs_;
};

} // namespace

std::vector<std::string> ProofLeg::nodes() const {
    std::vector<std::string> names;
    if (from != nullptr) {
        names.push_back(from->name());
    }
    for (const auto& hop : hops) {
        names.push_back(hop.to->station->name());
    }
    return names;
}

namespace {

// What a proof asks for is "/" of the VIP; a rule that sends that elsewhere leaves no server to prove.
bool is_sent_elsewhere(const designer::Service& service, const designer::PortRule& port) {
    const auto asked = std::ranges::find_if(service.rules, [&](const designer::ContentRule& rule) {
        return std::string_view("/").starts_with(rule.path_prefix) &&
               (rule.host.empty() || rule.host == service.vip->text());
    });
    return service.layer7 && port.protocol == designer::Protocol::tcp && asked != service.rules.end() &&
           !asked->redirect.empty();
}

} // namespace

std::vector<ProofTarget> proof_targets(const designer::Network& network, const designer::ServiceMap& services,
                                       const designer::Routing& routing) {
    std::vector<ProofTarget> targets;
    for (const auto& carried : services.services()) {
        if (carried.active() == nullptr || !carried.service->vip || !carried.service->enabled) {
            continue;
        }
        for (const auto& rule : carried.service->ports) {
            if (is_sent_elsewhere(*carried.service, rule)) {
                continue;
            }
            for (const auto& client : network.stations()) {
                if (client.kind() != designer::NodeKind::client) {
                    continue;
                }
                const designer::Leg leg{designer::LegKind::request, &carried, &client, carried.active(), {},
                                        *carried.service->vip,      nullptr};
                const auto trace = designer::follow(routing, leg);
                if (trace.out == nullptr || !trace.out->address() || !designer::is_carried(leg, trace)) {
                    continue;
                }
                targets.push_back(
                    {&carried, &rule, &client,
                     request_leg(carried, rule, client, trace.out->address()->address, routing)});
            }
        }
    }
    return targets;
}

std::vector<ProofLeg> legs_to(const ProofTarget& target, const designer::ServerUse& use,
                              const designer::Network& network, const designer::Routing& routing) {
    return LegChain(target, use, network, routing).run();
}

} // namespace fulcrum::cli
