#include "designer/canvas/link_route.h"

#include <QLineF>
#include <algorithm>
#include <cmath>

namespace fulcrum::designer {

namespace {

constexpr double lane_gap = 16;
constexpr double bar_end_margin = 14; // drops keep away from a bar's rounded ends

QPointF unit(QPointF v) {
    const double length = std::hypot(v.x(), v.y());
    return length < 1e-9 ? QPointF(0, 0) : v / length;
}

// Where the line from `inside` to `outside` leaves the contour; `inside` when it does not.
QPointF leave(const QPolygonF& contour, QPointF inside, QPointF outside) {
    const QLineF ray(inside, outside);
    QPointF best = inside;
    double best_distance = -1;
    for (qsizetype i = 0; i < contour.size(); ++i) {
        const QLineF side(contour[i], contour[(i + 1) % contour.size()]);
        QPointF at;
        if (ray.intersects(side, &at) == QLineF::BoundedIntersection) {
            const double distance = QLineF(inside, at).length();
            if (distance > best_distance) {
                best = at;
                best_distance = distance;
            }
        }
    }
    return best;
}

QPolygonF between_icons(const Outline& a, const Outline& b, int lane) {
    const QPointF along = unit(b.centre - a.centre);
    const QPointF aside = QPointF(-along.y(), along.x()) * (lane * lane_gap);
    const QPointF from = a.centre + aside, to = b.centre + aside;
    return {leave(contour_of(a.kind, a.centre), from, to), leave(contour_of(b.kind, b.centre), to, from)};
}

// Calculated for a lying bar; a standing one is turned before and after.
QPolygonF icon_to_lying_bar(const Outline& icon, const QRectF& bar, int lane, bool turned) {
    const auto contour = [&] {
        if (!turned) {
            return contour_of(icon.kind, icon.centre);
        }
        QPolygonF points = contour_of(icon.kind, QPointF(0, 0));
        for (QPointF& p : points) {
            p = icon.centre + p.transposed();
        }
        return points;
    }();
    const double left = std::min(bar.left() + bar_end_margin, bar.center().x());
    const double right = std::max(bar.right() - bar_end_margin, bar.center().x());
    const double wanted = icon.centre.x() + lane * lane_gap;
    const double x = std::clamp(wanted, left, right);
    const bool beside = std::abs(wanted - x) > icon_side / 2;
    if (beside && std::abs(icon.centre.y() - bar.center().y()) < icon_side) {
        // At the height of the bar: straight to its end.
        const double y = std::clamp(icon.centre.y() + lane * lane_gap / 2, bar.top() + 3, bar.bottom() - 3);
        const QPointF end(icon.centre.x() < bar.center().x() ? bar.left() : bar.right(), y);
        return {leave(contour, QPointF(icon.centre.x(), y), end), end};
    }
    const double edge = icon.centre.y() < bar.center().y() ? bar.top() : bar.bottom();
    if (beside) { // sideways first, then down onto the bar
        const double y = icon.centre.y() + lane * lane_gap / 2;
        const QPointF corner(x, y);
        return {leave(contour, QPointF(icon.centre.x(), y), corner), corner, QPointF(x, edge)};
    }
    const QPointF drop(x, edge);
    return {leave(contour,
                  QPointF(std::clamp(x, icon.centre.x() - icon_side / 3, icon.centre.x() + icon_side / 3),
                          icon.centre.y()),
                  drop),
            drop};
}

QPolygonF turned(QPolygonF path) {
    for (QPointF& p : path) {
        p = p.transposed();
    }
    return path;
}

QRectF turned(const QRectF& r) {
    return {r.y(), r.x(), r.height(), r.width()};
}

QPolygonF icon_to_bar(const Outline& icon, const Outline& bar, int lane) {
    if (!bar.vertical) {
        return icon_to_lying_bar(icon, bar.bar, lane, false);
    }
    Outline turned_icon = icon;
    turned_icon.centre = icon.centre.transposed();
    return turned(icon_to_lying_bar(turned_icon, turned(bar.bar), lane, true));
}

// Two bars: a straight line where they face each other, else an angle between the nearest ends.
QPolygonF between_bars(const Outline& a, const Outline& b, int lane) {
    const QRectF& p = a.bar;
    const QRectF& q = b.bar;
    const double shared_left = std::max(p.left(), q.left()) + bar_end_margin;
    const double shared_right = std::min(p.right(), q.right()) - bar_end_margin;
    if (shared_left <= shared_right) {
        const double x =
            std::clamp((shared_left + shared_right) / 2 + lane * lane_gap, shared_left, shared_right);
        const bool down = p.center().y() < q.center().y();
        return {QPointF(x, down ? p.bottom() : p.top()), QPointF(x, down ? q.top() : q.bottom())};
    }
    const double shared_top = std::max(p.top(), q.top()) + bar_end_margin;
    const double shared_bottom = std::min(p.bottom(), q.bottom()) - bar_end_margin;
    const bool right = p.center().x() < q.center().x();
    if (shared_top <= shared_bottom) {
        const double y =
            std::clamp((shared_top + shared_bottom) / 2 + lane * lane_gap, shared_top, shared_bottom);
        return {QPointF(right ? p.right() : p.left(), y), QPointF(right ? q.left() : q.right(), y)};
    }
    const QPointF from(right ? p.right() : p.left(), p.center().y());
    const double x = right ? q.left() + bar_end_margin : q.right() - bar_end_margin;
    return {from, QPointF(x, from.y()), QPointF(x, p.center().y() < q.center().y() ? q.top() : q.bottom())};
}

} // namespace

QPolygonF route_link(const Outline& a, const Outline& b, int lane) {
    if (a.is_bar() && b.is_bar()) {
        return between_bars(a, b, lane);
    }
    if (b.is_bar()) {
        return icon_to_bar(a, b, lane);
    }
    if (a.is_bar()) {
        return reversed_path(icon_to_bar(b, a, lane));
    }
    return between_icons(a, b, lane);
}

QPolygonF contour_of(NodeKind kind, QPointF centre) {
    constexpr double scale = icon_side / 64; // the icons are drawn on 64 × 64
    QPolygonF contour;
    switch (kind) {
    case NodeKind::se:
        contour = {{-16, -27}, {16, -27}, {31, 0}, {16, 27}, {-16, 27}, {-31, 0}};
        break;
    case NodeKind::client:
        contour = {{-28, -24}, {28, -24}, {28, 16}, {12, 26}, {-12, 26}, {-28, 16}};
        break;
    case NodeKind::server:
    case NodeKind::router:
    case NodeKind::segment: {
        constexpr int corners = 24;
        contour.reserve(corners);
        for (int i = 0; i < corners; ++i) {
            const double angle = 2 * M_PI * i / corners;
            contour << QPointF(30 * std::cos(angle), 30 * std::sin(angle));
        }
        break;
    }
    }
    for (QPointF& p : contour) {
        p = centre + p * scale;
    }
    return contour;
}

double length_of(const QPolygonF& path) {
    double length = 0;
    for (qsizetype i = 1; i < path.size(); ++i) {
        length += QLineF(path[i - 1], path[i]).length();
    }
    return length;
}

PathPoint point_along(const QPolygonF& path, double distance) {
    if (path.size() < 2) {
        return {path.isEmpty() ? QPointF() : path.first(), QPointF(1, 0)};
    }
    for (qsizetype i = 1; i < path.size(); ++i) {
        const double piece = QLineF(path[i - 1], path[i]).length();
        if (distance <= piece || i + 1 == path.size()) {
            const QPointF direction = unit(path[i] - path[i - 1]);
            return {path[i - 1] + direction * std::clamp(distance, 0.0, piece), direction};
        }
        distance -= piece;
    }
    return {path.last(), QPointF(1, 0)};
}

QPolygonF reversed_path(const QPolygonF& path) {
    QPolygonF out = path;
    std::reverse(out.begin(), out.end());
    return out;
}

double distance_to(const QPolygonF& path, QPointF point) {
    double best = 1e18;
    for (qsizetype i = 1; i < path.size(); ++i) {
        const QPointF a = path[i - 1], ab = path[i] - a;
        const double squared = QPointF::dotProduct(ab, ab);
        const double t =
            squared < 1e-9 ? 0 : std::clamp(QPointF::dotProduct(point - a, ab) / squared, 0.0, 1.0);
        best = std::min(best, QLineF(point, a + ab * t).length());
    }
    return best;
}

QPolygonF offset_path(const QPolygonF& path, const std::vector<double>& offsets) {
    QPolygonF points;
    std::vector<double> aside;                    // of the piece that ends at the point
    for (qsizetype i = 0; i < path.size(); ++i) { // corners need two different directions
        if (points.isEmpty() || QLineF(points.last(), path[i]).length() > 0.01) {
            points << path[i];
            aside.push_back(i == 0 ? 0 : offsets[static_cast<std::size_t>(i) - 1]);
        }
    }
    if (points.size() < 2) {
        return points;
    }
    const auto right_of = [](QPointF d) { return QPointF(-d.y(), d.x()); };
    QPolygonF out;
    for (qsizetype i = 0; i < points.size(); ++i) {
        const bool first = i == 0, last = i + 1 == points.size();
        const QPointF in = unit(first ? points[1] - points[0] : points[i] - points[i - 1]);
        const QPointF next = last ? in : unit(points[i + 1] - points[i]);
        const double before = aside[static_cast<std::size_t>(first ? 1 : i)];
        const double after = last ? before : aside[static_cast<std::size_t>(i) + 1];
        const QPointF n = right_of(in), m = right_of(next);
        const double cosine = QPointF::dotProduct(in, next), sine = n.x() * m.y() - n.y() * m.x();
        if (std::abs(sine) < 0.1) { // straight on or back: there is no corner where the two lanes would meet
            out << points[i] + n * before;
            if (cosine < 0 || std::abs(before - after) > 0.01) {
                out << points[i] + m * after;
            }
            continue;
        }
        // The point at `before` from the first line and at `after` from the second.
        out << points[i] + QPointF(before * m.y() - after * n.y(), after * n.x() - before * m.x()) / sine;
    }
    return out;
}

} // namespace fulcrum::designer
