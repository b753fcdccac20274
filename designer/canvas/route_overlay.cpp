#include "designer/canvas/route_overlay.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "designer/canvas/figure_painter.h"
#include "designer/canvas/text_style.h"

namespace fulcrum::designer {

namespace {

constexpr double aside = 7;     // of the line's middle, to the right of travel
constexpr double longest = 110; // of an arrow: it says where to, not how far
constexpr double line_width = 3;
constexpr double label_width = 230;
constexpr int most_lines = 6;

// The first `distance` of a path.
QPolygonF beginning(const QPolygonF& path, double distance) {
    QPolygonF part{path.first()};
    for (qsizetype i = 1; i < path.size(); ++i) {
        const QPointF step = path[i] - path[i - 1];
        const double length = std::hypot(step.x(), step.y());
        if (length >= distance) {
            part << path[i - 1] + step * (length > 0 ? distance / length : 0);
            return part;
        }
        part << path[i];
        distance -= length;
    }
    return part;
}

} // namespace

void RouteOverlay::set(std::vector<RouteArrow> arrows, const Figure& figure) {
    arrows_ = std::move(arrows);
    follow(figure);
}

void RouteOverlay::follow(const Figure& figure) {
    signs_.clear();
    std::map<std::pair<Id, Id>, std::size_t> sign_of;
    for (const RouteArrow& arrow : arrows_) {
        const LinkShape* link = figure.link(arrow.link);
        if (link == nullptr || (link->a != arrow.node && link->b != arrow.node) || link->path.size() < 2) {
            continue;
        }
        const auto [found, is_new] = sign_of.try_emplace({arrow.node, arrow.link}, signs_.size());
        if (is_new) {
            const QPolygonF path = link->a == arrow.node ? link->path : reversed_path(link->path);
            const double length = std::min(longest, length_of(path) * 0.8);
            QPolygonF line = beginning(path, length);
            line = offset_path(line, std::vector<double>(static_cast<std::size_t>(line.size()) - 1, aside));
            signs_.push_back({.line = std::move(line), .quiet = arrow.quiet});
        }
        Sign& sign = signs_[found->second];
        sign.lines << arrow.text;
        sign.tip += arrow.tip;
        sign.by_hand = sign.by_hand || arrow.by_hand;
    }
    for (Sign& sign : signs_) {
        if (sign.quiet) { // of many nodes at once: how many, the words are in the tooltip
            sign.lines = {sign.lines.size() == 1
                              ? sign.lines.front()
                              : QStringLiteral("%1 …+%2").arg(sign.lines.front()).arg(sign.lines.size() - 1)};
        } else if (sign.lines.size() > most_lines) {
            const auto more = sign.lines.size() - most_lines + 1;
            sign.lines = sign.lines.mid(0, most_lines - 1) << QStringLiteral("… +%1").arg(more);
        }
    }
    for (Sign& sign : signs_) {
        place_label(sign, figure);
    }
}

// Beside the arrow, where it covers least of the drawing and none of the labels placed before it.
void RouteOverlay::place_label(Sign& sign, const Figure& figure) const {
    double width = 0;
    for (const QString& line : sign.lines) {
        width = std::max(width, std::min(label_width, text_width(TextStyle::address, line)));
    }
    const QSizeF size(width + 12,
                      static_cast<double>(sign.lines.size()) * line_height(TextStyle::address) + 6);
    const auto covered = [&](const QRectF& rect) {
        double sum = 0;
        const auto add = [&](const QRectF& other, double weight) {
            const QRectF common = rect & other;
            sum += weight * common.width() * common.height();
        };
        for (const NodeShape& node : figure.nodes()) {
            add(node.icon, 3);
            add(node.caption, 2);
        }
        for (const VipShape& vip : figure.vips()) {
            add(figure.body(vip.id), 2);
            add(vip.caption, 2);
        }
        for (const BarShape& bar : figure.bars()) {
            add(bar.bar, 0.7);
        }
        for (const LinkShape& link : figure.links()) {
            add(link.ends[0].rect, 0.8);
            add(link.ends[1].rect, 0.8);
        }
        for (const Sign& other : signs_) {
            if (&other != &sign) {
                add(other.label, 6);
            }
        }
        return sum;
    };
    double best = -1;
    const double length = length_of(sign.line);
    for (const double share : {0.55, 0.9, 0.2}) {
        const PathPoint point = point_along(sign.line, length * share);
        const QPointF right(-point.direction.y(), point.direction.x());
        for (const double distance : {14.0, 40.0, 80.0}) {
            for (const double side : {1.0, -1.0}) {
                const QPointF to = right * side;
                // The label's near edge is `distance` away, whichever way the arrow runs.
                const double reach =
                    distance + std::abs(to.x()) * size.width() / 2 + std::abs(to.y()) * size.height() / 2;
                const QPointF centre = point.at + to * reach;
                const QRectF rect(centre - QPointF(size.width(), size.height()) / 2, size);
                const double cost = covered(rect) + distance * 4 + (side < 0 ? 20 : 0);
                if (best < 0 || cost < best) {
                    best = cost;
                    sign.label = rect;
                }
            }
        }
    }
}

QRectF RouteOverlay::bounds() const {
    QRectF all;
    for (const Sign& sign : signs_) {
        all = all.united(sign.line.boundingRect().adjusted(-14, -14, 14, 14)).united(sign.label);
    }
    return all;
}

QString RouteOverlay::tip_at(QPointF at) const {
    constexpr double reach = 7;
    for (const Sign& sign : signs_) {
        if (sign.label.contains(at) || distance_to(sign.line, at) < reach) {
            return sign.tip;
        }
    }
    return {};
}

void RouteOverlay::paint(QPainter& painter, const Palette& palette) const {
    painter.setRenderHint(QPainter::Antialiasing, true);
    for (const Sign& sign : signs_) {
        const QColor color = sign.by_hand ? palette.warn : palette.accent;
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette.ground, line_width + 3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolyline(sign.line);
        painter.setPen(QPen(color, line_width, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
        painter.drawPolyline(sign.line);
        const PathPoint tip = point_along(sign.line, length_of(sign.line));
        const QPointF d = tip.direction, n(-d.y(), d.x());
        painter.setPen(QPen(palette.ground, 1.2));
        painter.setBrush(color);
        painter.drawPolygon(
            QPolygonF{tip.at + d * 9, tip.at - d * 5 + n * 7, tip.at - d * 2, tip.at - d * 5 - n * 7});
        painter.drawEllipse(sign.line.first(), 4, 4);
    }
    for (const Sign& sign : signs_) {
        const QColor color = sign.by_hand ? palette.warn : palette.accent;
        QColor thread = color;
        thread.setAlphaF(0.6f);
        painter.setPen(QPen(thread, 1));
        const PathPoint middle = point_along(sign.line, length_of(sign.line) * 0.6);
        painter.drawLine(middle.at, sign.label.center());
        painter.setPen(QPen(color, 1.2));
        painter.setBrush(palette.paper);
        painter.drawRoundedRect(sign.label, 4, 4);
        QRectF line = sign.label.adjusted(6, 3, -6, -3);
        for (const QString& text : sign.lines) {
            paint_text(painter, TextStyle::address, palette.ink, line, Qt::AlignLeft, text);
            line.setTop(line.top() + line_height(TextStyle::address));
        }
    }
}

} // namespace fulcrum::designer
