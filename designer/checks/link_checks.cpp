// Links: what is joined to what, and what a link can carry.
#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "designer/checks/rules.h"
#include "designer/plan/disjoint_sets.h"
#include "designer/plan/legs.h"

namespace fulcrum::designer {

namespace {

constexpr std::uint32_t least_mtu_bytes = 68;   // RFC 791 section 3.2
constexpr std::uint32_t most_mtu_bytes = 65535; // what a veth takes
constexpr std::uint32_t usual_mtu_bytes = 1500;
constexpr std::size_t most_segment_links = 1023; // ports of a Linux bridge (BR_MAX_PORTS - 1)

void remove_link(Document& document, const Problem& problem) {
    std::erase_if(document.links, [&](const Link& link) { return link.id == problem.items.front(); });
    document.layout.erase(problem.items.front());
}

void check_dangling_link(const Inspection& look, Findings& findings) {
    for (const Link& link : look.drawn.links) {
        const Node* a = look.network.node(link.a.node);
        const Node* b = look.network.node(link.b.node);
        if (a == nullptr || b == nullptr) {
            const Node* there = a != nullptr ? a : b;
            findings.add({link.id},
                         there == nullptr ? "a link joins nothing to nothing"
                                          : fmt::format("a link of {} leads nowhere", there->name),
                         "remove the link, or join it to an item");
        }
    }
}

void check_self_link(const Inspection& look, Findings& findings) {
    for (const Link& link : look.drawn.links) {
        const Node* node = look.network.node(link.a.node);
        if (node != nullptr && link.a.node == link.b.node) {
            findings.add({link.id, node->id}, fmt::format("a link joins {} to itself", node->name),
                         "remove the link");
        }
    }
}

void check_unconnected_node(const Inspection& look, Findings& findings) {
    std::unordered_map<std::string_view, bool> linked;
    for (const Link& link : look.drawn.links) {
        if (link.a.node != link.b.node && look.network.node(link.a.node) != nullptr &&
            look.network.node(link.b.node) != nullptr) {
            linked.emplace(link.a.node, true);
            linked.emplace(link.b.node, true);
        }
    }
    for (const Node& node : look.drawn.nodes) {
        if (!linked.contains(node.id)) {
            findings.add({node.id}, fmt::format("{} is connected to nothing", node.name),
                         "draw a link to it, or remove it");
        }
    }
}

void check_segment_loop(const Inspection& look, Findings& findings) {
    std::unordered_map<std::string_view, std::size_t> number;
    for (const Node& node : look.drawn.nodes) {
        if (node.kind == NodeKind::segment) {
            number.emplace(node.id, number.size());
        }
    }
    DisjointSets joined(number.size());
    for (const Link& link : look.drawn.links) {
        const auto a = number.find(link.a.node);
        const auto b = number.find(link.b.node);
        if (a != number.end() && b != number.end() && a != b && !joined.join(a->second, b->second)) {
            findings.add(
                {link.id, link.a.node, link.b.node},
                fmt::format("the link {} – {} closes a loop of segments: one broadcast would circle for ever",
                            look.network.node(link.a.node)->name, look.network.node(link.b.node)->name),
                "remove the link");
        }
    }
}

void check_too_many_links(const Inspection& look, Findings& findings) {
    std::unordered_map<std::string_view, std::size_t> count;
    for (const Link& link : look.drawn.links) {
        ++count[link.a.node];
        ++count[link.b.node];
    }
    for (const Node& node : look.drawn.nodes) {
        const auto it = count.find(node.id);
        if (node.kind == NodeKind::segment && it != count.end() && it->second > most_segment_links) {
            findings.add({node.id},
                         fmt::format("{} has {} links; a segment is a Linux bridge, which takes {}",
                                     node.name, it->second, most_segment_links),
                         "spread the nodes over several segments and link those");
        }
    }
}

std::string link_text(const Inspection& look, const Link& link) {
    const Node* a = look.network.node(link.a.node);
    const Node* b = look.network.node(link.b.node);
    return fmt::format("{} – {}", a == nullptr ? "?" : a->name, b == nullptr ? "?" : b->name);
}

void check_mtu_range(const Inspection& look, Findings& findings) {
    for (const Link& link : look.drawn.links) {
        if (link.mtu_bytes < least_mtu_bytes || link.mtu_bytes > most_mtu_bytes) {
            findings.add({link.id},
                         fmt::format("the link {} has an MTU of {} bytes; possible are {} to {}",
                                     link_text(look, link), link.mtu_bytes, least_mtu_bytes, most_mtu_bytes),
                         fmt::format("set it to {}", usual_mtu_bytes));
        }
    }
}

void fix_mtu_range(Document& document, const Problem& problem) {
    if (Link* link = document.link(problem.items.front())) {
        link->mtu_bytes = usual_mtu_bytes;
    }
}

void check_mtu_mismatch(const Inspection& look, Findings& findings) {
    for (const Domain& domain : look.network.domains()) {
        if (domain.segments.empty() || domain.interfaces.empty()) {
            continue;
        }
        const auto [least, most] = std::ranges::minmax_element(
            domain.interfaces, {}, [](const Interface* interface) { return interface->link->mtu_bytes; });
        const std::uint32_t low = (*least)->link->mtu_bytes;
        const std::uint32_t high = (*most)->link->mtu_bytes;
        if (low == high) {
            continue;
        }
        std::vector<Id> items; // the links above the smallest: those are lowered
        for (const Interface* interface : domain.interfaces) {
            if (interface->link->mtu_bytes > low) {
                items.push_back(interface->link->id);
            }
        }
        findings.add(
            std::move(items),
            fmt::format(
                "on {} {} sends frames of up to {} bytes and {} takes {}: larger ones vanish without a "
                "word, because no router is between them",
                look.network.describe(domain), interface_text(**most), high, interface_text(**least), low),
            fmt::format("give every link of the segment an MTU of {} bytes", low));
    }
}

void fix_mtu_mismatch(Document& document, const Problem& problem) {
    // The smallest MTU of the segment is on a link that is not listed; find it through one that is.
    const Network network(document);
    for (const Domain& domain : network.domains()) {
        std::uint32_t low = most_mtu_bytes;
        bool is_it = false;
        for (const Interface* interface : domain.interfaces) {
            low = std::min(low, interface->link->mtu_bytes);
            is_it = is_it || interface->link->id == problem.items.front();
        }
        if (is_it) {
            for (const Id& id : problem.items) {
                if (Link* link = document.link(id)) {
                    link->mtu_bytes = low;
                }
            }
            return;
        }
    }
}

// What a service does not get over one cut link. Stations in the order in which its legs name them.
struct Loss {
    std::vector<const Station*> clients, servers;
    std::vector<const Leg*> answers; // of servers to clients that both reach the SE

