// Small pictures on buttons that are painted in the colour of their words, where an SVG cannot follow it.
#pragma once

#include <QIcon>
#include <functional>

class QPainter;

namespace fulcrum::window {

// `paint` draws on a square of `side` units with a round pen of `stroke` and a brush, both in `ink`; sharp on
// a screen of this pixel ratio.
QIcon drawn_icon(int side, const QColor& ink, double stroke, qreal pixel_ratio,
                 const std::function<void(QPainter&)>& paint);

} // namespace fulcrum::window
