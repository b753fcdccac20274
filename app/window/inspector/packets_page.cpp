#include "app/window/inspector/packets_page.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QSettings>
#include <QSplitter>
#include <QStackedLayout>
#include <QTabBar>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/inspector/cell_delegate.h"
#include "app/window/inspector/hex_view.h"
#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/packet_tree.h"
#include "app/window/inspector/sharkd_dissection.h"
#include "app/window/look/row_table.h"
#include "app/window/qt_text.h"
#include "capture/index/packet_summary.h"

namespace fulcrum::window {

namespace {

constexpr auto columns_key = "inspector/columns";
constexpr auto rows_key = "inspector/rows";
constexpr auto halves_key = "inspector/halves";

QByteArray copy_of(capture::Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

} // namespace

PacketsPage::PacketsPage(InspectedFile* file, const Theme* theme, QWidget* parent)
    : QWidget(parent), file_(file), theme_(theme), table_(new PacketTable(file, theme, this)),
      list_(new RowTable(tr("Packets"), this)), empty_(new QLabel(this)), tree_(new PacketTree(theme, this)),
      hex_(new HexView(theme, this)), dissectors_(new QTabBar(this)), bytes_of_(new QTabBar(this)),
      sharkd_(new SharkdDissection(this)), rows_(new QSplitter(Qt::Vertical, this)),
      halves_(new QSplitter(Qt::Horizontal, this)) {
    make_list();
    auto* list_side = new QWidget(this);
    list_pages_ = new QStackedLayout(list_side);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    empty_->setTextFormat(Qt::RichText);
    list_pages_->addWidget(list_);
    list_pages_->addWidget(empty_);

    dissectors_->addTab(tr("Fulcrum"));
    dissectors_->addTab(tr("Wireshark"));
    dissectors_->setTabToolTip(1, tr("Taken apart by Wireshark's own dissectors (sharkd)"));
    dissectors_->setDrawBase(false);
    dissectors_->setExpanding(false);
    dissectors_->setVisible(SharkdDissection::is_installed());
    auto* tree_side = new QWidget(this);
    auto* tree_column = new QVBoxLayout(tree_side);
    tree_column->setContentsMargins(0, 0, 0, 0);
    tree_column->setSpacing(0);
    tree_column->addWidget(dissectors_);
    tree_column->addWidget(tree_, 1);
    bytes_of_->addTab(tr("Packet"));
    bytes_of_->addTab(tr("Reassembled"));
    bytes_of_->setDrawBase(false);
    bytes_of_->setExpanding(false);
    bytes_of_->hide();
    auto* bytes_side = new QWidget(this);
    auto* bytes_column = new QVBoxLayout(bytes_side);
    bytes_column->setContentsMargins(0, 0, 0, 0);
    bytes_column->setSpacing(0);
    bytes_column->addWidget(bytes_of_);
    bytes_column->addWidget(hex_, 1);

    halves_->addWidget(tree_side);
    halves_->addWidget(bytes_side);
    halves_->setStretchFactor(0, 1);
    halves_->setChildrenCollapsible(false);
    rows_->addWidget(list_side);
    rows_->addWidget(halves_);
    rows_->setStretchFactor(0, 1);
    rows_->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(rows_);
    restore_places();

    connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& row) {
                if (row.isValid()) {
                    wanted_.reset();
                    current_ = table_->packet_of(row.row());
                    if (!placing_ && row.row() + 1 < table_->rowCount()) {
                        set_keeps_to_end(false);
                    }
                    show_current();
                    emit current_changed(*current_);
                }
            });
    watch_scrolling();
    connect(list_, &QWidget::customContextMenuRequested, this, &PacketsPage::list_menu);
    connect(list_, &QAbstractItemView::doubleClicked, this, [this] { tree_->setFocus(); });
    connect(tree_, &QWidget::customContextMenuRequested, this, &PacketsPage::tree_menu);
    connect(tree_, &PacketTree::field_chosen, this, &PacketsPage::choose_field);
    connect(hex_, &HexView::byte_chosen, this,
            [this](std::uint32_t offset) { tree_->select_byte(offset, bytes_of_->currentIndex() == 1); });
    connect(dissectors_, &QTabBar::currentChanged, this, [this] {
        if (current_) {
            show_current();
        }
    });
    connect(sharkd_, &SharkdDissection::dissected, this, [this](std::vector<capture::TreeNode> nodes) {
        nodes.front() = frame_node_; // its number and times are of this file
        show_tree(nodes);
    });
    connect(sharkd_, &SharkdDissection::failed, this, [this](const QString& why) {
        show_tree({{.text = to_std(why), .mark = capture::TreeNode::Mark::warning}});
    });
    connect(bytes_of_, &QTabBar::currentChanged, this, [this](int tab) { show_bytes(tab == 1); });
    connect(table_, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        if (!wanted_) {
            wanted_ = current_; // stays the current one through another filter
        }
    });
    connect(table_, &QAbstractItemModel::modelReset, this, &PacketsPage::settle_current);
    connect(table_, &QAbstractItemModel::rowsInserted, this, &PacketsPage::settle_current);
    connect(table_, &PacketTable::filtered, this, &PacketsPage::settle_current);
    connect(file_, &InspectedFile::opened, this, [this] {
        show_nothing();
        set_keeps_to_end(file_->is_following());
    });
    connect(file_, &InspectedFile::loaded, this, &PacketsPage::settle_current);
    connect(file_, &InspectedFile::comments_changed, this, [this](std::size_t packet) {
        if (current_ == packet) {
            show_current();
        }
    });
    show_state();
}

