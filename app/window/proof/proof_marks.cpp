#include "app/window/proof/proof_marks.h"

#include <algorithm>
#include <deque>
#include <map>
#include <string_view>

namespace fulcrum::window {

using designer::Document;
using designer::Id;

namespace {

// "client1 → router1, lost there": the nodes it names.
std::vector<std::string> nodes_of_way(std::string_view text) {
    constexpr std::string_view arrow = " → ";
    text = text.substr(0, text.find(','));
    std::vector<std::string> names;
    while (!text.empty()) {
        const auto end = text.find(arrow);
        names.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + arrow.size());
    }
    return names;
}

struct Hop {
    std::string from, to; // nodes, by name
    bool came_about = false;
};

// The hops of a packet's way; none of other expectations.
std::vector<Hop> hops_of(const cli::Expectation& expectation) {
    if (!expectation.text.ends_with(": way")) {
        return {};
    }
    const auto expected = nodes_of_way(expectation.expected);
    const auto seen = nodes_of_way(expectation.seen);
    std::vector<Hop> hops;
    bool same = true;
    for (std::size_t i = 0; i + 1 < expected.size(); ++i) {
        same = same && i + 1 < seen.size() && seen[i] == expected[i] && seen[i + 1] == expected[i + 1];
        hops.push_back({expected[i], expected[i + 1], same});
    }
    // The last hop may have been sent and lost.
    if (!expectation.ok && !hops.empty() && hops.back().came_about) {
        hops.back().came_about = false;
    }
    return hops;
}

class Names {
public:
    explicit Names(const Document& drawing) : drawing_(drawing) {
        for (const designer::Node& node : drawing.nodes) {
            nodes_[node.name] = &node;
        }
        for (const designer::Service& service : drawing.services) {
            services_[service.name] = service.id;
        }
    }

    Id node(const std::string& name) const {
        const auto found = nodes_.find(name);
        return found == nodes_.end() ? Id() : found->second->id;
    }
    // "vip1 80/tcp" is vip1.
    Id service(const std::string& label) const {
        const auto found = services_.find(label);
        if (found != services_.end()) {
            return found->second;
        }
        const auto by_name = services_.find(label.substr(0, label.rfind(' ')));
        return by_name == services_.end() ? Id() : by_name->second;
    }

    // Between two nodes that hear each other: a wire, or over segments.
    std::vector<Id> links_between(const Id& from, const Id& to) const {
        std::map<Id, std::pair<Id, Id>> came_by; // node: from where, over which link
        std::deque<Id> open{from};
        came_by[from] = {};
        while (!open.empty() && !came_by.contains(to)) {
            const Id here = open.front();
            open.pop_front();
            for (const designer::Link& link : drawing_.links) {
                if (link.a.node != here && link.b.node != here) {
                    continue;
                }
                const Id& there = link.a.node == here ? link.b.node : link.a.node;
                const designer::Node* node = drawing_.node(there);
                const bool passes = node != nullptr && node->kind == designer::NodeKind::segment;
                if ((passes || there == to) && came_by.try_emplace(there, here, link.id).second) {
                    open.push_back(there);
                }
            }
        }
        std::vector<Id> links;
        for (Id at = to; at != from && came_by.contains(at); at = came_by[at].first) {
            links.push_back(came_by[at].second);
        }
        return links;
    }

private:
    const Document& drawing_;
    std::map<std::string, const designer::Node*> nodes_;
    std::map<std::string, Id> services_;
};

} // namespace

std::vector<Id> items_of(const Document& drawing, const cli::Expectation& expectation) {
    const Names names(drawing);
    std::vector<Id> items;
    const auto add = [&](const Id& id) {
        if (!id.empty() && std::find(items.begin(), items.end(), id) == items.end()) {
            items.push_back(id);
        }
    };
    for (const Hop& hop : hops_of(expectation)) {
        const Id from = names.node(hop.from), to = names.node(hop.to);
        if (!hop.came_about && !from.empty() && !to.empty()) {
            add(from);
            add(to);
            for (const Id& link : names.links_between(from, to)) {
                add(link);
            }
            return items;
        }
    }
    add(names.service(expectation.service));
    add(names.node(expectation.client));
    add(names.node(expectation.server));
    return items;
}

std::unordered_map<Id, bool> marks_of(const Document& drawing, const std::vector<cli::Expectation>& list) {
    const Names names(drawing);
    std::unordered_map<Id, bool> marks;
    const auto mark = [&](const Id& id, bool holds) {
        if (!id.empty()) {
            const auto [found, is_new] = marks.try_emplace(id, holds);
            found->second = found->second && holds;
        }
    };
    std::map<std::pair<Id, Id>, std::vector<Id>> known; // links between two nodes: many ways cross the same
    for (const cli::Expectation& expectation : list) {
        if (expectation.could_not_see) {
            continue;
        }
        mark(names.service(expectation.service), expectation.ok);
        mark(names.node(expectation.client), expectation.ok);
        mark(names.node(expectation.server), expectation.ok);
        for (const Hop& hop : hops_of(expectation)) {
            const Id from = names.node(hop.from), to = names.node(hop.to);
            if (from.empty() || to.empty()) {
                continue;
            }
            const auto [links, is_new] = known.try_emplace({from, to});
            if (is_new) {
                links->second = names.links_between(from, to);
            }
            for (const Id& link : links->second) {
                mark(link, hop.came_about);
            }
            if (!hop.came_about) {
                break; // what comes after could not
            }
        }
    }
    return marks;
}

} // namespace fulcrum::window
