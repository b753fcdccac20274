#include "designer/document/auto_layout.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "designer/document/segments.h"

namespace fulcrum::designer {

namespace {

// Scene units. A node is about 56 wide with its name below; see Placement.
constexpr double pitch = 150;       // between neighbours in a row
constexpr double row_height = 150;  // between rows
constexpr double bar_overhang = 70; // of a bar beyond the outermost node on it
constexpr double shortest_bar = 400;
constexpr double gap_between_bars = 60;
constexpr double vip_room = 60;            // from a VIP to the next link or VIP on its bar
constexpr std::size_t narrowest_wrap = 12; // a row may always be as long as this
constexpr int sweeps = 3;

constexpr std::size_t unranked = std::numeric_limits<std::size_t>::max();

struct Item {
    const Node* node = nullptr;
    std::vector<std::size_t> neighbours;
    std::size_t rank = unranked;
    double x = 0, y = 0;
    double width = pitch; // taken in its row
    bool is_bar() const { return node->kind == NodeKind::segment; }
};

class LayeredLayout {
public:
    explicit LayeredLayout(const Document& document) : document_(document) {}

    Layout run() {
        connect();
        rank_all();
        fill_rows();
        for (int i = 0; i < sweeps; ++i) {
            sweep(true);
            sweep(false);
        }
        sweep(true);
        fit_bars();
        Layout layout;
        for (const Item& item : items_) {
            Placement placement{std::round(item.x), std::round(item.y)};
            if (item.is_bar()) {
                placement.width = std::round(item.width - gap_between_bars);
            }
            layout[item.node->id] = placement;
        }
        return layout;
    }

private:
    void connect() {
        std::unordered_map<std::string_view, std::size_t> index;
        for (const Node& node : document_.nodes) {
            index.emplace(node.id, items_.size());
            items_.push_back({&node});
        }
        for (const Link& link : document_.links) {
            const auto a = index.find(link.a.node);
            const auto b = index.find(link.b.node);
            if (a != index.end() && b != index.end() && a != b) {
                items_[a->second].neighbours.push_back(b->second);
                items_[b->second].neighbours.push_back(a->second);
            }
        }
    }

    // Distance from the nearest client; in a part without clients from its routers, service engines, or first
    // node.
    void rank_all() {
        std::deque<std::size_t> queue;
        const auto start = [&](std::size_t i) {
            items_[i].rank = 0;
            queue.push_back(i);
        };
        const auto spread = [&] {
            for (; !queue.empty(); queue.pop_front()) {
                for (const std::size_t next : items_[queue.front()].neighbours) {
                    if (items_[next].rank == unranked) {
                        items_[next].rank = items_[queue.front()].rank + 1;
                        queue.push_back(next);
                    }
                }
            }
        };
        for (std::size_t i = 0; i < items_.size(); ++i) {
            if (items_[i].node->kind == NodeKind::client) {
                start(i);
            }
        }
        spread();
        for (const auto first : {NodeKind::router, NodeKind::se, NodeKind::segment, NodeKind::server}) {
            for (std::size_t i = 0; i < items_.size(); ++i) {
                if (items_[i].node->kind == first && items_[i].rank == unranked) {
                    start(i);
                    spread();
                }
            }
        }
        // A service engine with one arm stands above its segment, beside the router: below it are the
        // servers.
        for (Item& item : items_) {
            if (item.node->kind != NodeKind::se || item.neighbours.empty()) {
                continue;
            }
            const std::size_t only = item.neighbours.front();
            const bool one_arm = std::all_of(item.neighbours.begin(), item.neighbours.end(),
                                             [&](std::size_t n) { return n == only; });
            if (one_arm && items_[only].is_bar() && items_[only].rank > 0) {
                item.rank = items_[only].rank - 1;
            }
        }
        for (Item& item : items_) {
            if (item.node->kind == NodeKind::server) {
                for (const std::size_t n : item.neighbours) {
                    item.rank = std::max(item.rank, items_[n].rank + 1);
                }
            }
        }
    }

