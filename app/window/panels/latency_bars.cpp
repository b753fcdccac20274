#include "app/window/panels/latency_bars.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "app/window/theme.h"

namespace fulcrum::window {

namespace {
constexpr int gap = 8;
constexpr int least_width = 320;
} // namespace

LatencyBars::LatencyBars(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setAccessibleName(tr("Latency"));
}

void LatencyBars::show_latency(std::vector<Row> rows) {
    rows_ = std::move(rows);
    QStringList said;
    for (const Row& row : rows_) {
        said << QStringLiteral("%1: %2 ms").arg(row.name, QLocale().toString(row.milliseconds, 'f', 2));
    }
    setAccessibleDescription(said.join("; "));
    updateGeometry();
    update();
}

int LatencyBars::row_height() const {
    return fontMetrics().height() + 6;
}

QSize LatencyBars::sizeHint() const {
    return {least_width, row_height() * (static_cast<int>(rows_.size()) + 1)};
}

void LatencyBars::paintEvent(QPaintEvent*) {
    const ThemeColors& colors = theme_->colors();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors.text);
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    painter.drawText(QRect(0, 0, width(), row_height()), Qt::AlignLeft | Qt::AlignVCenter,
                     tr("Latency, from request to answer"));
    painter.setFont(font());
    const auto text = [](double milliseconds) {
        return tr("%1 ms").arg(QLocale().toString(milliseconds, 'f', milliseconds < 10 ? 2 : 1));
    };
    double most = 1e-9;
    int name_width = 0;
    int value_width = 0;
    for (const Row& row : rows_) {
        most = std::max(most, row.milliseconds);
        name_width = std::max(name_width, fontMetrics().horizontalAdvance(row.name));
        value_width = std::max(value_width, fontMetrics().horizontalAdvance(text(row.milliseconds)));
    }
    const int left = name_width + gap;
    const double room = std::max(20, width() - left - gap - value_width);
    int top = row_height();
    for (const Row& row : rows_) {
        const QRect strip(0, top, width(), row_height());
        painter.setPen(colors.text);
        painter.drawText(strip, Qt::AlignLeft | Qt::AlignVCenter, row.name);
        painter.drawText(strip, Qt::AlignRight | Qt::AlignVCenter, text(row.milliseconds));
        painter.setPen(Qt::NoPen);
        painter.setBrush(colors.accent);
        painter.drawRoundedRect(
            QRectF(left, strip.top() + 5, std::max(2.0, room * row.milliseconds / most), strip.height() - 10),
            2, 2);
        top += row_height();
    }
}

} // namespace fulcrum::window
