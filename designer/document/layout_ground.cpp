#include "designer/document/layout_ground.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "designer/document/layout_metrics.h"
#include "designer/document/segments.h"

namespace fulcrum::designer {

namespace {

constexpr double cell = node_pitch / 2;

std::int64_t cell_number(double coordinate) {
    return static_cast<std::int64_t>(std::floor(coordinate / cell));
}
// One number for two; a clash of far-away cells only costs a free place.
std::int64_t cell_key(std::int64_t x, std::int64_t y) {
    return x * 1'000'003 + y;
}

// Calls f(x, y) along an item, close enough that no cell is missed.
template <class F>
void along(const Placement& placement, F f) {
    const double half = placement.width / 2;
    const auto steps = static_cast<int>(std::min(std::ceil(half / cell), 10'000.0));
    for (int s = -steps; s <= steps; ++s) {
        const double offset = steps == 0 ? 0 : half * s / steps;
        f(placement.x + (placement.vertical ? 0 : offset), placement.y + (placement.vertical ? offset : 0));
    }
}

// Nearest to the middle of the bar without standing where a link or another VIP touches it.
double free_on_bar(const Placement& bar, const std::vector<double>& touched) {
    constexpr double step = 25;
    const auto is_clear = [&](double x) {
        return std::all_of(touched.begin(), touched.end(),
                           [&](double t) { return std::abs(t - x) >= vip_room; });
    };
    for (int n = 0; n * step <= bar.width / 2; ++n) {
        for (const double x : {bar.x - n * step, bar.x + n * step}) {
            if (is_clear(x)) {
                return x;
            }
        }
    }
    return bar.x + bar.width / 2; // a full bar: on its end
}

} // namespace

void LayoutGround::put(const Id& id, const Placement& placement) {
    const double half_x = placement.vertical ? 0 : placement.width / 2;
    const double half_y = placement.vertical ? placement.width / 2 : 0;
    const bool first = layout_.empty();
    left_ = first ? placement.x - half_x : std::min(left_, placement.x - half_x);
    right_ = first ? placement.x + half_x : std::max(right_, placement.x + half_x);
    top_ = first ? placement.y - half_y : std::min(top_, placement.y - half_y);
    bottom_ = first ? placement.y + half_y : std::max(bottom_, placement.y + half_y);
    along(placement, [&](double x, double y) { taken_.insert(cell_key(cell_number(x), cell_number(y))); });
    layout_[id] = placement;
}

bool LayoutGround::is_free(double x, double y) const {
    for (std::int64_t dx = -1; dx <= 1; ++dx) {
        for (std::int64_t dy = -1; dy <= 1; ++dy) {
            if (taken_.contains(cell_key(cell_number(x) + dx, cell_number(y) + dy))) {
                return false;
            }
        }
    }
    return true;
}

bool LayoutGround::is_free_along(const Placement& bar) const {
    bool free = true;
    along(bar, [&](double x, double y) { free = free && is_free(x, y); });
    return free;
}

Placement LayoutGround::near(double x, double y) const {
    constexpr int most_rings = 60;
    for (int ring = 0; ring < most_rings; ++ring) {
        for (int dx = -ring; dx <= ring; ++dx) {
            for (const int dy : {ring - std::abs(dx), std::abs(dx) - ring}) {
                const Placement at{std::round(x + dx * node_pitch), std::round(y + dy * row_height)};
                if (is_free(at.x, at.y)) {
                    return at;
                }
            }
        }
    }
    return below();
}

Placement LayoutGround::below() const {
    return {std::round(left_), std::round(bottom_ + row_height)};
}

std::vector<double> LayoutGround::vips_on(const Id& segment) const {
    std::vector<double> places;
    for (const Service& service : document_.services) {
        const auto at = layout_.find(service.id);
        const Node* lies_on = at == layout_.end() ? nullptr : vip_segment(document_, service);
        if (lies_on != nullptr && lies_on->id == segment) {
            places.push_back(at->second.x);
        }
    }
    return places;
}

std::vector<Placement> LayoutGround::beside_bar(const Id& segment, Side side, std::size_t count) const {
    std::vector<Placement> places;
    const auto found = layout_.find(segment);
    if (found == layout_.end() || count == 0) {
        return places;
    }
    const Placement& bar = found->second;
    const auto under_bar = static_cast<std::size_t>(std::max(bar.width, shortest_bar) / node_pitch);
    const auto square = static_cast<std::size_t>(std::ceil(std::sqrt(2.5 * static_cast<double>(count))));
    const std::size_t columns = std::max(under_bar, square);
    const std::vector<double> vips = vips_on(segment);
    double first = bar.x - static_cast<double>(columns - 1) / 2 * node_pitch;
    for (const double shift : {0.0, node_pitch / 2, node_pitch / 4, -node_pitch / 4}) {
        const bool clear = std::all_of(vips.begin(), vips.end(), [&](double vip) {
            return std::abs(std::remainder(vip - first - shift, node_pitch)) >= vip_room;
        });
        if (clear) {
            first += shift;
            break;
        }
    }
    const double away = side == Side::below ? row_height : -row_height;
    // What is in the way is at most everything: after as many rows beyond it there is room.
    const std::size_t most_rows = count + taken_.size();
    for (std::size_t r = 1; r <= most_rows && places.size() < count; ++r) {
        for (std::size_t c = 0; c < columns && places.size() < count; ++c) {
            const Placement at{std::round(first + static_cast<double>(c) * node_pitch),
                               std::round(bar.y + away * static_cast<double>(r))};
            if (is_free(at.x, at.y)) {
                places.push_back(at);
            }
        }
    }
    return places;
}

Placement LayoutGround::bar_for(const Id& segment) const {
    std::vector<Placement> hanging;
    for (const Link& link : document_.links) {
        for (const auto& [bar, node] : {std::pair{&link.a, &link.b}, std::pair{&link.b, &link.a}}) {
            const auto at = bar->node == segment ? layout_.find(node->node) : layout_.end();
            if (at != layout_.end()) {
                hanging.push_back(at->second);
            }
        }
    }
    for (const Service& service : document_.services) {
        const Node* lies_on = has(service.id) ? vip_segment(document_, service) : nullptr;
        if (lies_on != nullptr && lies_on->id == segment) {
            // The bar goes through its VIP, whatever else is there.
            Placement bar = layout_.at(service.id);
            double reach = 0;
            for (const Placement& placement : hanging) {
                reach = std::max(reach, std::abs(placement.x - bar.x) + bar_overhang);
            }
            bar.width = std::round(std::max(shortest_bar, 2 * reach));
            return bar;
        }
    }
    if (hanging.empty()) {
        Placement bar = near(below().x + shortest_bar / 2, below().y);
        bar.width = shortest_bar;
        return bar;
    }
    double low = hanging[0].x, high = hanging[0].x, sum = 0;
    for (const Placement& placement : hanging) {
        low = std::min(low, placement.x);
        high = std::max(high, placement.x);
        sum += placement.y;
    }
    Placement bar{std::round((low + high) / 2), 0};
    bar.width = std::round(std::max(shortest_bar, high - low + 2 * bar_overhang));
    const double middle = sum / static_cast<double>(hanging.size());
    for (int n = 0; n < 100; ++n) {
        for (const double y : {middle + n * row_height, middle - n * row_height}) {
            bar.y = std::round(y);
            if (is_free_along(bar)) {
                return bar;
            }
        }
    }
    bar.y = below().y;
    return bar;
}

Placement LayoutGround::at_the_right() {
    return {std::round(right_ + (at_the_right_ == 0 ? 2 * node_pitch : 0)),
            std::round(top_ + static_cast<double>(at_the_right_++) * row_height)};
}

void LayoutGround::put_services_and_notes() {
    std::unordered_map<std::string_view, std::vector<double>> on_bar; // where something touches a bar
    for (const Link& link : document_.links) {
        for (const auto& [bar, node] : {std::pair{&link.a, &link.b}, std::pair{&link.b, &link.a}}) {
            if (const auto at = layout_.find(node->node); at != layout_.end()) {
                on_bar[bar->node].push_back(at->second.x);
            }
        }
    }
    std::vector<Id> homeless;
    for (const Service& service : document_.services) {
        const Node* segment = vip_segment(document_, service);
        const auto bar = segment == nullptr ? layout_.end() : layout_.find(segment->id);
        if (has(service.id)) {
            if (segment != nullptr) {
                on_bar[segment->id].push_back(layout_.at(service.id).x);
            }
        } else if (bar == layout_.end()) {
            homeless.push_back(service.id);
        } else if (bar->second.vertical) { // links come from the sides: one below the other is enough
            std::vector<double>& touched = on_bar[segment->id];
            layout_[service.id] = {
                bar->second.x, std::round(bar->second.y + static_cast<double>(touched.size()) * vip_room)};
            touched.push_back(0);
        } else {
            std::vector<double>& touched = on_bar[segment->id];
            const double x = free_on_bar(bar->second, touched);
            layout_[service.id] = {std::round(x), bar->second.y};
            touched.push_back(x);
        }
    }
    for (const Note& note : document_.notes) {
        if (!has(note.id)) {
            homeless.push_back(note.id);
        }
    }
    for (const Id& id : homeless) {
        put(id, at_the_right());
    }
}

} // namespace fulcrum::designer
