#include "designer/canvas/path_legend.h"

#include <QPainter>

#include "designer/canvas/text_style.h"

namespace fulcrum::designer {

namespace {

constexpr int stroke = 30, gap = 8, pad = 10;

} // namespace

PathLegend::PathLegend(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

QSize PathLegend::sizeHint() const {
    const double words =
        std::max(text_width(TextStyle::badge, tr("request")), text_width(TextStyle::badge, tr("return")));
    const int lines = with_return_ ? 2 : 1;
    return {2 * pad + stroke + gap + static_cast<int>(words),
            2 * 7 + lines * static_cast<int>(line_height(TextStyle::badge)) + (lines - 1) * 4};
}

void PathLegend::show_for(CanvasTheme theme, bool with_return) {
    theme_ = theme;
    with_return_ = with_return;
    resize(sizeHint());
    show();
    raise();
    update();
}

void PathLegend::paintEvent(QPaintEvent*) {
    const Palette& palette = Palette::of(theme_);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette.grid.darker(115), 1));
    painter.setBrush(palette.paper);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    double y = 7;
    const auto line = [&](const QColor& color, const QList<qreal>& dashes, const QString& words) {
        QPen pen(color, 2.6);
        pen.setDashPattern(dashes);
        painter.setPen(pen);
        const double middle = y + line_height(TextStyle::badge) / 2;
        painter.drawLine(QPointF(pad, middle), QPointF(pad + stroke, middle));
        painter.setFont(font_of(TextStyle::badge));
        painter.setPen(palette.ink);
        painter.drawText(QPointF(pad + stroke + gap, y + text_ascent(TextStyle::badge)), words);
        y += line_height(TextStyle::badge) + 4;
    };
    line(palette.request, {5, 1.8}, tr("request"));
    if (with_return_) {
        line(palette.answer, {2, 1.6}, tr("return"));
    }
}

} // namespace fulcrum::designer
