// One packet taken apart: every header with its fields. What a person opened stays open from packet to
// packet.
#pragma once

#include <QTreeWidget>
#include <vector>

#include "capture/decode/packet_tree.h"

namespace fulcrum::window {

class Theme;

// Bytes of a packet, or of the datagram that it completes.
struct ByteRange {
    std::uint32_t offset = 0, length = 0;
    bool in_reassembled = false;
};

class PacketTree : public QTreeWidget {
    Q_OBJECT
public:
    explicit PacketTree(const Theme* theme, QWidget* parent = nullptr);

    void show_packet(const std::vector<capture::TreeNode>& nodes);
    // Makes the innermost field that holds the byte the current one; false when there is none.
    bool select_byte(std::uint32_t offset, bool in_reassembled);
    // `name == value`, or only the name where nothing can be compared; empty when the field has no name.
    static QString filter_for(const QTreeWidgetItem* item);
    static ByteRange range_of(const QTreeWidgetItem* item);
    static QString field_of(const QTreeWidgetItem* item); // "tcp.port"; may be empty

signals:
    void field_chosen(const ByteRange& range, const QString& name);

private:
    void add(const capture::TreeNode& node, QTreeWidgetItem* parent, int depth);
    void keep_what_is_open();
    void open_as_before(QTreeWidgetItem* item);
    void paint_marks(QTreeWidgetItem* item) const;
    static QString key_of(const QTreeWidgetItem* item);

    const Theme* theme_;
    QHash<QString, bool> open_;
    QString current_key_; // the field that was looked at in the packet before
};

} // namespace fulcrum::window