void PacketsPage::make_list() {
    list_->setModel(table_);
    list_->setObjectName("packet_list");
    list_->setItemDelegate(new CellDelegate(list_));
    list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    list_->setAlternatingRowColors(false); // rules colour them
    list_->setFrameShape(QFrame::NoFrame);
    list_->setContextMenuPolicy(Qt::CustomContextMenu);
    list_->verticalHeader()->setDefaultSectionSize(list_->fontMetrics().height() + 4);
    list_->horizontalHeader()->setSectionsMovable(true);
    list_->horizontalHeader()->setContextMenuPolicy(Qt::ActionsContextMenu);
    list_->set_width_for(PacketTable::number_column, "9999999");
    list_->set_width_for(PacketTable::time_column, "00:00:00.000000");
    list_->set_width_for(PacketTable::interface_column, "server10:eth0");
    list_->set_width_for(PacketTable::source_column, "00:00:00:00:00:00");
    list_->set_width_for(PacketTable::destination_column, "00:00:00:00:00:00");
    list_->set_width_for(PacketTable::protocol_column, "BSD loop");
    list_->set_width_for(PacketTable::length_column, "Length__");
}

void PacketsPage::restore_places() {
    QSettings settings;
    if (const QByteArray columns = settings.value(columns_key).toByteArray(); !columns.isEmpty()) {
        list_->horizontalHeader()->restoreState(columns);
    }
    const bool known = rows_->restoreState(settings.value(rows_key).toByteArray()) &&
                       halves_->restoreState(settings.value(halves_key).toByteArray());
    if (!known) {
        rows_->setSizes({520, 330});
        halves_->setSizes({700, hex_->sizeHint().width()});
    }
    for (int i = 0; i < table_->columnCount(); ++i) {
        auto* shown = new QAction(table_->headerData(i, Qt::Horizontal, Qt::DisplayRole).toString(), this);
        shown->setCheckable(true);
        shown->setChecked(!list_->isColumnHidden(i));
        shown->setEnabled(i != PacketTable::info_column); // something is always there to click on
        connect(shown, &QAction::toggled, this, [this, i](bool on) { list_->setColumnHidden(i, !on); });
        list_->horizontalHeader()->addAction(shown);
    }
}

void PacketsPage::keep_places() const {
    QSettings settings;
    settings.setValue(columns_key, list_->horizontalHeader()->saveState());
    settings.setValue(rows_key, rows_->saveState());
    settings.setValue(halves_key, halves_->saveState());
}

void PacketsPage::show_state() {
    if (table_->shown() > 0) {
        list_pages_->setCurrentWidget(list_);
        return;
    }
    QString text;
    if (!file_->is_open()) {
        text = tr("<b>No capture is open</b><br>Open one with Ctrl+O, or drag a pcap or pcapng file here.");
    } else if (file_->is_loading() || table_->is_filtering()) {
        text = file_->is_following() ? tr("Waiting for packets…") : tr("Loading…");
    } else if (!table_->filter().isEmpty()) {
        text = tr("<b>No packet matches this filter</b><br>Ctrl+Backspace shows all packets again.");
    } else {
        text = tr("<b>This capture holds no packets</b>");
    }
    empty_->setText(text);
    list_pages_->setCurrentWidget(empty_);
}

