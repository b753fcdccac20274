#include "app/window/inspector/http_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QTableView>

#include "app/window/lab/background.h"

namespace fulcrum::window {

HttpPage::HttpPage(QWidget* parent) : HttpPage(new HttpModel, parent) {}

HttpPage::HttpPage(HttpModel* model, QWidget* parent)
    : TablePage(model, tr("HTTP requests"), parent), model_(model) {
    model_->setParent(this);
    auto* hint = new QLabel(tr("Double click goes to the packet. A request is there once for every link that "
                               "it was captured on."),
                            this);
    hint->setForegroundRole(QPalette::PlaceholderText);
    top()->addStretch(1);
    top()->addWidget(hint);
    view()->horizontalHeader()->setSortIndicator(HttpModel::time_column, Qt::AscendingOrder);
    set_empty_text(tr("No HTTP request is in the capture."));
    connect(this, &TablePage::chosen, this, [this](int row) { emit packet_wanted(model_->packet_of(row)); });
    connect(this, &TablePage::menu_wanted, this, &HttpPage::show_menu);
}

HttpPage::~HttpPage() {
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
}

void HttpPage::set_file(std::shared_ptr<capture::CaptureFile> file) {
    file_ = std::move(file);
    stale_ = true;
    if (isVisible()) {
        refresh();
    }
}

void HttpPage::showEvent(QShowEvent* event) {
    TablePage::showEvent(event);
    if (stale_) {
        refresh();
    }
}

void HttpPage::refresh() {
    stale_ = false;
    if (file_ == nullptr) {
        return;
    }
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    in_background(
        this,
        [file = file_, cancelled = cancelled_] { return capture::find_exchanges(*file, cancelled.get()); },
        [this, cancelled = cancelled_](const std::vector<capture::HttpExchange>& exchanges) {
            if (!*cancelled) {
                model_->show(file_, exchanges);
                const QHeaderView* header = view()->horizontalHeader();
                model_->sort(header->sortIndicatorSection(), header->sortIndicatorOrder());
            }
        });
}

void HttpPage::show_menu(int row, const QPoint& global) {
    QMenu menu(this);
    const std::size_t packet = model_->packet_of(row);
    menu.addAction(tr("&Go to the packet"), this, [this, packet] { emit packet_wanted(packet); });
    menu.addAction(tr("&Show the packets of its connection"), this,
                   [this, filter = model_->filter_for(row)] { emit filter_wanted(filter); });
    menu.addAction(tr("Follow the s&tream"), this, [this, packet] { emit follow_wanted(packet); });
    menu.exec(global);
}

} // namespace fulcrum::window
