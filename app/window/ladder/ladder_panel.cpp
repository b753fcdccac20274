#include "app/window/ladder/ladder_panel.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace fulcrum::window {

namespace {

// Every word of the filter must be somewhere in the row.
class RequestFilter : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void set_words(const QString& text) {
        words_ = text.split(' ', Qt::SkipEmptyParts);
        invalidateFilter();
    }
    // Health probes of engines are connections without a request: many, and seldom what one looks for.
    void set_bare_connections(bool shown) {
        bare_connections_ = shown;
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
        if (!bare_connections_ && !static_cast<const LadderModel*>(sourceModel())->request(row).is_http) {
            return false;
        }
        if (words_.isEmpty()) {
            return true;
        }
        const QString text = sourceModel()->index(row, 0, parent).data(LadderModel::search_role).toString();
        return std::all_of(words_.begin(), words_.end(),
                           [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
    }

private:
    QStringList words_;
    bool bare_connections_ = false;
};

} // namespace

LadderPanel::LadderPanel(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), model_(new LadderModel(this)), sorted_(new RequestFilter(this)),
      table_(new QTableView(this)), view_(new LadderView(theme, this)), filter_(new QLineEdit(this)),
      connections_(new QCheckBox(tr("Connections without a request"), this)), count_(new QLabel(this)),
      watch_(new QToolButton(this)), export_(new QToolButton(this)), zoom_in_(new QToolButton(this)),
      zoom_out_(new QToolButton(this)) {
    setObjectName("ladder_panel");
    sorted_->setSourceModel(model_);
    filter_->setPlaceholderText(tr("Filter: path, address, server, status …"));
    filter_->setClearButtonEnabled(true);
    filter_->setMaximumWidth(320);
    connections_->setToolTip(tr("Health probes, and connections whose request is no HTTP"));
    count_->setForegroundRole(QPalette::PlaceholderText);
    watch_->setObjectName("ladder_watch");
    watch_->setText(tr("Watch"));
    watch_->setCheckable(true);
    watch_->setEnabled(false);
    watch_->setToolTip(tr("See every request of the running lab as it happens. A request that you send by "
                          "yourself (F6) is seen without this"));
    auto* open = new QToolButton(this);
    open->setText(tr("Open a capture…"));
    open->setToolTip(tr("Ladders of a pcap or pcapng file, played on the drawing too"));
    export_->setText(tr("Export…"));
    export_->setToolTip(tr("This ladder as PNG or SVG"));
    zoom_in_->setText(QStringLiteral("+"));
    zoom_in_->setToolTip(tr("Larger (+, or Ctrl and the wheel)"));
    zoom_out_->setText(QStringLiteral("−"));
    zoom_out_->setToolTip(tr("Smaller (−)"));

    table_->setObjectName("ladder_requests");
    table_->setModel(sorted_);
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
    table_->setAccessibleName(tr("Requests"));
    const auto width = [&](LadderModel::Column column, const QString& sample) {
        table_->setColumnWidth(column, table_->fontMetrics().horizontalAdvance(sample) + 16);
    };
    width(LadderModel::number_column, "0000");
    width(LadderModel::time_column, "00:00:00.000");
    width(LadderModel::request_column, "GET /bytes/1000");
    width(LadderModel::status_column, "Status");
    width(LadderModel::client_column, "192.168.100.101:60000");
    width(LadderModel::server_column, "server100");

    auto* line = new QHBoxLayout;
    line->setContentsMargins(6, 4, 6, 0);
    line->addWidget(filter_);
    line->addWidget(connections_);
    count_->setSizePolicy(QSizePolicy::Ignored,
                          QSizePolicy::Preferred); // a long word must not widen the window
    line->addWidget(count_, 1);
    for (QToolButton* button : {watch_, open, zoom_out_, zoom_in_, export_}) {
        line->addWidget(button);
    }
    auto* split = new QSplitter(Qt::Horizontal, this);
    split->addWidget(table_);
    split->addWidget(view_);
    split->setStretchFactor(1, 1);
    split->setSizes({430, 900});
    split->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(line);
    column->addWidget(split, 1);

    connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
        static_cast<RequestFilter*>(sorted_)->set_words(text);
        count();
    });
    connect(connections_, &QCheckBox::toggled, this, [this](bool shown) {
        static_cast<RequestFilter*>(sorted_)->set_bare_connections(shown);
        count();
        show_current();
    });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { show_current(); });
    connect(table_, &QTableView::clicked, this,
            [this](const QModelIndex& index) { follows_ = index.row() + 1 == sorted_->rowCount(); });
    connect(table_, &QTableView::activated, view_, qOverload<>(&QWidget::setFocus));
    connect(watch_, &QToolButton::clicked, this, &LadderPanel::watch_wanted);
    connect(open, &QToolButton::clicked, this, &LadderPanel::open_wanted);
    connect(export_, &QToolButton::clicked, this, &LadderPanel::export_picture);
    constexpr double step = 1.2;
    connect(zoom_in_, &QToolButton::clicked, this, [this] { view_->set_zoom(view_->zoom() * step); });
    connect(zoom_out_, &QToolButton::clicked, this, [this] { view_->set_zoom(view_->zoom() / step); });
    connect(view_, &LadderView::arrow_opened, this, [this](int arrow) {
        const LadderChart::Arrow& opened = view_->chart().arrows()[static_cast<std::size_t>(arrow)];
        emit packet_opened(model_->source()->files[opened.file], opened.packet);
    });
    view_->set_empty_text(
        tr("A ladder shows one request across all hops, and what each hop rewrote. Launch a lab "
           "and send a request (F6), press Watch to see all of them, or open a capture."));
    count();
    show_current();
}

