#include "app/window/inspector/http_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QTableView>

#include "app/window/lab/background.h"

namespace fulcrum::window {

HttpPage::HttpPage(QWidget* parent) : HttpPage(new HttpModel, parent) {}

HttpPage::HttpPage(HttpModel* model, QWidget* parent)
    : TablePage(model, tr("HTTP requests"), parent), model_(model) {
    model_->setParent(this);
    show_hint(
        tr("Return goes to the packet. A request is there once for every link that it was captured on."));
    view()->horizontalHeader()->setSortIndicator(HttpModel::time_column, Qt::AscendingOrder);
    set_empty_text(tr("No HTTP request is in the capture."));
    connect(this, &TablePage::chosen, this, [this](int row) { emit packet_wanted(model_->packet_of(row)); });
    connect(this, &TablePage::menu_wanted, this, &HttpPage::show_menu);
}

void HttpPage::read() {
    const auto cancelled = new_job();
    in_background(
        this, [file = file(), cancelled] { return capture::find_exchanges(*file, cancelled.get()); },
        [this, file = file(), cancelled](const std::vector<capture::HttpExchange>& exchanges) {
            if (!*cancelled) {
                model_->show(file, exchanges);
                const QHeaderView* header = view()->horizontalHeader();
                model_->sort(header->sortIndicatorSection(), header->sortIndicatorOrder());
                done_reading();
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
