// What a running lab reports about a drawing, by entity id; nothing of it is in the document.
#pragma once

#include <QString>
#include <unordered_map>
#include <vector>

#include "designer/document/document.h"

namespace fulcrum::designer {

enum class LiveState { none, starting, running, stopped, failed };

// Traffic of one link, seen from its end `a`; bits per second.
struct LinkTraffic {
    double a_to_b_bps = 0, b_to_a_bps = 0;
    bool up = true;
    bool operator==(const LinkTraffic&) const = default;
};

// One leg of a followed request: drawn over the links in order, request and return in different colours.
struct PathLeg {
    std::vector<Id> links; // in travel order; the first starts at `from`
    Id from;
    bool is_return = false;
};

struct LivePicture {
    struct Item {
        LiveState state = LiveState::none;
        QString detail; // "round trip 0.3 ms", "exit code 1"; shown in the tooltip
        bool operator==(const Item&) const = default;
    };
    std::unordered_map<Id, Item> items; // nodes and services
    std::unordered_map<Id, LinkTraffic> traffic;
    std::unordered_map<Id, int> problems; // 0 error, 1 warning, 2 note

    bool is_live() const { return !items.empty() || !traffic.empty(); }
    LiveState state_of(const Id& id) const {
        const auto found = items.find(id);
        return found == items.end() ? LiveState::none : found->second.state;
    }
    const LinkTraffic* traffic_of(const Id& id) const {
        const auto found = traffic.find(id);
        return found == traffic.end() ? nullptr : &found->second;
    }
};

} // namespace fulcrum::designer
