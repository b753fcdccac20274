#include "app/window/panels/share_bars.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "app/window/theme.h"

namespace fulcrum::window {

namespace {
constexpr int margin = 12;
constexpr int gap = 8;
constexpr int most_row_height = 30;
} // namespace

ShareBars::ShareBars(const QString& title, const Theme* theme, QWidget* parent)
    : QWidget(parent), title_(title), theme_(theme) {
    setAccessibleName(title);
}

void ShareBars::show_rows(std::vector<Row> rows) {
    rows_ = std::move(rows);
    update();
}

void ShareBars::paintEvent(QPaintEvent*) {
    const ThemeColors& colors = theme_->colors();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), colors.surface);
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    painter.setPen(colors.text);
    const int line = fontMetrics().height();
    painter.drawText(QRect(margin, gap, width() - 2 * margin, line), Qt::AlignHCenter, title_);
    painter.setFont(font());
    if (rows_.empty()) {
        return;
    }
    double total = 0;
    double most = 1;
    int name_width = 0;
    for (const Row& row : rows_) {
        total += row.value;
        most = std::max(most, row.value);
        name_width = std::max(name_width, fontMetrics().horizontalAdvance(row.name));
    }
    name_width = std::min(name_width, width() / 3);
    const QLocale locale;
    const auto number = [&](const Row& row) {
        const double share = total > 0 ? 100 * row.value / total : 0;
        return QStringLiteral("%1 · %2 %")
            .arg(locale.toString(row.value, 'f', 0), locale.toString(share, 'f', 1));
    };
    int number_width = 0;
    for (const Row& row : rows_) {
        number_width = std::max(number_width, fontMetrics().horizontalAdvance(number(row)));
    }
    const int top = gap + line + gap;
    const int room = height() - top - gap;
    const int row_height = std::clamp(room / static_cast<int>(rows_.size()), 1, most_row_height);
    const int bar_left = margin + name_width + gap;
    const int bar_room = std::max(8, width() - bar_left - gap - number_width - margin);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const Row& row = rows_[i];
        const QRect strip(margin, top + static_cast<int>(i) * row_height, width() - 2 * margin, row_height);
        painter.setPen(colors.text);
        painter.drawText(QRect(strip.left(), strip.top(), name_width, row_height),
                         Qt::AlignVCenter | Qt::AlignLeft,
                         fontMetrics().elidedText(row.name, Qt::ElideRight, name_width));
        painter.setPen(Qt::NoPen);
        painter.setBrush(row.color);
        const double length = std::max(2.0, bar_room * row.value / most);
        painter.drawRoundedRect(QRectF(bar_left, strip.top() + row_height * 0.2, length, row_height * 0.6), 2,
                                2);
        painter.setPen(colors.muted);
        painter.drawText(QRect(strip.right() - number_width + 1, strip.top(), number_width, row_height),
                         Qt::AlignVCenter | Qt::AlignRight, number(row));
    }
}

} // namespace fulcrum::window
