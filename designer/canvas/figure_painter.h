// Draws a figure. One pass per kind of thing instead of one paint call per item: a thousand nodes cost a
// thousand blits of four pictures, and lines of one colour are drawn together. What is too small to be read
// is not drawn.
#pragma once

#include <QPainter>

#include "designer/canvas/figure.h"
#include "designer/canvas/live_picture.h"
#include "designer/canvas/palette.h"
#include "designer/canvas/text_style.h"

namespace fulcrum::designer {

// What is drawn at a zoom (1 is 100 %).
struct DetailLevel {
    bool names, addresses, bar_texts, dots, smooth_lines;
    static DetailLevel at(double zoom);
};

class FigurePainter {
public:
    // `zoom` is the painter's scale; `vector`: icons as shapes instead of pictures (print, SVG).
    FigurePainter(QPainter& painter, const Figure& figure, const LivePicture& live, CanvasTheme theme,
                  double zoom, bool vector = false);

    void paint_ground(const QRectF& exposed); // colour and grid
    void paint(const QRectF& exposed);        // everything else
    // The writing of bars once more, on a patch of the bar: over a followed request that crosses it.
    void paint_bar_texts(const QRectF& exposed);

private:
    void paint_frames();
    void paint_links();
    void paint_link_hairlines();
    void paint_link(const LinkShape& link);
    void paint_link_labels(const LinkShape& link);
    void paint_rates(const LinkShape& link, QRectF lines);
    void paint_bars();
    QColor color_of(const BarShape& bar) const;
    void paint_bar_text(const BarShape& bar, const QColor& ink);
    void paint_rings();
    void paint_icons();
    void paint_lamp(QPointF centre, double radius, LiveState state);
    void paint_marks();
    void paint_node_caption(const NodeShape& node);
    void paint_vip_caption(const VipShape& vip);
    void paint_notes();
    void paint_picture(const QString& name, const QRectF& where, const QColor& tint = {}, double opacity = 1);
    void paint_problem(const Id& id, QPointF where);
    void paint_proofs();
    void paint_proof(const Id& id, QPointF where);
    double paint_pill(QPointF top_left, const QString& text, const QColor& color, bool filled);
    void paint_patch(const QRectF& rect);
    bool is_up(const LinkShape& link) const;
    bool sees(const QRectF& rect) const { return exposed_.intersects(rect); }

    QPainter& painter_;
    const Figure& figure_;
    const LivePicture& live_;
    const Palette& palette_;
    CanvasTheme theme_;
    double zoom_;
    bool vector_;
    DetailLevel detail_;
    QRectF exposed_;
};

// One line of text in a rectangle's first line; elided when it is too long.
void paint_text(QPainter& painter, TextStyle style, const QColor& color, const QRectF& rect,
                Qt::Alignment alignment, const QString& text);

QString state_text(LiveState state);
QColor state_color(const Palette& palette, LiveState state);
QString icon_of(NodeKind kind);

} // namespace fulcrum::designer
