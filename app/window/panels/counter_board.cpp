#include "app/window/panels/counter_board.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "app/window/theme.h"

namespace fulcrum::window {

namespace {
constexpr int margin = 6;
constexpr int gap = 6;
constexpr int least_width = 116;
constexpr int padding = 7;
constexpr int level_thickness = 3;

int tile_height(const QFontMetrics& metrics) {
    return 2 * metrics.height() + padding + 4;
}
} // namespace

CounterBoard::CounterBoard(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setAccessibleName(tr("Counters"));
    connect(theme_, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CounterBoard::show_counters(std::vector<EngineCounter> counters) {
    counters_ = std::move(counters);
    QStringList said;
    for (const EngineCounter& counter : counters_) {
        said << QStringLiteral("%1 %2 %3").arg(counter.name, counter.value, counter.detail);
    }
    setAccessibleDescription(said.join("; "));
    fit_height();
    update();
}

int CounterBoard::columns() const {
    return std::max(1, (width() - 2 * margin + gap) / (least_width + gap));
}

QRect CounterBoard::tile(std::size_t index) const {
    const int across = columns();
    const int wide = (width() - 2 * margin - (across - 1) * gap) / across;
    const int high = tile_height(fontMetrics());
    const int at = static_cast<int>(index);
    return {margin + at % across * (wide + gap), margin + at / across * (high + gap), wide, high};
}

void CounterBoard::fit_height() {
    setMinimumHeight(counters_.empty() ? 0 : tile(counters_.size() - 1).bottom() + margin);
}

void CounterBoard::resizeEvent(QResizeEvent*) {
    fit_height();
}

bool CounterBoard::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            if (tile(i).contains(help->pos())) {
                QToolTip::showText(help->globalPos(), counters_[i].hint, this, tile(i));
                return true;
            }
        }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void CounterBoard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        paint_tile(painter, tile(i), counters_[i]);
    }
}

void CounterBoard::paint_tile(QPainter& painter, const QRect& tile, const EngineCounter& counter) const {
    const ThemeColors& colors = theme_->colors();
    const QColor color = counter.is_trouble ? colors.warning : colors.accent;
    painter.setPen(QPen(counter.is_trouble ? colors.warning : colors.line, 1));
    painter.setBrush(colors.surface);
    painter.drawRoundedRect(QRectF(tile).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);

    const int line = fontMetrics().height();
    const QRect inside = tile.adjusted(padding, padding / 2, -padding, -5);
    if (counter.level) {
        const QRectF track(inside.left(), tile.bottom() - level_thickness - 1, inside.width(),
                           level_thickness);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colors.line);
        painter.drawRoundedRect(track, 2, 2);
        painter.setBrush(*counter.level > 0.9 ? colors.error : color);
        painter.drawRoundedRect(
            QRectF(track.topLeft(), QSizeF(track.width() * *counter.level, track.height())), 2, 2);
    } else if (counter.history.size() > 1) {
        const double most = std::max(1e-9, *std::max_element(counter.history.begin(), counter.history.end()));
        const QRectF strip = QRectF(tile).adjusted(3, line, -3, -2); // behind the value: a tint, read through
        const double step = strip.width() / static_cast<double>(EngineHistory::kept - 1);
        double x = strip.right() - step * static_cast<double>(counter.history.size() - 1);
        QPolygonF curve;
        for (const double value : counter.history) {
            curve << QPointF(x, strip.bottom() - strip.height() * value / most);
            x += step;
        }
        QPolygonF ground = curve;
        ground << QPointF(curve.last().x(), strip.bottom()) << QPointF(curve.first().x(), strip.bottom());
        QColor tint = color;
        tint.setAlphaF(0.16f);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tint);
        painter.drawPolygon(ground);
        painter.setBrush(Qt::NoBrush);
        QColor edge = color;
        edge.setAlphaF(0.55f);
        painter.setPen(QPen(edge, 1.2));
        painter.drawPolyline(curve);
    }

    painter.setFont(font());
    painter.setPen(colors.muted);
    painter.drawText(QRect(inside.left(), inside.top(), inside.width(), line),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(counter.name, Qt::ElideRight, inside.width()));
    QFont bold = font();
    bold.setBold(true);
    const QFontMetrics bold_metrics(bold);
    const int value_width = bold_metrics.horizontalAdvance(counter.value);
    painter.setFont(bold);
    painter.setPen(counter.is_trouble ? colors.warning : colors.text);
    const QRect second(inside.left(), inside.top() + line, inside.width(), line);
    painter.drawText(second, Qt::AlignLeft | Qt::AlignVCenter, counter.value);
    painter.setFont(font());
    painter.setPen(colors.muted);
    const int room = inside.width() - value_width - 6;
    painter.drawText(second.adjusted(value_width + 6, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(counter.detail, Qt::ElideRight, room));
}

} // namespace fulcrum::window
