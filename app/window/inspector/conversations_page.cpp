#include "app/window/inspector/conversations_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QMenu>
#include <QTableView>

#include "app/window/qt_text.h"

namespace fulcrum::window {

using capture::ConversationKind;

ConversationsPage::ConversationsPage(QWidget* parent) : ConversationsPage(new ConversationModel, parent) {}

ConversationsPage::ConversationsPage(ConversationModel* model, QWidget* parent)
    : TablePage(model, tr("Conversations"), parent), model_(model), kinds_(new QComboBox(this)) {
    model_->setParent(this);
    kinds_->setAccessibleName(tr("Kind of conversation"));
    const auto add = [this](const QString& text, ConversationKind kind) {
        kinds_->addItem(text, static_cast<int>(kind));
    };
    add(tr("TCP"), ConversationKind::tcp);
    add(tr("UDP"), ConversationKind::udp);
    add(tr("IPv4"), ConversationKind::ipv4);
    add(tr("IPv6"), ConversationKind::ipv6);
    add(tr("Ethernet"), ConversationKind::ethernet);
    top()->insertWidget(0, kinds_);
    show_hint(tr("Return shows its packets. A packet counts once on every link that it was captured on."));
    view()->sortByColumn(ConversationModel::start_column, Qt::AscendingOrder);
    set_empty_text(tr("No conversation of this kind is in the capture."));
    connect(kinds_, &QComboBox::currentIndexChanged, this, &ConversationsPage::read_again);
    connect(this, &TablePage::chosen, this, [this](int row) { emit filter_wanted(model_->filter_for(row)); });
    connect(this, &TablePage::menu_wanted, this, &ConversationsPage::show_menu);
}

void ConversationsPage::choose(ConversationKind kind) {
    kinds_->setCurrentIndex(kinds_->findData(static_cast<int>(kind)));
}

void ConversationsPage::read() {
    const auto kind = static_cast<ConversationKind>(kinds_->currentData().toInt());
    model_->read(*file(), kind);
    for (int column = 0; column < ConversationModel::column_count; ++column) {
        view()->setColumnHidden(column, !model_->has_column(column));
    }
    done_reading();
}

void ConversationsPage::show_menu(int row, const QPoint& global) {
    QMenu menu(this);
    const QString filter = model_->filter_for(row);
    const std::size_t packet = model_->first_packet_of(row);
    menu.addAction(tr("&Show its packets"), this, [this, filter] { emit filter_wanted(filter); });
    menu.addAction(tr("Go to its &first packet"), this, [this, packet] { emit packet_wanted(packet); });
    if (model_->has_column(ConversationModel::stream_column)) {
        menu.addAction(tr("Follow the s&tream"), this, [this, packet] { emit follow_wanted(packet); });
    }
    menu.exec(global);
}

} // namespace fulcrum::window