    // One row per rank; a long rank is wrapped into several rows.
    void fill_rows() {
        std::size_t ranks = 0;
        for (const Item& item : items_) {
            ranks = std::max(ranks, item.rank + 1);
        }
        std::vector<std::vector<std::size_t>> by_rank(ranks);
        for (std::size_t i = 0; i < items_.size(); ++i) {
            by_rank[items_[i].rank].push_back(i);
            if (items_[i].is_bar()) {
                items_[i].width = bar_room(static_cast<double>(items_[i].neighbours.size()) / 2);
            }
        }
        double y = 0;
        for (const auto& rank : by_rank) {
            const auto wide =
                static_cast<std::size_t>(std::ceil(std::sqrt(2.5 * static_cast<double>(rank.size()))));
            const std::size_t wrap = std::max(narrowest_wrap, wide);
            for (std::size_t begin = 0; begin < rank.size(); begin += wrap) {
                const auto first = rank.begin() + static_cast<std::ptrdiff_t>(begin);
                rows_.emplace_back(first,
                                   first + static_cast<std::ptrdiff_t>(std::min(wrap, rank.size() - begin)));
                for (const std::size_t i : rows_.back()) {
                    items_[i].y = y;
                }
                y += row_height;
            }
        }
        for (auto& row : rows_) {
            spread_row(row);
        }
    }
    static double bar_room(double nodes_on_one_side) {
        return std::max(shortest_bar, std::ceil(nodes_on_one_side) * pitch) + gap_between_bars;
    }

    // Every row in order of, and as near as can be to, the mean place of its neighbours above (or below).
    void sweep(bool down) {
        const std::size_t count = rows_.size();
        for (std::size_t r = 0; r < count; ++r) {
            auto& row = rows_[down ? r : count - 1 - r];
            for (const std::size_t i : row) {
                double sum = 0;
                std::size_t n = 0;
                for (const std::size_t other : items_[i].neighbours) {
                    if (down ? items_[other].y < items_[i].y : items_[other].y > items_[i].y) {
                        sum += items_[other].x;
                        ++n;
                    }
                }
                if (n > 0) {
                    items_[i].x = sum / static_cast<double>(n);
                }
            }
            std::stable_sort(row.begin(), row.end(),
                             [&](std::size_t a, std::size_t b) { return items_[a].x < items_[b].x; });
            spread_row(row);
        }
    }

    // Pushes items of a row apart without changing their order, then moves the row as a whole so that on
    // average everything stays where it wanted to be.
    void spread_row(const std::vector<std::size_t>& row) {
        double wanted = 0, given = 0;
        double free_from = -std::numeric_limits<double>::infinity();
        for (const std::size_t i : row) {
            Item& item = items_[i];
            wanted += item.x;
            item.x = std::max(item.x, free_from + item.width / 2);
            free_from = item.x + item.width / 2;
            given += item.x;
        }
        const double shift = (wanted - given) / static_cast<double>(row.size());
        for (const std::size_t i : row) {
            items_[i].x += shift;
        }
    }

    // Bars as long as what hangs on them, in the middle of it.
    void fit_bars() {
        for (auto& row : rows_) {
            bool bars = false;
            for (const std::size_t i : row) {
                Item& item = items_[i];
                if (!item.is_bar()) {
                    continue;
                }
                bars = true;
                double low = item.x, high = item.x;
                for (const std::size_t n : item.neighbours) {
                    low = n == item.neighbours.front() ? items_[n].x : std::min(low, items_[n].x);
                    high = n == item.neighbours.front() ? items_[n].x : std::max(high, items_[n].x);
                }
                item.x = (low + high) / 2;
                item.width = std::max(shortest_bar, high - low + 2 * bar_overhang) + gap_between_bars;
            }
            if (bars) {
                std::stable_sort(row.begin(), row.end(),
                                 [&](std::size_t a, std::size_t b) { return items_[a].x < items_[b].x; });
                spread_row(row);
            }
        }
    }

    const Document& document_;
    std::vector<Item> items_;
    std::vector<std::vector<std::size_t>> rows_;
};

// What is already placed, so that nothing is put on top of it.
class Ground {
public:
    explicit Ground(const Document& document) : document_(document) {}

