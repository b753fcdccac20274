#include "app/window/panels/wrapping_grid.h"

#include <QGridLayout>
#include <algorithm>

namespace fulcrum::window {

WrappingGrid::WrappingGrid(QSize smallest_cell, QWidget* parent)
    : QScrollArea(parent), smallest_cell_(smallest_cell) {
    auto* ground = new QWidget(this);
    ground->setBackgroundRole(QPalette::Base); // an empty cell looks as the others do
    ground->setAutoFillBackground(true);
    grid_ = new QGridLayout(ground);
    grid_->setContentsMargins(0, 0, 0, 0);
    grid_->setSpacing(0);
    setWidget(ground);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
}

void WrappingGrid::add(QWidget* widget) {
    widgets_ << widget;
    columns_ = 0;
    arrange();
}

void WrappingGrid::set_shown(QWidget* widget, bool shown) {
    if (hidden_.contains(widget) == !shown) {
        return;
    }
    shown ? static_cast<void>(hidden_.removeOne(widget)) : hidden_.append(widget);
    columns_ = 0;
    arrange();
}

void WrappingGrid::resizeEvent(QResizeEvent* event) {
    QScrollArea::resizeEvent(event);
    arrange();
}

void WrappingGrid::arrange() {
    const int cells = static_cast<int>(widgets_.size() - hidden_.size());
    const int columns = std::clamp(width() / smallest_cell_.width(), 1, std::max(1, cells));
    if (columns == columns_) {
        return;
    }
    columns_ = columns;
    for (QWidget* widget : widgets_) {
        grid_->removeWidget(widget);
        widget->setVisible(!hidden_.contains(widget));
    }
    int cell = 0;
    for (QWidget* widget : widgets_) {
        if (!hidden_.contains(widget)) {
            grid_->addWidget(widget, cell / columns, cell % columns);
            ++cell;
        }
    }
    const int rows = (cells + columns - 1) / columns;
    for (int row = 0; row < grid_->rowCount(); ++row) {
        grid_->setRowMinimumHeight(row, row < rows ? smallest_cell_.height() : 0);
        grid_->setRowStretch(row, row < rows ? 1 : 0);
    }
    for (int column = 0; column < grid_->columnCount(); ++column) {
        grid_->setColumnStretch(column, column < columns ? 1 : 0);
    }
}

} // namespace fulcrum::window
