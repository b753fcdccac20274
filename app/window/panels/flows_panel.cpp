#include "app/window/panels/flows_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/window/look/row_table.h"
#include "app/window/look/word_filter.h"

namespace fulcrum::window {

namespace {

constexpr auto columns_key = "flows/columns/2"; // the number changes with the columns

} // namespace

FlowsPanel::FlowsPanel(FlowsModel* model, QWidget* parent)
    : QWidget(parent), model_(model), sorted_(new WordFilter(FlowsModel::search_role, this)),
      table_(new RowTable(tr("Flows"), this)), filter_(new QLineEdit(this)), count_(new QLabel(this)) {
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
    table_->set_width_for(FlowsModel::started_column, "00:00:00.000");
    table_->set_width_for(FlowsModel::client_column, "172.16.100.100:65535");
    table_->set_width_for(FlowsModel::vip_column, "172.16.100.100:80");
    table_->set_width_for(FlowsModel::se_column, "se1000");
    table_->set_width_for(FlowsModel::server_column, "server1000");
    table_->set_width_for(FlowsModel::mode_column, "L2 DSR__");
    table_->set_width_for(FlowsModel::protocol_column, "Protocol__");
    table_->set_width_for(FlowsModel::in_column, "To server__");
    table_->set_width_for(FlowsModel::out_column, "From server__");
    table_->set_width_for(FlowsModel::state_column, "established__");
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
        sorted_->set_words(text);
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
