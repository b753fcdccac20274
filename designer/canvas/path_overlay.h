// A followed request over the drawing: where it went and where its answer came back, with moving arrows. Each
// direction keeps to the right of its own travel, so that there and back never lie on each other and DSR's
// triangle is seen.
#pragma once

#include <QPainter>

#include "designer/canvas/figure.h"
#include "designer/canvas/live_picture.h"
#include "designer/canvas/palette.h"

namespace fulcrum::designer {

class PathOverlay {
public:
    void set(std::vector<PathLeg> legs, const Figure& figure);
    void follow(const Figure& figure); // after the drawing moved
    bool empty() const { return pieces_.empty(); }
    bool has_return() const;
    void advance(double seconds); // moves the arrows
    QRectF bounds() const;
    void paint(QPainter& painter, const Palette& palette) const;

private:
    // A stretch without an icon in it: lines end at icons and go on behind them.
    struct Piece {
        QPolygonF line;
        double start = 0; // travelled before it, so that dashes run on from piece to piece
        bool is_return = false;
    };

    std::vector<PathLeg> legs_;
    std::vector<Piece> pieces_;
    double travelled_ = 0;
};

} // namespace fulcrum::designer
