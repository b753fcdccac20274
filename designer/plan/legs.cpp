#include "designer/plan/legs.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "designer/plan/capacity.h"

namespace fulcrum::designer {

namespace {

constexpr std::size_t most_clients = 64;

// A node whose routes somebody fixed is like no other.
bool is_edited(const Node& node) {
    return node.gateway || !node.routes.empty() || !node.derive_routes;
}

class LegMaker {
public:
    LegMaker(const Network& network, const ServiceMap& services, const Routing& routing)
        : network_(network), services_(services), routing_(routing) {}

    std::vector<Leg> run() {
        for (const Carried& carried : services_.services()) {
            if (carried.active() != nullptr && carried.service->vip && carried.service->enabled) {
                add_service(carried);
            }
        }
        return std::move(legs_);
    }

private:
    struct Asking { // a client that gets to the VIP
        const Station* client;
        IpAddress address;
        const Station* last; // the neighbour that handed the request to the SE
    };

    bool add(Leg leg) {
        const bool carried = is_carried(leg, follow(routing_, leg));
        if (carried) {
            legs_.push_back(std::move(leg));
        }
        return carried;
    }

    void add_service(const Carried& carried) {
        const std::vector<Asking> clients = ask(carried);
        std::set<std::tuple<const Net*, const Pool*>> seen;
        for (const ServerUse& use : carried.servers) {
            if (use.interface == nullptr || use.interface->net == nullptr) {
                continue;
            }
            const bool proxied = carried.service->mode == Mode::full_proxy;
            const bool probed = !use.pool->health.empty();
            for (const Station* member : carried.members) {
                add_to_server(carried, use, *member, proxied || probed);
            }
            const bool is_first = seen.insert({use.interface->net, use.pool}).second;
            for (const Asking& asking : clients) {
                add_answers(carried, use, asking);
                if (!is_first && !is_edited(*use.server->node) && use.server->interfaces.size() == 1) {
                    break;
                }
            }
        }
        for (const Station* member : carried.members) {
            if (carried.can_answer(*member)) {
                for (const Asking& asking : clients) {
                    add_se_answer(carried, *member, asking);
                }
            }
        }
    }

    std::vector<Asking> ask(const Carried& carried) {
        std::vector<Asking> found;
        std::set<const Net*> seen;
        for (const Station& client : network_.stations()) {
            if (client.kind() != NodeKind::client || found.size() == most_clients) {
                continue;
            }
            Leg leg{LegKind::request,      &carried, &client, carried.active(), {},
                    *carried.service->vip, nullptr};
            const Trace there = follow(routing_, leg);
            if (there.out == nullptr || there.out->net == nullptr || !is_carried(leg, there)) {
                continue;
            }
            leg.source = there.out->address()->address;
            legs_.push_back(leg);
            if (seen.insert(there.out->net).second || is_edited(*client.node)) {
                found.push_back({&client, leg.source, there.stations[there.stations.size() - 2]});
            }
        }
        return found;
    }

    // The interface, beside the SE, of whoever hands it requests.
    static const Interface* beside(const Carried& carried, const Station& se, const Station& neighbour) {
        for (const Interface* interface : neighbour.interfaces) {
            if (interface->net != nullptr && interface->domain->vrf == carried.service->vrf &&
                interface_in(se, *interface->net) != nullptr) {
                return interface;
            }
        }
        return nullptr;
    }

    void add_to_server(const Carried& carried, const ServerUse& use, const Station& member, bool answers) {
        Leg leg{LegKind::to_server, &carried, &member, use.server, {}, *use.address, nullptr};
        const Trace there =
            routing_.trace(member, *use.address, {}, {nullptr, &carried.service->vrf, nullptr});
        if (there.out == nullptr || there.out->net == nullptr) {
            return;
        }
        leg.source = there.out->address()->address;
        if (!add(leg) || !answers) {
            return;
        }
        add({LegKind::answer_to_se, &carried, use.server, &member, *use.address, leg.source, nullptr});
        const AddressPool* snat = network_.address_pool(carried.service->snat_pool);
        if (snat != nullptr && &member == carried.active()) {
            for (const IpAddress& address : first_addresses(*snat, followed_snat_addresses)) {
                add({LegKind::answer_to_se, &carried, use.server, &member, *use.address, address, nullptr});
            }
        }
    }

    void add_answers(const Carried& carried, const ServerUse& use, const Asking& asking) {
        const IpAddress& vip = *carried.service->vip;
        if (carried.is_dsr()) {
            add({LegKind::answer_past_se, &carried, use.server, asking.client, vip, asking.address, nullptr});
        } else if (carried.is_in_line()) {
            add({LegKind::answer_through_se, &carried, use.server, asking.client, *use.address,
                 asking.address, nullptr});
            // As seen here the same packet, sent for another reason: the SE has no connection for it to turn.
            if (add({LegKind::server_starts, &carried, use.server, asking.client, *use.address,
                     asking.address, nullptr})) {
                add({LegKind::answer_to_server, &carried, asking.client, use.server, asking.address,
                     *use.address, nullptr});
            }
        }
    }

    void add_se_answer(const Carried& carried, const Station& se, const Asking& asking) {
        const IpAddress& vip = *carried.service->vip;
        if (carried.is_l2_dsr()) {
            add({LegKind::ping_answer, &carried, &se, asking.client, vip, asking.address,
                 beside(carried, se, *asking.last)});
        } else if (!carried.is_dsr()) {
            add({LegKind::se_answer, &carried, &se, asking.client, vip, asking.address,
                 se.node->auto_gateway ? beside(carried, se, *asking.last) : nullptr});
        }
        if (carried.is_in_line() && &se != carried.active() && !carried.servers.empty() &&
            carried.servers.front().address) {
            add({LegKind::standby_forwards, &carried, &se, asking.client, *carried.servers.front().address,
                 asking.address, nullptr});
        }
    }

