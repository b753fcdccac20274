// The few kinds of writing on the canvas, and how large a piece of it is. Sizes are scene units, so that a
// drawing is laid out once and only scaled by zooming.
#pragma once

#include <QFont>
#include <QSizeF>
#include <QString>

namespace fulcrum::designer {

enum class TextStyle {
    name,    // of a node, a VIP
    address, // interfaces, addresses, ports, rates
    bar,     // inside a segment's bar
    title,   // of a frame
    badge,   // "active", "running"
    note,
};

const QFont& font_of(TextStyle style);
double text_width(TextStyle style, const QString& text); // cached
double line_height(TextStyle style);
double text_ascent(TextStyle style);
QString elided(TextStyle style, const QString& text, double width);
// Height of `text` broken into lines of at most `width`.
double wrapped_height(TextStyle style, const QString& text, double width);

} // namespace fulcrum::designer
