#include "designer/canvas/packet_overlay.h"

#include <algorithm>

#include "designer/canvas/figure_painter.h"
#include "designer/canvas/text_style.h"

namespace fulcrum::designer {

namespace {

constexpr double aside = 6; // of the line's middle, to the right of travel
constexpr double radius = 4.5, chosen_radius = 7;
constexpr double label_gap = 12, label_width = 320;

QColor color_of(TravellingPacket::Kind kind, const Palette& palette) {
    switch (kind) {
    case TravellingPacket::Kind::request:
        return palette.request;
    case TravellingPacket::Kind::answer:
        return palette.answer;
    case TravellingPacket::Kind::other:
        return palette.ink_soft;
    }
    return palette.ink_soft;
}

} // namespace

QRectF PacketOverlay::Dot::label() const {
    if (!chosen || text.isEmpty()) {
        return {};
    }
    const double width = std::min(text_width(TextStyle::badge, text), label_width) + 14;
    const double height = line_height(TextStyle::badge) + 6;
    return {at.x() - width / 2, at.y() - label_gap - height, width, height};
}

QRectF PacketOverlay::Dot::area() const {
    const double reach = chosen_radius * 2 + 4;
    return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach).united(label());
}

void PacketOverlay::set(std::vector<TravellingPacket> packets, const Figure& figure) {
    packets_ = std::move(packets);
    std::stable_partition(packets_.begin(), packets_.end(),
                          [](const TravellingPacket& packet) { return !packet.chosen; });
    follow(figure);
}

void PacketOverlay::follow(const Figure& figure) {
    dots_.clear();
    for (const TravellingPacket& packet : packets_) {
        const LinkShape* link = figure.link(packet.link);
        if (link == nullptr || link->path.size() < 2) {
            continue;
        }
        const QPolygonF path = packet.from_a ? link->path : reversed_path(link->path);
        const PathPoint point = point_along(path, length_of(path) * std::clamp(packet.progress, 0.0, 1.0));
        const QPointF right(-point.direction.y(), point.direction.x());
        dots_.push_back({point.at + right * aside, point.direction, packet.kind, packet.chosen, packet.text});
    }
}

std::vector<QRectF> PacketOverlay::areas() const {
    std::vector<QRectF> all;
    all.reserve(dots_.size());
    for (const Dot& dot : dots_) {
        all.push_back(dot.area());
    }
    return all;
}

void PacketOverlay::paint(QPainter& painter, const QRectF& exposed, const Palette& palette) const {
    painter.setRenderHint(QPainter::Antialiasing, true);
    for (const Dot& dot : dots_) {
        if (!exposed.intersects(dot.area())) {
            continue;
        }
        const QColor color = color_of(dot.kind, palette);
        painter.setPen(QPen(palette.ground, 1.5));
        painter.setBrush(color);
        if (!dot.chosen) {
            painter.drawEllipse(dot.at, radius, radius);
            continue;
        }
        // Points where it goes: a still picture has to say so too.
        const QPointF d = dot.direction, n(-d.y(), d.x());
        painter.drawPolygon(
            QPolygonF{dot.at + d * chosen_radius * 1.7, dot.at - d * chosen_radius + n * chosen_radius,
                      dot.at - d * chosen_radius * 0.4, dot.at - d * chosen_radius - n * chosen_radius});
        if (const QRectF label = dot.label(); !label.isEmpty()) {
            painter.setPen(QPen(color, 1.2));
            painter.setBrush(palette.paper);
            painter.drawRoundedRect(label, 4, 4);
            paint_text(painter, TextStyle::badge, palette.ink, label.adjusted(7, 3, -7, -3), Qt::AlignHCenter,
                       dot.text);
        }
    }
}

} // namespace fulcrum::designer
