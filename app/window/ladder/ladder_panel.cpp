#include "app/window/ladder/ladder_panel.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/look/row_table.h"
#include "app/window/look/word_filter.h"

namespace fulcrum::window {

namespace {
constexpr int narrowest_list = 220, widest_list = 460; // pixels
} // namespace

// Health probes of engines are connections in which nothing is said: many, and seldom what one looks for.
class LadderPanel::RequestFilter : public WordFilter {
public:
    explicit RequestFilter(QObject* parent) : WordFilter(LadderModel::search_role, parent) {}
    void set_bare_connections(bool shown) {
        bare_connections_ = shown;
        invalidateFilter();
    }

protected:
    bool may_show(int row) const override {
        const capture::LadderRequest& request = static_cast<const LadderModel*>(sourceModel())->request(row);
        return bare_connections_ || request.carries_data;
    }

private:
    bool bare_connections_ = false;
};

LadderPanel::LadderPanel(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), model_(new LadderModel(this)), sorted_(new RequestFilter(this)),
      table_(new RowTable(tr("Requests"), this)), view_(new LadderView(theme, this)),
      split_(new QSplitter(Qt::Horizontal, this)), filter_(new QLineEdit(this)),
      connections_(new QCheckBox(tr("Silent connections"), this)), count_(new QLabel(this)),
      watch_(new QToolButton(this)), export_(new QToolButton(this)), zoom_in_(new QToolButton(this)),
      zoom_out_(new QToolButton(this)) {
    setObjectName("ladder_panel");
    sorted_->setSourceModel(model_);
    make_table();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(make_line());
    column->addWidget(split_, 1);
    split_->addWidget(table_);
    split_->addWidget(view_);
    split_->setStretchFactor(1, 1);
    split_->setChildrenCollapsible(false);
    connect_parts();
    view_->set_empty_text(
        tr("A ladder shows one request across all hops, and what each hop rewrote. Launch a lab "
           "and send a request (F6), press Watch to see all of them, or open a capture."));
    count();
    show_current();
}

void LadderPanel::make_table() {
    table_->setObjectName("ladder_requests");
    table_->setModel(sorted_);
    table_->set_width_for(LadderModel::number_column, "0000");
    table_->set_width_for(LadderModel::time_column, "00:00:00.000");
    table_->set_width_for(LadderModel::request_column, "GET /bytes/1000");
    table_->set_width_for(LadderModel::status_column, "Status");
    table_->set_width_for(LadderModel::client_column, "192.168.100.101:60000");
    table_->set_width_for(LadderModel::server_column, "server100");
}

// What stands over the list and the ladder.
QHBoxLayout* LadderPanel::make_line() {
    filter_->setPlaceholderText(tr("Filter: path, address, server, status …"));
    filter_->setClearButtonEnabled(true);
    filter_->setMaximumWidth(320);
    connections_->setToolTip(tr("Connections in which nothing was said: health probes, as a rule"));
    count_->setForegroundRole(QPalette::PlaceholderText);
    watch_->setObjectName("ladder_watch");
    watch_->setText(tr("Watch"));
    watch_->setCheckable(true);
    watch_->setEnabled(false);
    watch_->setToolTip(tr("See every request of the running lab as it happens. A request that you send by "
                          "yourself (F6) is seen without this"));
    export_->setText(tr("Export…"));
    export_->setToolTip(tr("This ladder as PNG or SVG"));
    zoom_in_->setText(QStringLiteral("+"));
    zoom_in_->setToolTip(tr("Larger (+, or Ctrl and the wheel)"));
    zoom_out_->setText(QStringLiteral("−"));
    zoom_out_->setToolTip(tr("Smaller (−)"));
    auto* open = new QToolButton(this);
    open->setText(tr("Open a capture…"));
    open->setToolTip(tr("Ladders of a pcap or pcapng file, played on the drawing too"));
    connect(open, &QToolButton::clicked, this, &LadderPanel::open_wanted);

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
    return line;
}

void LadderPanel::connect_parts() {
    connect(split_, &QSplitter::splitterMoved, this, [this] { was_split_ = true; });
    connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
        sorted_->set_words(text);
        count();
    });
    connect(connections_, &QCheckBox::toggled, this, [this](bool shown) {
        sorted_->set_bare_connections(shown);
        count();
        show_current();
    });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { show_current(); });
    connect(table_, &QAbstractItemView::clicked, this,
            [this](const QModelIndex& index) { follows_ = index.row() + 1 == sorted_->rowCount(); });
    connect(table_, &QAbstractItemView::activated, view_, qOverload<>(&QWidget::setFocus));
    connect(watch_, &QToolButton::clicked, this, &LadderPanel::watch_wanted);
    connect(export_, &QToolButton::clicked, this, &LadderPanel::export_picture);
    constexpr double step = 1.2;
    connect(zoom_in_, &QToolButton::clicked, this, [this] { view_->set_zoom(view_->zoom() * step); });
    connect(zoom_out_, &QToolButton::clicked, this, [this] { view_->set_zoom(view_->zoom() / step); });
    connect(view_, &LadderView::arrow_opened, this, [this](int arrow) {
        const LadderChart::Arrow& opened = view_->chart().arrows()[static_cast<std::size_t>(arrow)];
        emit packet_opened(model_->source()->files[opened.file], opened.packet);
    });
}

// The ladder has most of the room: the list is there to choose from.
void LadderPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (!was_split_) {
        const int list = std::clamp(width() * 3 / 10, narrowest_list, widest_list);
        split_->setSizes({list, width() - list});
    }
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
