// Packet list, decoded packet and bytes, linked: the packet that is current in the list is the one taken
// apart; choosing a field highlights its bytes, choosing a byte shows its field.
#pragma once

#include <QWidget>
#include <optional>

#include "app/window/inspector/filter_line.h"
#include "app/window/inspector/packet_table.h"
#include "capture/decode/packet_tree.h"

class QLabel;
class QMenu;
class QSplitter;
class QStackedLayout;
class QTabBar;

namespace fulcrum::window {

class HexView;
class InspectedFile;
class PacketTree;
class RowTable;
class SharkdDissection;
struct ByteRange;

class PacketsPage : public QWidget {
    Q_OBJECT
public:
    PacketsPage(InspectedFile* file, const Theme* theme, QWidget* parent = nullptr);

    PacketTable* table() const { return table_; }
    RowTable* list() const { return list_; }
    PacketTree* tree() const { return tree_; }
    HexView* hex() const { return hex_; }
    QTabBar* dissectors() const {
        return dissectors_;
    } // ours, Wireshark's; hidden where that is not installed

    std::optional<std::uint32_t> current() const { return current_; }
    // Makes the packet current as soon as it is shown; one that the filter leaves out is not.
    void go_to(std::size_t packet);
    std::vector<std::uint32_t> selected() const; // packets, ascending
    QString current_stream_filter() const;       // "tcp.stream == 3"; empty: none

    // Of a file that grows: whether the list stays at its end. Scrolling up or choosing another packet ends
    // it, scrolling to the end begins it again.
    bool keeps_to_end() const { return keeps_to_end_; }
    void set_keeps_to_end(bool keeps);

    void keep_places() const;
    // Submenus that put `filter` into the filter line, in all ways.
    void add_filter_actions(QMenu* menu, const QString& filter);

signals:
    void current_changed(std::size_t packet);
    void filter_wanted(const QString& filter, FilterJoin how, bool apply);
    void field_told(const QString& text); // about the field or bytes chosen
    void follow_wanted();
    void comment_wanted();
    void export_wanted();
    void keeps_to_end_changed(bool keeps);

private:
    void make_list();
    void restore_places();
    void show_current();
    void show_nothing();
    void show_state();
    void settle_current(); // after the rows changed
    void watch_scrolling();
    void show_tree(const std::vector<capture::TreeNode>& nodes);
    void show_bytes(bool reassembled);
    void choose_field(const ByteRange& range, const QString& name);
    void list_menu(const QPoint& place);
    void tree_menu(const QPoint& place);

    InspectedFile* file_;
    const Theme* theme_;
    PacketTable* table_;
    RowTable* list_;
    QStackedLayout* list_pages_;
    QLabel* empty_;
    PacketTree* tree_;
    HexView* hex_;
    QTabBar *dissectors_, *bytes_of_;
    SharkdDissection* sharkd_;
    capture::TreeNode frame_node_; // of the current packet: ours
    QSplitter *rows_, *halves_;
    std::optional<std::uint32_t> current_, wanted_;
    bool keeps_to_end_ = false;
    bool placing_ = false; // the list scrolls by itself, not because somebody scrolls it
    QByteArray packet_bytes_, reassembled_bytes_;
};

} // namespace fulcrum::window
