#include "app/window/inspector/table_page.h"

#include <QAbstractTableModel>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QShortcut>
#include <QStackedLayout>
#include <QTableView>
#include <QVBoxLayout>

#include "app/window/inspector/cell_delegate.h"

namespace fulcrum::window {

namespace {
constexpr int widest_column = 420, narrow_column = 110;
} // namespace

TablePage::TablePage(QAbstractTableModel* model, const QString& name, QWidget* parent)
    : QWidget(parent), view_(new QTableView(this)), top_(new QHBoxLayout), count_(new QLabel(this)),
      empty_(new QLabel(this)) {
    view_->setModel(model);
    view_->setItemDelegate(new CellDelegate(view_));
    view_->setAccessibleName(name);
    view_->setSelectionBehavior(QAbstractItemView::SelectRows);
    view_->setSelectionMode(QAbstractItemView::SingleSelection);
    view_->setAlternatingRowColors(true);
    view_->setShowGrid(false);
    view_->setWordWrap(false);
    view_->setTabKeyNavigation(false);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setContextMenuPolicy(Qt::CustomContextMenu);
    view_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view_->verticalHeader()->setDefaultSectionSize(view_->fontMetrics().height() + 6);
    view_->horizontalHeader()->setHighlightSections(false);
    view_->horizontalHeader()->setStretchLastSection(true);
    view_->horizontalHeader()->setResizeContentsPrecision(200);
    view_->setSortingEnabled(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    empty_->setWordWrap(true);
    count_->setForegroundRole(QPalette::PlaceholderText);

    top_->setContentsMargins(8, 5, 8, 5);
    top_->setSpacing(12);
    top_->addWidget(count_);
    auto* below = new QWidget(this);
    pages_ = new QStackedLayout(below);
    pages_->addWidget(view_);
    pages_->addWidget(empty_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top_);
    column->addWidget(below, 1);

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

void TablePage::set_empty_text(const QString& text) {
    empty_->setText(text);
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
    pages_->setCurrentIndex(rows > 0 ? 0 : 1);
    if (rows > 0 && !fitted_) {
        fitted_ = true;
        fit_columns();
    }
}

} // namespace fulcrum::window
