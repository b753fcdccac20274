#include "designer/canvas/label_grid.h"

#include <algorithm>
#include <cmath>

namespace fulcrum::designer {

namespace {

constexpr double cell_side = 128;

std::int32_t cell_of(double v) {
    return static_cast<std::int32_t>(std::floor(std::clamp(v, -1e8, 1e8) / cell_side));
}

std::uint64_t key_of(std::int32_t x, std::int32_t y) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) << 32) | static_cast<std::uint32_t>(y);
}

} // namespace

bool crosses(const QLineF& line, const QRectF& rect) {
    // Liang–Barsky: the part of the line, as a range of 0..1, that is inside all four sides.
    double from = 0, to = 1;
    const auto clip = [&](double p, double q) {
        if (std::abs(p) < 1e-12) {
            return q >= 0;
        }
        const double r = q / p;
        if (p < 0) {
            from = std::max(from, r);
        } else {
            to = std::min(to, r);
        }
        return from <= to;
    };
    return clip(-line.dx(), line.x1() - rect.left()) && clip(line.dx(), rect.right() - line.x1()) &&
           clip(-line.dy(), line.y1() - rect.top()) && clip(line.dy(), rect.bottom() - line.y1());
}

// Calls visit(key) for each cell the rectangle touches until one says true.
template <class Visit>
bool LabelGrid::each_cell(const QRectF& rect, Visit&& visit) {
    const std::int32_t x1 = cell_of(rect.right()), y1 = cell_of(rect.bottom());
    for (std::int32_t x = cell_of(rect.left()); x <= x1; ++x) {
        for (std::int32_t y = cell_of(rect.top()); y <= y1; ++y) {
            if (visit(key_of(x, y))) {
                return true;
            }
        }
    }
    return false;
}

void LabelGrid::add(const QRectF& rect) {
    if (rect.isEmpty()) {
        return;
    }
    const auto index = static_cast<std::uint32_t>(rects_.size());
    rects_.push_back(rect);
    each_cell(rect, [&](std::uint64_t key) {
        cells_[key].rects.push_back(index);
        return false;
    });
}

void LabelGrid::add(const QLineF& line) {
    const auto index = static_cast<std::uint32_t>(lines_.size());
    lines_.push_back(line);
    // Column by column, so that a long slanted line enters only the cells along its way.
    const QLineF l = line.x1() <= line.x2() ? line : QLineF(line.p2(), line.p1());
    const std::int32_t last = cell_of(l.x2());
    for (std::int32_t x = cell_of(l.x1()); x <= last; ++x) {
        const auto y_at = [&](double at) {
            return std::abs(l.dx()) < 1e-9 ? l.y1()
                                           : l.y1() + l.dy() * std::clamp((at - l.x1()) / l.dx(), 0.0, 1.0);
        };
        double y0 = y_at(x * cell_side), y1 = y_at((x + 1) * cell_side);
        if (std::abs(l.dx()) < 1e-9) {
            y1 = l.y2();
        }
        const std::int32_t bottom = cell_of(std::max(y0, y1));
        for (std::int32_t y = cell_of(std::min(y0, y1)); y <= bottom; ++y) {
            cells_[key_of(x, y)].lines.push_back(index);
        }
    }
}

bool LabelGrid::hits_rect(const QRectF& rect) const {
    return each_cell(rect, [&](std::uint64_t key) {
        const auto cell = cells_.find(key);
        return cell != cells_.end() &&
               std::any_of(cell->second.rects.begin(), cell->second.rects.end(),
                           [&](std::uint32_t i) { return rects_[i].intersects(rect); });
    });
}

bool LabelGrid::hits_line(const QRectF& rect) const {
    return each_cell(rect, [&](std::uint64_t key) {
        const auto cell = cells_.find(key);
        return cell != cells_.end() && std::any_of(cell->second.lines.begin(), cell->second.lines.end(),
                                                   [&](std::uint32_t i) { return crosses(lines_[i], rect); });
    });
}

} // namespace fulcrum::designer