    const Network& network_;
    const ServiceMap& services_;
    const Routing& routing_;
    std::vector<Leg> legs_;
};

} // namespace

bool Leg::is_vital() const {
    return kind != LegKind::ping_answer && kind != LegKind::server_starts &&
           kind != LegKind::answer_to_server;
}

std::string Leg::text() const {
    const std::string service = service_text(*carried->service);
    switch (kind) {
    case LegKind::request:
        return fmt::format("requests of {} for {}", from->name(), service);
    case LegKind::to_server:
        return fmt::format("packets of {} to {} for {}", from->name(), to->name(), service);
    case LegKind::answer_to_se:
        return fmt::format("answers of {} to {} ({}) for {}", from->name(), to->name(), destination.text(),
                           service);
    case LegKind::answer_through_se:
    case LegKind::answer_past_se:
        return fmt::format("answers of {} to {} for {}", from->name(), to->name(), service);
    case LegKind::se_answer:
        return fmt::format("answers of {} by {} to {}", service, from->name(), to->name());
    case LegKind::ping_answer:
        return fmt::format("answers to pings of {} by {}", service, to->name());
    case LegKind::server_starts:
        return fmt::format("connections that {} itself opens to {}", from->name(), to->name());
    case LegKind::standby_forwards:
        return fmt::format("connections that servers of {} open through {} to {}", service, from->name(),
                           to->name());
    case LegKind::answer_to_server:
        return fmt::format("answers of {} to connections that {} itself opens", from->name(), to->name());
    }
    return {};
}

std::vector<Leg> legs_of(const Network& network, const ServiceMap& services, const Routing& routing) {
    return LegMaker(network, services, routing).run();
}

Trace follow(const Routing& routing, const Leg& leg, const RouteEntry* without) {
    const TraceStart start{nullptr, &leg.carried->service->vrf, without};
    if (leg.handed_to == nullptr) {
        return routing.trace(*leg.from, leg.destination, leg.source, start);
    }
    const Station& neighbour = *leg.handed_to->station;
    Trace trace;
    if (&neighbour == leg.to) {
        trace.end = Trace::End::delivered;
        trace.stations = {leg.to};
    } else {
        trace = routing.trace(neighbour, leg.destination, leg.source, {leg.handed_to, nullptr, without});
    }
    trace.stations.insert(trace.stations.begin(), leg.from);
    return trace;
}

bool is_carried(const Leg& leg, const Trace& trace) {
    const auto& members = leg.carried->members;
    if (leg.kind == LegKind::answer_through_se) {
        return std::any_of(trace.stations.begin() + 1, trace.stations.end(), [&](const Station* station) {
            return std::ranges::find(members, station) != members.end();
        });
    }
    if (trace.end != Trace::End::delivered) {
        return false;
    }
    // An SE may have the same VIP in two zones: a request that comes to it in another one is for another
    // service.
    if (leg.kind == LegKind::request && trace.in != nullptr &&
        trace.in->domain->vrf != leg.carried->service->vrf) {
        return false;
    }
    // A VIP outside every segment may be brought to any SE of the group.
    return trace.stations.back() == leg.to ||
           (leg.kind == LegKind::request && leg.carried->vip_net == nullptr &&
            std::ranges::find(members, trace.stations.back()) != members.end());
}

const Station& first_break(const Trace& works, const Trace& breaks) {
    const auto differs = std::mismatch(works.stations.begin(), works.stations.end(), breaks.stations.begin(),
                                       breaks.stations.end());
    return differs.second == breaks.stations.begin() ? *breaks.stations.front() : **std::prev(differs.second);
}

std::string break_text(const Leg& leg, const Trace& works, const Trace& breaks) {
    const Station& where = first_break(works, breaks);
    if (&where == breaks.stations.back()) {
        return breaks.end == Trace::End::no_route
                   ? fmt::format("{} stop at {}, which has no route to {}", leg.text(), where.name(),
                                 leg.destination.text())
                   : fmt::format("{} stop at {}, which {}", leg.text(), where.name(), stopped_by(breaks.end));
    }
    const Station& last = *breaks.stations.back();
    if (breaks.end == Trace::End::loop) {
        return fmt::format("{} are led astray by {} and go round for ever", leg.text(), where.name());
    }
    return breaks.end == Trace::End::delivered
               ? fmt::format("{} are led past the SE by {} ({})", leg.text(), where.name(), path_text(breaks))
               : fmt::format("{} are led astray by {} and stop at {}, which {}", leg.text(), where.name(),
                             last.name(), stopped_by(breaks.end));
}

std::string path_text(const Trace& trace) {
    std::string text;
    for (const Station* station : trace.stations) {
        text += (text.empty() ? "" : " → ") + station->name();
    }
    return text;
}

std::string_view stopped_by(Trace::End end) {
    switch (end) {
    case Trace::End::no_route:
        return "has no route to it";
    case Trace::End::no_owner:
        return "finds nobody who answers for the next hop";
    case Trace::End::not_a_router:
        return "does not forward";
    case Trace::End::loop:
        return "is on a loop";
    case Trace::End::delivered:
        break;
    }
    return "has it";
}

} // namespace fulcrum::designer
