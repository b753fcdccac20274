// What is already placed, so that nothing new is put on top of it.
#pragma once

#include <unordered_set>

#include "designer/document/document.h"

namespace fulcrum::designer {

enum class Side { above, below };

class LayoutGround {
public:
    explicit LayoutGround(const Document& document) : document_(document) {}

    void put(const Id& id, const Placement& placement);
    bool has(const Id& id) const { return layout_.contains(id); }
    const Layout& layout() const { return layout_; }

    // The free place nearest to a wanted one.
    Placement near(double x, double y) const;
    // Free places in rows beside a horizontal bar, nearest rows first; a row is as long as the bar, and
    // longer when there are many. Columns keep off the VIPs on the bar.
    std::vector<Placement> beside_bar(const Id& segment, Side side, std::size_t count) const;
    // A bar across the nodes that hang on it and are placed, and through its VIPs.
    Placement bar_for(const Id& segment) const;
    // Left end of a new row below everything.
    Placement below() const;

    // VIPs on their bars, clear of links and of each other; those outside every segment, and notes, at the
    // right.
    void put_services_and_notes();

private:
    bool is_free(double x, double y) const;
    bool is_free_along(const Placement& bar) const;
    std::vector<double> vips_on(const Id& segment) const;
    Placement at_the_right();

    const Document& document_;
    Layout layout_;
    std::unordered_set<std::int64_t> taken_; // cells of half a pitch
    double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
    std::size_t at_the_right_ = 0;
};

} // namespace fulcrum::designer
