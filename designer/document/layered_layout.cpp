#include "designer/document/layered_layout.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <unordered_map>

#include "designer/document/layout_metrics.h"

namespace fulcrum::designer {

namespace {

constexpr double gap_between_bars = 60;
constexpr std::size_t narrowest_wrap = 12; // a row may always be as long as this
constexpr int sweeps = 3;

constexpr std::size_t unranked = std::numeric_limits<std::size_t>::max();

struct Item {
    const Node* node = nullptr;
    std::vector<std::size_t> neighbours;
    std::size_t rank = unranked;
    double x = 0, y = 0;
    double width = node_pitch; // taken in its row
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
        return std::max(shortest_bar, std::ceil(nodes_on_one_side) * node_pitch) + gap_between_bars;
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

} // namespace

Layout layered_layout(const Document& document) {
    return LayeredLayout(document).run();
}

} // namespace fulcrum::designer