void PacketsPage::set_keeps_to_end(bool keeps) {
    if (keeps_to_end_ == keeps) {
        return;
    }
    keeps_to_end_ = keeps;
    if (keeps) {
        list_->scrollToBottom();
    }
    emit keeps_to_end_changed(keeps);
}

void PacketsPage::watch_scrolling() {
    QScrollBar* bar = list_->verticalScrollBar();
    connect(bar, &QScrollBar::valueChanged, this, [this, bar](int value) {
        if (!placing_ && file_->is_following()) {
            set_keeps_to_end(value == bar->maximum());
        }
    });
    // More rows make the range longer, and leave the value where it was.
    connect(bar, &QScrollBar::rangeChanged, this, [this] {
        if (keeps_to_end_) {
            const QScopedValueRollback placing(placing_, true);
            list_->scrollToBottom();
        }
    });
}

void PacketsPage::settle_current() {
    const QScopedValueRollback placing(placing_, true); // whatever scrolls now, it is not the person
    const auto wanted = wanted_;
    show_state(); // a list that gets the focus back chooses its first row: that was nobody's wish
    wanted_ = wanted;
    if (table_->shown() == 0) {
        return;
    }
    if (wanted_) {
        if (const auto row = table_->row_of(*wanted_)) {
            // Not there, and whatever follows it is: the filter leaves it out. The next one is near enough.
            const QModelIndex index = table_->index(*row, 0);
            list_->setCurrentIndex(index);
            list_->scrollTo(index, QAbstractItemView::PositionAtCenter);
        } else if (!table_->is_filtering() && !file_->is_loading()) {
            wanted_.reset();
            list_->setCurrentIndex(table_->index(table_->rowCount() - 1, 0));
        }
    } else if (!list_->currentIndex().isValid()) {
        list_->setCurrentIndex(table_->index(0, 0));
    }
    if (keeps_to_end_) {
        list_->scrollToBottom();
    }
}

void PacketsPage::go_to(std::size_t packet) {
    wanted_ = static_cast<std::uint32_t>(packet);
    settle_current();
}

std::vector<std::uint32_t> PacketsPage::selected() const {
    std::vector<std::uint32_t> packets;
    for (const QItemSelectionRange& range : list_->selectionModel()->selection()) {
        for (int row = range.top(); row <= range.bottom(); ++row) {
            packets.push_back(table_->packet_of(row));
        }
    }
    std::sort(packets.begin(), packets.end());
    return packets;
}

QString PacketsPage::current_stream_filter() const {
    const QModelIndex row = list_->currentIndex();
    return row.isValid() ? table_->filter_for(row.row(), PacketTable::info_column) : QString();
}

void PacketsPage::show_nothing() {
    current_.reset();
    wanted_.reset();
    packet_bytes_.clear();
    reassembled_bytes_.clear();
    sharkd_->stop();
    tree_->show_packet({});
    bytes_of_->hide();
    bytes_of_->setCurrentIndex(0);
    hex_->show_bytes({});
    show_state();
}

void PacketsPage::show_current() {
    std::vector<capture::TreeNode> nodes;
    {
        const capture::CaptureFile::Reading reading(*file_->capture());
        capture::Layers layers;
        std::vector<std::uint8_t> reassembled;
        reading.layers(*current_, layers, reassembled);
        capture::PacketFacts facts = capture::facts_of(reading, *current_);
        facts.comments = file_->comments(*current_);
        const capture::Bytes bytes = file_->capture()->packet(*current_).bytes;
        nodes = capture::make_tree(bytes, reassembled, layers, facts);
        packet_bytes_ = copy_of(bytes);
        reassembled_bytes_ = copy_of(reassembled);
    }
    bytes_of_->setVisible(!reassembled_bytes_.isEmpty());
    {
        const QSignalBlocker quiet(bytes_of_);
        bytes_of_->setCurrentIndex(0);
    }
    hex_->show_bytes(packet_bytes_);
    emit field_told({});
    sharkd_->stop();
    show_tree(nodes);
    frame_node_ = nodes.front();
    if (dissectors_->currentIndex() == 1) {
        sharkd_->dissect(file_->capture(), *current_); // ours stands in until the answer
    }
}