    void put(const Id& id, const Placement& placement) {
        const double half = placement.width / 2;
        const double along_x = placement.vertical ? 0 : half;
        const double along_y = placement.vertical ? half : 0;
        constexpr double step = pitch / 2;
        const auto steps = static_cast<int>(std::min(half / step, 10000.0));
        for (int s = -steps; s <= steps; ++s) {
            const double share = steps == 0 ? 0 : static_cast<double>(s) / steps;
            taken_.insert(cell(placement.x + share * along_x, placement.y + share * along_y));
        }
        left_ = layout_.empty() ? placement.x : std::min(left_, placement.x - along_x);
        right_ = layout_.empty() ? placement.x + along_x : std::max(right_, placement.x + along_x);
        bottom_ = layout_.empty() ? placement.y + along_y : std::max(bottom_, placement.y + along_y);
        top_ = layout_.empty() ? placement.y - along_y : std::min(top_, placement.y - along_y);
        layout_[id] = placement;
    }
    bool has(const Id& id) const { return layout_.contains(id); }

    // The free place nearest to a wanted one, in rings around it.
    Placement near(double x, double y) {
        int& ring = full_rings_[{x, y}]; // rings found full stay full: many items may want to stand by one
        for (; ring < 200; ++ring) {
            for (int dx = -ring; dx <= ring; ++dx) {
                for (const int dy : {ring - std::abs(dx), std::abs(dx) - ring}) {
                    const Placement at{std::round(x + dx * pitch), std::round(y + dy * row_height)};
                    if (is_free(at.x, at.y)) {
                        return at;
                    }
                }
            }
        }
        return below();
    }
    // Row by row away from a bar; `columns` in each, in the middle of it.
    std::vector<Placement> rows(const Placement& bar, Side side, std::size_t columns,
                                std::size_t count) const {
        std::vector<Placement> places;
        const double away = side == Side::below ? row_height : -row_height;
        const double first = bar.x - static_cast<double>(columns - 1) / 2 * pitch;
        // What is in the way is at most everything: after as many rows beyond it there is room.
        const std::size_t most_rows = count + taken_.size();
        for (std::size_t r = 1; r <= most_rows && places.size() < count; ++r) {
            for (std::size_t c = 0; c < columns && places.size() < count; ++c) {
                const Placement at{std::round(first + static_cast<double>(c) * pitch),
                                   std::round(bar.y + away * static_cast<double>(r))};
                if (is_free(at.x, at.y)) {
                    places.push_back(at);
                }
            }
        }
        return places;
    }
    Placement below() const { return {std::round(left_), std::round(bottom_ + row_height)}; }
    Placement beside(std::size_t n) const {
        return {std::round(right_ + 2 * pitch), std::round(top_ + static_cast<double>(n) * row_height)};
    }

    void put_services() {
        std::size_t beside_count = 0;
        std::unordered_map<std::string_view, std::vector<double>> on_bar; // where something touches a bar
        for (const Link& link : document_.links) {
            for (const auto& [bar, node] : {std::pair{&link.a, &link.b}, std::pair{&link.b, &link.a}}) {
                if (const auto at = layout_.find(node->node); at != layout_.end()) {
                    on_bar[bar->node].push_back(at->second.x);
                }
            }
        }
        for (const Service& service : document_.services) {
            const Node* segment = vip_segment(document_, service);
            if (has(service.id)) {
                if (segment != nullptr) {
                    on_bar[segment->id].push_back(layout_.at(service.id).x);
                }
                continue;
            }
            const auto bar = segment == nullptr ? layout_.end() : layout_.find(segment->id);
            if (bar == layout_.end()) {
                put(service.id, beside(beside_count++));
                continue;
            }
            std::vector<double>& touched = on_bar[segment->id];
            double along = 0;
            if (bar->second.vertical) { // links come from the sides: by number is enough
                along = static_cast<double>(touched.size()) * vip_room;
                layout_[service.id] = {bar->second.x, std::round(bar->second.y + along)};
            } else {
                along = free_on_bar(bar->second, touched);
                layout_[service.id] = {std::round(along), bar->second.y};
                touched.push_back(along);
            }
        }
        for (const Note& note : document_.notes) {
            if (!has(note.id)) {
                put(note.id, beside(beside_count++));
            }
        }
    }