void LadderPanel::show_source(const LadderSourcePtr& source) {
    const bool is_same =
        source != nullptr && model_->source() != nullptr && source->name == model_->source()->name;
    const int before = shown_row_;
    if (!is_same) {
        follows_ = true;
    }
    {
        const QSignalBlocker quiet(table_->selectionModel()); // one change of the ladder, not two
        model_->show(source);
    }
    // Of a lab the newest, of a file the first.
    const QModelIndex row = source != nullptr && !source->is_live && !is_same ? sorted_->index(0, 0)
                            : follows_ ? sorted_->index(sorted_->rowCount() - 1, 0)
                                       : sorted_->mapFromSource(model_->index(before, 0));
    shown_row_ = -1;
    if (row.isValid()) {
        table_->setCurrentIndex(row);
        table_->scrollTo(row);
    }
    show_current();
    count();
}

void LadderPanel::show_current() {
    const QModelIndex current = sorted_->mapToSource(table_->currentIndex());
    const int row = current.isValid() ? current.row() : -1;
    export_->setEnabled(row >= 0);
    if (row == shown_row_ && row >= 0) {
        return;
    }
    shown_row_ = row;
    view_->show_request(row < 0 ? nullptr : &model_->request(row));
}

void LadderPanel::count() {
    const int all = model_->rowCount();
    if (model_->source() == nullptr) {
        count_->clear();
        return;
    }
    const int shown = sorted_->rowCount();
    QString text =
        shown == all ? tr("%n request(s)", nullptr, all) : tr("%1 of %2 requests").arg(shown).arg(all);
    if (model_->source()->ladder.left_out > 0) {
        text += tr(", %1 more left out").arg(model_->source()->ladder.left_out);
    }
    count_->setText(tr("%1: %2").arg(model_->source()->name, text));
}

void LadderPanel::tell(const QString& text) {
    count_->setText(text);
}

void LadderPanel::set_can_watch(bool can) {
    watch_->setEnabled(can);
}

void LadderPanel::set_watching(bool watching) {
    watch_->setChecked(watching);
}

void LadderPanel::focus_filter() {
    filter_->setFocus(Qt::ShortcutFocusReason);
}

void LadderPanel::export_picture() {
    QFileDialog dialog(this, tr("Export the ladder"), {}, tr("Pictures (*.png *.svg)"));
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix("png");
    dialog.selectFile(QStringLiteral("ladder.png"));
    if (dialog.exec() != QDialog::Accepted) {
        return;
    }
    if (const QString error = view_->export_picture(dialog.selectedFiles().front()); !error.isEmpty()) {
        QMessageBox::warning(this, tr("Export the ladder"), error);
    }
}

} // namespace fulcrum::window
