#include "app/window/panels/flows_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace fulcrum::window {

namespace {

constexpr auto columns_key = "flows/columns/2"; // the number changes with the columns

// Every word of the filter must be somewhere in the row.
class FlowFilter : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void set_words(const QString& text) {
        words_ = text.split(' ', Qt::SkipEmptyParts);
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
        if (words_.isEmpty()) {
            return true;
        }
        QString text;
        for (int column = 0; column < sourceModel()->columnCount(parent); ++column) {
            text += sourceModel()->index(row, column, parent).data(FlowsModel::search_role).toString() + ' ';
        }
        return std::all_of(words_.begin(), words_.end(),
                           [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
    }

private:
    QStringList words_;
};

} // namespace

FlowsPanel::FlowsPanel(FlowsModel* model, QWidget* parent)
    : QWidget(parent), model_(model), sorted_(new FlowFilter(this)), table_(new QTableView(this)),
      filter_(new QLineEdit(this)), count_(new QLabel(this)) {
    sorted_->setSourceModel(model_);
    sorted_->setSortRole(FlowsModel::sort_role);
    sorted_->setDynamicSortFilter(true);
    filter_->setPlaceholderText(tr("Filter: address, server, state …"));
    filter_->setClearButtonEnabled(true);
    filter_->setMinimumWidth(260);
    filter_->setMaximumWidth(360);
    count_->setForegroundRole(QPalette::PlaceholderText);
    auto* clear = new QToolButton(this);
    clear->setText(tr("Clear"));
    clear->setToolTip(tr("Forget the flows shown so far"));

    table_->setModel(sorted_);
    table_->setSortingEnabled(true);
    table_->sortByColumn(FlowsModel::started_column, Qt::DescendingOrder);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setAlternatingRowColors(true);
    table_->setShowGrid(false);
    table_->setWordWrap(false);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 6);
    table_->horizontalHeader()->setHighlightSections(false);
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table_->horizontalHeader()->setStretchLastSection(true);
    table_->setAccessibleName(tr("Flows"));
    const QFontMetrics metrics = table_->fontMetrics();
    const auto width = [&](FlowsModel::Column column, const QString& sample) {
        table_->setColumnWidth(column, metrics.horizontalAdvance(sample) + 18);
    };
    width(FlowsModel::started_column, "00:00:00.000");
    width(FlowsModel::client_column, "172.16.100.100:65535");
    width(FlowsModel::vip_column, "172.16.100.100:80");
    width(FlowsModel::se_column, "se1000");
    width(FlowsModel::server_column, "server1000");
    width(FlowsModel::mode_column, "L2 DSR__");
    width(FlowsModel::protocol_column, "Protocol__");
    width(FlowsModel::in_column, "To server__");
    width(FlowsModel::out_column, "From server__");
    width(FlowsModel::state_column, "established__");
    QSettings settings;
    if (const QByteArray columns = settings.value(columns_key).toByteArray(); !columns.isEmpty()) {
        table_->horizontalHeader()->restoreState(columns);
    }
    const auto keep_columns = [this] {
        QSettings().setValue(columns_key, table_->horizontalHeader()->saveState());
    };
    connect(table_->horizontalHeader(), &QHeaderView::sectionResized, this, keep_columns);
    connect(table_->horizontalHeader(), &QHeaderView::sortIndicatorChanged, this, keep_columns);

    auto* line = new QHBoxLayout;
    line->setContentsMargins(6, 4, 6, 0);
    line->addWidget(filter_);
    line->addWidget(count_, 1);
    line->addWidget(clear);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(line);
    column->addWidget(table_);

    connect(clear, &QToolButton::clicked, model_, &FlowsModel::clear);
    connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
        static_cast<FlowFilter*>(sorted_)->set_words(text);
        count();
    });
    connect(model_, &QAbstractItemModel::rowsInserted, this, &FlowsPanel::count);
    connect(model_, &QAbstractItemModel::modelReset, this, [this] {
        count();
        emit none_chosen();
    });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid()) {
                    emit flow_chosen(model_->row(sorted_->mapToSource(current).row()));
                }
            });
    count();
}

void FlowsPanel::count() {
    const int all = model_->rowCount();
    const int shown = sorted_->rowCount();
    if (all == 0) {
        count_->setText(tr("No flows yet. Send a request from a client to see one."));
    } else {
        count_->setText(shown == all ? tr("%n flow(s)", nullptr, all)
                                     : tr("%1 of %2 flows").arg(shown).arg(all));
    }
}

void FlowsPanel::focus_filter() {
    filter_->setFocus(Qt::ShortcutFocusReason);
}

} // namespace fulcrum::window