    const Layout& layout() const { return layout_; }

private:
    static std::pair<std::int64_t, std::int64_t> cell_of(double x, double y) {
        return {static_cast<std::int64_t>(std::floor(x / (pitch / 2))),
                static_cast<std::int64_t>(std::floor(y / (row_height / 2)))};
    }
    static std::int64_t key_of(std::int64_t x, std::int64_t y) { return x * 1'000'003 + y; }
    static std::int64_t cell(double x, double y) {
        const auto [cx, cy] = cell_of(x, y);
        return key_of(cx, cy);
    }
    bool is_free(double x, double y) const {
        const auto [cx, cy] = cell_of(x, y);
        for (std::int64_t dx = -1; dx <= 1; ++dx) {
            for (std::int64_t dy = -1; dy <= 1; ++dy) {
                if (taken_.contains(key_of(cx + dx, cy + dy))) {
                    return false;
                }
            }
        }
        return true;
    }

    // Nearest to the middle of the bar without standing where a link or another VIP touches it.
    static double free_on_bar(const Placement& bar, const std::vector<double>& touched) {
        constexpr double step = 25;
        const auto clear = [&](double x) {
            return std::all_of(touched.begin(), touched.end(),
                               [&](double t) { return std::abs(t - x) >= vip_room; });
        };
        for (int n = 0; n * step <= bar.width / 2; ++n) {
            for (const double x : {bar.x - n * step, bar.x + n * step}) {
                if (clear(x)) {
                    return x;
                }
            }
        }
        return bar.x + bar.width / 2; // a full bar: on its end
    }

    const Document& document_;
    Layout layout_;
    std::unordered_set<std::int64_t> taken_;
    std::map<std::pair<double, double>, int> full_rings_; // by the place wanted
    double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
};

} // namespace

Layout auto_layout(const Document& document) {
    Ground ground(document);
    for (const auto& [id, placement] : LayeredLayout(document).run()) {
        ground.put(id, placement);
    }
    ground.put_services();
    return ground.layout();
}

Layout complete_layout(const Document& document) {
    if (document.layout.empty()) {
        return auto_layout(document);
    }
    Ground ground(document);
    for (const auto& [id, placement] : document.layout) {
        ground.put(id, placement);
    }
    // From what is placed outwards, so that every item has a neighbour to stand by if it has one at all.
    std::unordered_map<std::string_view, std::vector<std::string_view>> neighbours;
    for (const Link& link : document.links) {
        neighbours[link.a.node].push_back(link.b.node);
        neighbours[link.b.node].push_back(link.a.node);
    }
    std::deque<std::string_view> queue;
    for (const Node& node : document.nodes) {
        if (ground.has(node.id)) {
            queue.push_back(node.id);
        }
    }
    std::unordered_map<std::string_view, const Node*> nodes;
    for (const Node& node : document.nodes) {
        nodes.emplace(node.id, &node);
    }
    const auto spread = [&] {
        for (; !queue.empty(); queue.pop_front()) {
            const Placement from = ground.layout().at(Id(queue.front()));
            for (const std::string_view next : neighbours[queue.front()]) {
                if (nodes.contains(next) && !ground.has(Id(next))) {
                    ground.put(Id(next), ground.near(from.x, from.y + row_height));
                    queue.push_back(next);
                }
            }
        }
    };
    spread();
    for (const Node& node : document.nodes) {
        if (!ground.has(node.id)) {
            const Placement at = ground.below();
            ground.put(node.id, ground.near(at.x, at.y));
            queue.push_back(node.id);
            spread();
        }
    }
    ground.put_services();
    return ground.layout();
}

std::vector<Placement> rows_beside(const Document& document, const Id& segment, Side side,
                                   std::size_t count) {
    const auto bar = document.layout.find(segment);
    if (bar == document.layout.end() || count == 0) {
        return {};
    }
    Ground ground(document);
    for (const auto& [id, placement] : document.layout) {
        ground.put(id, placement);
    }
    const auto under_bar = static_cast<std::size_t>(std::max(bar->second.width, shortest_bar) / pitch);
    const auto square = static_cast<std::size_t>(std::ceil(std::sqrt(2.5 * static_cast<double>(count))));
    return ground.rows(bar->second, side, std::max(under_bar, square), count);
}

} // namespace fulcrum::designer
