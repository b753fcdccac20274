#include "app/window/look/side_by_side.h"

#include <QHeaderView>
#include <QLocale>
#include <cmath>

#include "app/window/theme.h"

namespace fulcrum::window {

namespace {
enum Column { name_column, left_column, right_column, difference_column, column_count };
constexpr double same_within = 0.02; // of noise: no difference is claimed
} // namespace

SideBySide::SideBySide(const QString& accessible_name, const Theme* theme, QWidget* parent)
    : QTableWidget(0, column_count, parent), theme_(theme) {
    setAccessibleName(accessible_name);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionMode(QAbstractItemView::NoSelection);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setTabKeyNavigation(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
}

void SideBySide::begin(const QString& left, const QString& right) {
    setRowCount(0);
    setHorizontalHeaderLabels({QString(), left, right, tr("Difference")});
}

void SideBySide::add(const QString& name, const QString& left, const QString& right) {
    const int row = rowCount();
    insertRow(row);
    const QStringList cells{name, left, right, QString()};
    for (int column = 0; column < column_count; ++column) {
        auto* cell = new QTableWidgetItem(cells[column]);
        cell->setToolTip(cells[column]);
        cell->setTextAlignment((column == name_column ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        setItem(row, column, cell);
    }
}

void SideBySide::add_number(const QString& name, double left, double right, int decimals, const QString& unit,
                            Better better) {
    const QLocale locale;
    const auto text = [&](double value) {
        const QString number = locale.toString(value, 'f', decimals);
        return unit.isEmpty() ? number : QStringLiteral("%1 %2").arg(number, unit);
    };
    add(name, text(left), text(right));
    QTableWidgetItem* cell = item(rowCount() - 1, difference_column);
    if (left <= 0 || right <= 0) {
        return;
    }
    const double change = right / left - 1;
    if (std::abs(change) < same_within) {
        cell->setText(tr("same"));
        cell->setForeground(theme_->colors().muted);
        return;
    }
    cell->setText(QStringLiteral("%1%2 %").arg(change > 0 ? QStringLiteral("+") : QStringLiteral("−"),
                                               locale.toString(std::abs(change) * 100, 'f', 0)));
    if (better != Better::neither) {
        const bool good = (change > 0) == (better == Better::more);
        cell->setForeground(good ? theme_->colors().good : theme_->colors().error);
    }
}

QStringList SideBySide::row(const QString& name) const {
    for (int row = 0; row < rowCount(); ++row) {
        if (item(row, name_column)->text() == name) {
            QStringList cells;
            for (int column = 0; column < column_count; ++column) {
                cells << item(row, column)->text();
            }
            return cells;
        }
    }
    return {};
}

} // namespace fulcrum::window
