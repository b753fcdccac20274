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

// A packet of a capture on a link, while it is played back.
struct TravellingPacket {
    enum class Kind { request, answer, other };
    Id link;
    bool from_a = true;  // it travels from the link's end `a` to `b`
    double progress = 0; // 0: it leaves, 1: it arrives
    Kind kind = Kind::other;
    bool chosen = false; // the one that is told about; at most one
    QString text;        // beside the chosen one
    bool operator==(const TravellingPacket&) const = default;
};

// A route that a node needs: shown as an arrow along the link that it leads over.
struct RouteArrow {
    Id node, link;
    QString text; // "10.1.2.0/24 via 10.1.1.1"
    QString tip;  // rich text: why, and what stops without it
    bool by_hand = false;
    bool quiet = false; // among those of many nodes: said in few words
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
    std::unordered_map<Id, bool> proofs;  // what a proof says of an item: it holds, or does not

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
