#include "designer/canvas/move_guides.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace fulcrum::designer {

namespace {

double to_grid(double v) {
    return std::round(v / snap_step) * snap_step;
}

} // namespace

QPointF snap_to_grid(QPointF point) {
    return {to_grid(point.x()), to_grid(point.y())};
}

Snapped snap_move(QPointF anchor, QPointF delta, const std::vector<QPointF>& others, double tolerance) {
    const QPointF wanted = anchor + delta;
    std::optional<double> x, y;
    for (const QPointF& other : others) {
        if (std::abs(other.x() - wanted.x()) <= tolerance &&
            (!x || std::abs(other.x() - wanted.x()) < std::abs(*x - wanted.x()))) {
            x = other.x();
        }
        if (std::abs(other.y() - wanted.y()) <= tolerance &&
            (!y || std::abs(other.y() - wanted.y()) < std::abs(*y - wanted.y()))) {
            y = other.y();
        }
    }
    const QPointF place(x ? *x : to_grid(wanted.x()), y ? *y : to_grid(wanted.y()));
    Snapped result{place - anchor, {}};
    const auto guide = [&](auto across, auto along, auto line) {
        double low = along(place), high = low;
        for (const QPointF& other : others) {
            if (std::abs(across(other) - across(place)) < 0.5) {
                low = std::min(low, along(other));
                high = std::max(high, along(other));
            }
        }
        if (high - low > 1) {
            result.guides.push_back(line(low - 30, high + 30));
        }
    };
    const auto get_x = [](QPointF p) { return p.x(); };
    const auto get_y = [](QPointF p) { return p.y(); };
    if (x) {
        guide(get_x, get_y, [&](double a, double b) { return QLineF(*x, a, *x, b); });
    }
    if (y) {
        guide(get_y, get_x, [&](double a, double b) { return QLineF(a, *y, b, *y); });
    }
    return result;
}

} // namespace fulcrum::designer
