#include "designer/document/auto_layout.h"

#include <deque>
#include <unordered_map>

#include "designer/document/layered_layout.h"
#include "designer/document/layout_metrics.h"

namespace fulcrum::designer {

namespace {

// Goes from what is placed outwards, so that every item has a neighbour to stand by if it has one at all.
class Completion {
public:
    explicit Completion(const Document& document) : document_(document), ground_(document) {
        for (const Node& node : document.nodes) {
            nodes_.emplace(node.id, &node);
        }
        for (const Link& link : document.links) {
            if (nodes_.contains(link.a.node) && nodes_.contains(link.b.node)) {
                neighbours_[link.a.node].push_back(nodes_.at(link.b.node));
                neighbours_[link.b.node].push_back(nodes_.at(link.a.node));
            }
        }
    }

    Layout run() {
        for (const auto& [id, placement] : document_.layout) {
            ground_.put(id, placement);
        }
        for (const Node& node : document_.nodes) {
            if (ground_.has(node.id)) {
                queue_.push_back(&node);
            }
        }
        spread();
        for (const Node& node : document_.nodes) {
            if (!ground_.has(node.id)) {
                place(node, ground_.below());
                spread();
            }
        }
        ground_.put_services_and_notes();
        return ground_.layout();
    }

private:
    void spread() {
        for (; !queue_.empty(); queue_.pop_front()) {
            const Node& from = *queue_.front();
            if (from.kind == NodeKind::segment && !ground_.layout().at(from.id).vertical) {
                fill(from, Side::below);
                fill(from, Side::above);
            }
            const Placement at = ground_.layout().at(from.id);
            for (const Node* next : neighbours_[from.id]) {
                if (!ground_.has(next->id)) {
                    place(*next, {at.x, at.y + (from.kind == NodeKind::server ? -row_height : row_height)});
                }
            }
        }
    }
    void place(const Node& node, const Placement& wanted) {
        ground_.put(node.id, node.kind == NodeKind::segment ? ground_.bar_for(node.id)
                                                            : ground_.near(wanted.x, wanted.y));
        queue_.push_back(&node);
    }
    // Servers below their bar, all others above.
    void fill(const Node& bar, Side side) {
        std::vector<const Node*> missing;
        for (const Node* next : neighbours_[bar.id]) {
            const bool here = (next->kind == NodeKind::server) == (side == Side::below);
            const bool again = !missing.empty() && missing.back() == next; // two links to one segment
            if (here && !again && next->kind != NodeKind::segment && !ground_.has(next->id)) {
                missing.push_back(next);
            }
        }
        const std::vector<Placement> places = ground_.beside_bar(bar.id, side, missing.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            ground_.put(missing[i]->id, places[i]);
            queue_.push_back(missing[i]);
        }
    }

    const Document& document_;
    LayoutGround ground_;
    std::unordered_map<std::string_view, const Node*> nodes_;
    std::unordered_map<std::string_view, std::vector<const Node*>> neighbours_;
    std::deque<const Node*> queue_;
};

} // namespace

Layout auto_layout(const Document& document) {
    LayoutGround ground(document);
    for (const auto& [id, placement] : layered_layout(document)) {
        ground.put(id, placement);
    }
    ground.put_services_and_notes();
    return ground.layout();
}

Layout complete_layout(const Document& document) {
    return document.layout.empty() ? auto_layout(document) : Completion(document).run();
}

std::vector<Placement> rows_beside(const Document& document, const Id& segment, Side side,
                                   std::size_t count) {
    LayoutGround ground(document);
    for (const auto& [id, placement] : document.layout) {
        ground.put(id, placement);
    }
    return ground.beside_bar(segment, side, count);
}

} // namespace fulcrum::designer
