#include "app/window/inspector/table_page.h"

#include <QAbstractTableModel>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QShortcut>

#include "app/window/inspector/cell_delegate.h"
#include "app/window/look/row_table.h"

namespace fulcrum::window {

namespace {
constexpr int widest_column = 420, narrow_column = 110;
} // namespace

TablePage::TablePage(QAbstractTableModel* model, const QString& name, QWidget* parent)
    : InspectorPage(parent), view_(new RowTable(name, this)), count_(new QLabel(this)) {
    view_->setModel(model);
    view_->setItemDelegate(new CellDelegate(view_));
    view_->setFrameShape(QFrame::NoFrame);
    view_->setContextMenuPolicy(Qt::CustomContextMenu);
    view_->horizontalHeader()->setResizeContentsPrecision(200);
    view_->setSortingEnabled(true);
    count_->setForegroundRole(QPalette::PlaceholderText);
    top()->addWidget(count_);
    set_content(view_);

    connect(model, &QAbstractItemModel::modelReset, this, &TablePage::show_state);
    connect(view_, &QAbstractItemView::doubleClicked, this,
            [this](const QModelIndex& at) { emit chosen(at.row()); });
    for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto* choose = new QShortcut(QKeySequence(key), view_);
        choose->setContext(Qt::WidgetShortcut);
        connect(choose, &QShortcut::activated, this, [this] {
            if (view_->currentIndex().isValid()) {
                emit chosen(view_->currentIndex().row());
            }
        });
    }
    connect(view_, &QWidget::customContextMenuRequested, this, [this](const QPoint& place) {
        if (const QModelIndex at = view_->indexAt(place); at.isValid()) {
            emit menu_wanted(at.row(), view_->viewport()->mapToGlobal(place));
        }
    });
    show_state();
}

void TablePage::show_hint(const QString& text) {
    auto* hint = new QLabel(text, this);
    hint->setForegroundRole(QPalette::PlaceholderText);
    top()->addStretch(1);
    top()->addWidget(hint);
}

void TablePage::fit_columns() {
    view_->resizeColumnsToContents();
    const int last = view_->model()->columnCount() - 1; // has what is left, and this at least
    view_->setColumnWidth(last, std::min(narrow_column, view_->columnWidth(last)));
    for (int i = 0; i < last; ++i) {
        view_->setColumnWidth(i, std::min(widest_column, view_->columnWidth(i) + 2));
    }
}

void TablePage::show_state() {
    const int rows = view_->model()->rowCount();
    count_->setText(rows > 0 ? tr("%n row(s)", nullptr, rows) : QString());
    show_content(rows > 0);
    if (rows > 0 && !fitted_) {
        fitted_ = true;
        fit_columns();
    }
}

} // namespace fulcrum::window
