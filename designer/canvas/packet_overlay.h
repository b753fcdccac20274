// Packets of a capture on their way over the drawing, while it is played back: a dot each, coloured by what
// it is, on the right-hand side of its travel as followed requests are.
#pragma once

#include <QPainter>
#include <QRegion>

#include "designer/canvas/figure.h"
#include "designer/canvas/live_picture.h"
#include "designer/canvas/palette.h"

namespace fulcrum::designer {

class PacketOverlay {
public:
    // Packets on links that the figure does not have are left out.
    void set(std::vector<TravellingPacket> packets, const Figure& figure);
    void follow(const Figure& figure); // after the drawing moved
    bool empty() const { return dots_.empty(); }
    std::size_t shown() const { return dots_.size(); }
    // What has to be painted again: small areas, for packets at two ends of a drawing touch little of it.
    std::vector<QRectF> areas() const;
    void paint(QPainter& painter, const QRectF& exposed, const Palette& palette) const;

private:
    struct Dot {
        QPointF at, direction;
        TravellingPacket::Kind kind = TravellingPacket::Kind::other;
        bool chosen = false;
        QString text;
        QRectF area() const;
        QRectF label() const;
    };
    std::vector<TravellingPacket> packets_;
    std::vector<Dot> dots_; // the chosen one last: it lies on top
};

} // namespace fulcrum::designer
