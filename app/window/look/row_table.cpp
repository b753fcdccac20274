#include "app/window/look/row_table.h"

#include <QHeaderView>

namespace fulcrum::window {

namespace {
constexpr int row_padding = 6, column_padding = 18; // pixels
} // namespace

RowTable::RowTable(const QString& accessible_name, QWidget* parent) : QTableView(parent) {
    setAccessibleName(accessible_name);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setMinimumSectionSize(1);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + row_padding);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
}

void RowTable::set_width_for(int column, const QString& sample) {
    setColumnWidth(column, fontMetrics().horizontalAdvance(sample) + column_padding);
}

} // namespace fulcrum::window
