#include "designer/canvas/path_overlay.h"

#include <algorithm>
#include <cmath>

namespace fulcrum::designer {

namespace {

constexpr double aside = 5;                     // of the line's middle, to the right of travel
constexpr double bar_aside = bar_thickness / 2; // along a bar: on its rim, for its middle is written on
constexpr double arrow_gap = 46;                // between two arrows
constexpr double speed = 70;                    // scene units per second
constexpr double line_width = 2.6;

// From one drop to the next along the middle of a bar.
void add_bar_crossing(QPolygonF& line, const BarShape& bar, QPointF to) {
    const auto onto_middle = [&](QPointF p) {
        return bar.vertical ? QPointF(bar.bar.center().x(), p.y()) : QPointF(p.x(), bar.bar.center().y());
    };
    line << onto_middle(line.last()) << onto_middle(to);
}

} // namespace

void PathOverlay::set(std::vector<PathLeg> legs, const Figure& figure) {
    legs_ = std::move(legs);
    follow(figure);
}

void PathOverlay::follow(const Figure& figure) {
    pieces_.clear();
    double there = 0, back = 0;
    for (const PathLeg& leg : legs_) {
        double& travelled = leg.is_return ? back : there;
        Id here = leg.from;
        QPolygonF line;
        std::vector<double> lanes; // one for each piece of the line
        const auto finish = [&] {
            if (line.size() > 1) {
                QPolygonF shifted = offset_path(line, lanes);
                const double length = length_of(shifted);
                pieces_.push_back({std::move(shifted), travelled, leg.is_return});
                travelled += length;
            }
            line.clear();
            lanes.clear();
        };
        for (const Id& id : leg.links) {
            const LinkShape* link = figure.link(id);
            if (link == nullptr || (link->a != here && link->b != here)) {
                finish(); // the drawing changed since the request was followed
                break;
            }
            const bool forward = link->a == here;
            const QPolygonF path = forward ? link->path : reversed_path(link->path);
            const BarShape* bar = figure.bar(here);
            if (bar != nullptr && !line.isEmpty()) {
                add_bar_crossing(line, *bar, path.first());
                lanes.insert(lanes.end(), {aside, bar_aside, aside});
            } else {
                finish();
            }
            lanes.resize(lanes.size() + static_cast<std::size_t>(path.size()) - 1, aside);
            line << path;
            here = forward ? link->b : link->a;
        }
        finish();
    }
}

bool PathOverlay::has_return() const {
    return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.is_return; });
}

void PathOverlay::advance(double seconds) {
    travelled_ = std::fmod(travelled_ + seconds * speed, 1e6);
}

QRectF PathOverlay::bounds() const {
    QRectF all;
    for (const Piece& piece : pieces_) {
        all = all.united(piece.line.boundingRect().adjusted(-9, -9, 9, 9));
    }
    return all;
}

void PathOverlay::paint(QPainter& painter, const Palette& palette) const {
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setBrush(Qt::NoBrush);
    for (const Piece& piece : pieces_) { // first all rims, so that no line is cut by its neighbour's
        QColor rim = palette.ground;
        rim.setAlphaF(0.9f);
        painter.setPen(QPen(rim, line_width + 3.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolyline(piece.line);
    }
    for (const Piece& piece : pieces_) {
        const QColor color = piece.is_return ? palette.answer : palette.request;
        QPen pen(color, line_width, Qt::CustomDashLine, Qt::FlatCap, Qt::RoundJoin);
        const QList<qreal> dashes = piece.is_return ? QList<qreal>{2, 1.6} : QList<qreal>{5, 1.8};
        pen.setDashPattern(dashes);
        pen.setDashOffset((piece.start - travelled_) / line_width); // offsets count in pen widths
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(piece.line);
    }
    for (const Piece& piece : pieces_) {
        const double length = length_of(piece.line);
        painter.setPen(QPen(palette.ground, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(piece.is_return ? palette.answer : palette.request);
        const auto arrow = [&](double at) {
            const PathPoint point = point_along(piece.line, at);
            const QPointF d = point.direction, n(-d.y(), d.x());
            painter.drawPolygon(QPolygonF{point.at + d * 7, point.at - d * 5 + n * 5.4, point.at - d * 2.4,
                                          point.at - d * 5 - n * 5.4});
        };
        double at = std::fmod(travelled_ - piece.start, arrow_gap);
        if (at < 0) {
            at += arrow_gap;
        }
        for (; at < length - 4; at += arrow_gap) {
            if (at > 6) {
                arrow(at);
            }
        }
    }
}

} // namespace fulcrum::designer
