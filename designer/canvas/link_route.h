// The way a link takes between two items. Plain geometry in scene units.
#pragma once

#include <QPolygonF>
#include <QRectF>
#include <vector>

#include "designer/document/document.h"

namespace fulcrum::designer {

inline constexpr double icon_side = 56;
inline constexpr double bar_thickness = 24;
inline constexpr double vip_side = 38;

// What a link ends at: an icon's own contour, so that lines touch it, or a segment's bar.
struct Outline {
    NodeKind kind = NodeKind::client;
    QPointF centre;
    QRectF bar;            // segments only
    bool vertical = false; // segments only

    bool is_bar() const { return kind == NodeKind::segment; }
};

// The route from `a` to `b`, ends on the contours. Links to a bar drop onto it at a right angle; between
// icons they run straight. `lane` moves the n-th of several links between the same two items aside: 0, 1, -1,
// 2, …
QPolygonF route_link(const Outline& a, const Outline& b, int lane);

// Contour of an icon around its centre.
QPolygonF contour_of(NodeKind kind, QPointF centre);

double length_of(const QPolygonF& path);
// Where one is after `distance` along the path, and the direction (unit vector) there.
struct PathPoint {
    QPointF at, direction;
};
PathPoint point_along(const QPolygonF& path, double distance);
QPolygonF reversed_path(const QPolygonF& path);
double distance_to(const QPolygonF& path, QPointF point);
// Moved to the right of the direction of travel (screen: y down), each piece of the path by its own offset
// (one less than points), corners kept together.
QPolygonF offset_path(const QPolygonF& path, const std::vector<double>& offsets);

} // namespace fulcrum::designer