    void note(const Leg& leg) {
        const Station* active = leg.carried->active();
        const auto add = [](std::vector<const Station*>& list, const Station* station) {
            if (std::ranges::find(list, station) == list.end()) {
                list.push_back(station);
            }
        };
        if (leg.kind == LegKind::request || leg.kind == LegKind::se_answer) {
            add(clients, leg.kind == LegKind::request ? leg.from : leg.to);
        } else if (leg.kind == LegKind::to_server && leg.from == active) {
            add(servers, leg.to);
        } else if (leg.kind == LegKind::answer_to_se && leg.to == active) {
            add(servers, leg.from);
        } else if (leg.kind == LegKind::answer_past_se || leg.kind == LegKind::answer_through_se) {
            answers.push_back(&leg);
        }
    }
    // Answers that are lost although neither their server nor their client is.
    std::vector<const Leg*> answers_alone() const {
        std::vector<const Leg*> alone;
        std::ranges::copy_if(answers, std::back_inserter(alone), [this](const Leg* leg) {
            return std::ranges::find(servers, leg->from) == servers.end() &&
                   std::ranges::find(clients, leg->to) == clients.end();
        });
        return alone;
    }
    bool is_empty() const { return clients.empty() && servers.empty() && answers.empty(); }
};

std::string station_names(const std::vector<const Station*>& stations) {
    constexpr std::size_t most_named = 4;
    std::vector<std::string> names;
    for (const Station* station : stations) {
        if (names.size() + 1 == most_named && stations.size() > most_named) {
            names.push_back(fmt::format("{} more", stations.size() - names.size()));
            break;
        }
        names.push_back(station->name());
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string loss_text(const Service& service, const Loss& loss) {
    std::vector<std::string> parts;
    if (!loss.clients.empty()) {
        parts.push_back(fmt::format("clients ({})", station_names(loss.clients)));
    }
    if (!loss.servers.empty()) {
        parts.push_back(fmt::format("servers ({})", station_names(loss.servers)));
    }
    if (const auto alone = loss.answers_alone(); !alone.empty()) {
        parts.push_back(fmt::format("answers of {} to {}{}", alone.front()->from->name(),
                                    alone.front()->to->name(), alone.size() > 1 ? " and more" : ""));
    }
    return fmt::format("{} loses {}", service_text(service), fmt::join(parts, " and "));
}

// A link between segments is not-available-yet's.
void check_cut_link(const Inspection& look, Findings& findings) {
    if (std::ranges::all_of(look.filled.links, &Link::up)) {
        return; // legs cost time in large drawings
    }
    const std::vector<Leg> legs = legs_of(look.network, look.services, look.routing);
    std::map<const Link*, std::map<const Carried*, Loss>> lost; // services in the order of the ServiceMap
    for (const Leg& leg : legs) {
        for (const Link* link : follow(look.routing, leg).crossed) {
            if (!link->up) {
                lost[link][leg.carried].note(leg);
            }
        }
    }
    for (const Link& link : look.filled.links) {
        std::vector<Id> items{link.id};
        std::vector<std::string> texts;
        for (const auto& [carried, loss] : lost[&link]) {
            if (!loss.is_empty()) {
                items.push_back(carried->service->id);
                texts.push_back(loss_text(*carried->service, loss));
            }
        }
        if (!texts.empty()) {
            findings.add(
                std::move(items),
                fmt::format("the link {} is drawn cut: {}", link_text(look, link), fmt::join(texts, "; ")),
                "draw it up, or restore it in the running lab");
        }
    }
}

void fix_cut_link(Document& document, const Problem& problem) {
    if (Link* link = document.link(problem.items.front())) {
        link->up = true;
    }
}

constexpr std::array table{
    Rule{"dangling-link", Severity::error, check_dangling_link, remove_link},
    Rule{"self-link", Severity::error, check_self_link, remove_link},
    Rule{"unconnected-node", Severity::warning, check_unconnected_node},
    Rule{"segment-loop", Severity::error, check_segment_loop, remove_link},
    Rule{"too-many-links", Severity::error, check_too_many_links},
    Rule{"mtu-out-of-range", Severity::error, check_mtu_range, fix_mtu_range},
    Rule{"mtu-mismatch", Severity::warning, check_mtu_mismatch, fix_mtu_mismatch},
    Rule{"cut-link", Severity::warning, check_cut_link, fix_cut_link},
};

} // namespace

std::span<const Rule> link_rules() {
    return table;
}

} // namespace fulcrum::designer
