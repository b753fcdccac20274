#include "app/window/lab/request_path.h"

#include <algorithm>
#include <deque>
#include <map>

namespace fulcrum::window {

using namespace designer;

namespace {

using Way = std::vector<Id>; // links in travel order

// The shortest way over routers and segments.
Way shortest(const Document& drawing, const Id& from, const Id& to) {
    std::map<Id, std::vector<const Link*>> links;
    for (const Link& link : drawing.links) {
        links[link.a.node].push_back(&link);
        links[link.b.node].push_back(&link);
    }
    std::map<Id, const Link*> came_by{{from, nullptr}};
    std::deque<Id> open{from};
    while (!open.empty() && !came_by.contains(to)) {
        const Id here = open.front();
        open.pop_front();
        const Node* node = drawing.node(here);
        const bool passes_on =
            node != nullptr && (node->kind == NodeKind::router || node->kind == NodeKind::segment);
        if (here != from && !passes_on) {
            continue;
        }
        for (const Link* link : links[here]) {
            const Id& next = link->a.node == here ? link->b.node : link->a.node;
            if (came_by.try_emplace(next, link).second) {
                open.push_back(next);
            }
        }
    }
    Way way;
    if (!came_by.contains(to)) {
        return way;
    }
    for (Id here = to; here != from;) {
        const Link* link = came_by[here];
        way.push_back(link->id);
        here = link->a.node == here ? link->b.node : link->a.node;
    }
    std::reverse(way.begin(), way.end());
    return way;
}

bool answers_directly(Mode mode) {
    return mode == Mode::l2_dsr || mode == Mode::l3_dsr_ipip || mode == Mode::l3_dsr_gre;
}

} // namespace

std::vector<PathLeg> request_path(const Document& drawing, const FollowedRequest& request) {
    std::vector<PathLeg> legs;
    const auto add = [&](const Id& from, const Id& to, bool is_return) {
        Way way = shortest(drawing, from, to);
        if (way.empty()) {
            return false;
        }
        legs.push_back({.links = std::move(way), .from = from, .is_return = is_return});
        return true;
    };
    bool whole = true;
    if (request.se.empty()) {
        whole = add(request.client, request.server, false);
    } else {
        whole = add(request.client, request.se, false) && add(request.se, request.server, false);
    }
    if (request.se.empty() || answers_directly(request.mode)) {
        whole = whole && add(request.server, request.client, true);
    } else {
        whole = whole && add(request.server, request.se, true) && add(request.se, request.client, true);
    }
    return whole ? legs : std::vector<PathLeg>{};
}

} // namespace fulcrum::window
