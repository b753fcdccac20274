// Where things snap to while they are moved: in line with others first, else onto the grid. Pure geometry.
#pragma once

#include <QLineF>
#include <QPointF>
#include <vector>

namespace fulcrum::designer {

inline constexpr double snap_step = 10;

struct Snapped {
    QPointF delta;              // to move by instead of what the mouse said
    std::vector<QLineF> guides; // what it is in line with
};

// `anchor`: centre of the item under the mouse before the move; `others`: centres of what stays.
Snapped snap_move(QPointF anchor, QPointF delta, const std::vector<QPointF>& others, double tolerance);
QPointF snap_to_grid(QPointF point);

} // namespace fulcrum::designer