void PacketsPage::show_tree(const std::vector<capture::TreeNode>& nodes) {
    tree_->show_packet(nodes);
}

void PacketsPage::show_bytes(bool reassembled) {
    const QSignalBlocker quiet(bytes_of_);
    bytes_of_->setCurrentIndex(reassembled ? 1 : 0);
    hex_->show_bytes(reassembled ? reassembled_bytes_ : packet_bytes_);
}

void PacketsPage::choose_field(const ByteRange& range, const QString& name) {
    if (range.length > 0 && range.in_reassembled != (bytes_of_->currentIndex() == 1)) {
        show_bytes(range.in_reassembled);
    }
    hex_->highlight(range.offset, range.length);
    QStringList told;
    if (!name.isEmpty()) {
        told << name;
    }
    if (range.length > 0) {
        told << tr("%n byte(s) at %1", nullptr, static_cast<int>(range.length)).arg(range.offset);
    }
    emit field_told(told.join(QStringLiteral(" · ")));
}

void PacketsPage::add_filter_actions(QMenu* menu, const QString& filter) {
    // There are fields to look at that our filters do not know.
    const bool usable = !filter.isEmpty() && capture::DisplayFilter::compile(to_std(filter));
    for (const bool apply : {true, false}) {
        QMenu* ways = menu->addMenu(apply ? tr("&Apply as filter") : tr("&Prepare as filter"));
        ways->setEnabled(usable);
        QString shown = filter.size() > 70 ? filter.left(69) + u'…' : filter;
        ways->addSection(shown.replace('&', "&&"));
        const auto add = [&](const QString& text, FilterJoin how) {
            ways->addAction(text, this,
                            [this, filter, how, apply] { emit filter_wanted(filter, how, apply); });
        };
        add(tr("&This"), FilterJoin::replace);
        add(tr("&Not this"), FilterJoin::exclude);
        add(tr("… &and this"), FilterJoin::and_also);
        add(tr("… &or this"), FilterJoin::or_also);
        add(tr("… and n&ot this"), FilterJoin::and_not);
    }
}

void PacketsPage::list_menu(const QPoint& place) {
    const QModelIndex cell = list_->indexAt(place);
    if (!cell.isValid()) {
        return;
    }
    QMenu menu(this);
    add_filter_actions(&menu, table_->filter_for(cell.row(), cell.column()));
    menu.addSeparator();
    const QString stream = current_stream_filter();
    menu.addAction(tr("&Follow stream"), this, &PacketsPage::follow_wanted)->setEnabled(!stream.isEmpty());
    menu.addAction(tr("Filter to this &conversation"), this,
                   [this, stream] { emit filter_wanted(stream, FilterJoin::replace, true); })
        ->setEnabled(!stream.isEmpty());
    menu.addSeparator();
    menu.addAction(tr("Co&mment…"), this, &PacketsPage::comment_wanted);
    menu.addAction(tr("&Export selected packets…"), this, &PacketsPage::export_wanted);
    menu.addSeparator();
    menu.addAction(tr("Copy &cell"), this,
                   [text = cell.data().toString()] { QApplication::clipboard()->setText(text); });
    menu.exec(list_->viewport()->mapToGlobal(place));
}

void PacketsPage::tree_menu(const QPoint& place) {
    const QTreeWidgetItem* item = tree_->itemAt(place);
    if (item == nullptr) {
        return;
    }
    QMenu menu(this);
    add_filter_actions(&menu, PacketTree::filter_for(item));
    menu.addSeparator();
    menu.addAction(tr("Copy &line"), this,
                   [text = item->text(0)] { QApplication::clipboard()->setText(text); });
    const QString filter = PacketTree::filter_for(item);
    menu.addAction(tr("Copy as &filter"), this, [filter] { QApplication::clipboard()->setText(filter); })
        ->setEnabled(!filter.isEmpty());
    menu.addSeparator();
    menu.addAction(tr("E&xpand all"), tree_, &QTreeView::expandAll);
    menu.addAction(tr("&Collapse all"), tree_, &QTreeView::collapseAll);
    menu.exec(tree_->viewport()->mapToGlobal(place));
}

} // namespace fulcrum::window
