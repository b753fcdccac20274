// Routes over the drawing: from the node that needs one an arrow along the link it leaves by, with its
// destinations beside it. Why it is needed is in the tooltip.
#pragma once

#include <QPainter>

#include "designer/canvas/figure.h"
#include "designer/canvas/live_picture.h"
#include "designer/canvas/palette.h"

namespace fulcrum::designer {

class RouteOverlay {
public:
    // Arrows whose node or link the figure does not have are left out. Those of one node over one link share
    // a label.
    void set(std::vector<RouteArrow> arrows, const Figure& figure);
    void follow(const Figure& figure); // after the drawing moved
    bool empty() const { return signs_.empty(); }
    std::size_t shown() const { return signs_.size(); }
    QRectF bounds() const;
    QString tip_at(QPointF at) const; // empty: nothing there
    void paint(QPainter& painter, const Palette& palette) const;

private:
    struct Sign { // what one node needs over one link
        QPolygonF line;
        QStringList lines; // of the label
        QString tip;
        QRectF label;
        bool by_hand = false;
        bool quiet = false;
    };
    void place_label(Sign& sign, const Figure& figure) const;

    std::vector<RouteArrow> arrows_;
    std::vector<Sign> signs_;
};

} // namespace fulcrum::designer
