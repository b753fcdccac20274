#include "app/window/inspector/packet_tree.h"

#include <QHeaderView>
#include <QSignalBlocker>

#include "app/window/qt_text.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

constexpr int name_role = Qt::UserRole, value_role = Qt::UserRole + 1, offset_role = Qt::UserRole + 2,
              length_role = Qt::UserRole + 3, reassembled_role = Qt::UserRole + 4,
              mark_role = Qt::UserRole + 5;

} // namespace

PacketTree::PacketTree(const Theme* theme, QWidget* parent) : QTreeWidget(parent), theme_(theme) {
    setColumnCount(1);
    header()->hide();
    header()->setStretchLastSection(true);
    setUniformRowHeights(true);
    setIndentation(16);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Decoded packet"));
    setContextMenuPolicy(Qt::CustomContextMenu);
    connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (item != nullptr) {
            current_key_ = key_of(item);
            emit field_chosen(range_of(item), field_of(item));
        }
    });
    connect(theme_, &Theme::changed, this, [this] {
        for (int i = 0; i < topLevelItemCount(); ++i) {
            paint_marks(topLevelItem(i));
        }
    });
}

// A field by where it stands: the names of what is around it, and of fields without one their words up to the
// value.
QString PacketTree::key_of(const QTreeWidgetItem* item) {
    QString key;
    for (; item != nullptr; item = item->parent()) {
        const QString name = field_of(item);
        key += '/' + (name.isEmpty() ? item->text(0).section(':', 0, 0).section(',', 0, 0) : name);
    }
    return key;
}

void PacketTree::keep_what_is_open() {
    for (QTreeWidgetItemIterator it(this, QTreeWidgetItemIterator::HasChildren); *it != nullptr; ++it) {
        open_[key_of(*it)] = (*it)->isExpanded();
    }
}

void PacketTree::open_as_before(QTreeWidgetItem* item) {
    if (item->childCount() > 0) {
        // The headers of the transport and above are what people look for first.
        static const QSet<QString> opened_first{"http", "dns", "arp", "icmp", "bgp", "bfd"};
        item->setExpanded(
            open_.value(key_of(item), item->parent() == nullptr && opened_first.contains(field_of(item))));
        for (int i = 0; i < item->childCount(); ++i) {
            open_as_before(item->child(i));
        }
    }
}

void PacketTree::add(const capture::TreeNode& node, QTreeWidgetItem* parent, int depth) {
    auto* item = new QTreeWidgetItem(parent);
    item->setText(0, to_q(node.text));
    item->setSizeHint(0, QSize(0, fontMetrics().height() + 4));
    item->setData(0, name_role, to_q(node.name));
    item->setData(0, value_role, to_q(node.value));
    item->setData(0, offset_role, node.offset);
    item->setData(0, length_role, node.length);
    item->setData(0, reassembled_role, node.in_reassembled);
    item->setData(0, mark_role, static_cast<int>(node.mark));
    if (depth == 0) {
        QFont strong = font();
        strong.setBold(true);
        item->setFont(0, strong);
    }
    for (const capture::TreeNode& child : node.children) {
        add(child, item, depth + 1);
    }
}

void PacketTree::paint_marks(QTreeWidgetItem* item) const {
    const auto mark = static_cast<capture::TreeNode::Mark>(item->data(0, mark_role).toInt());
    item->setData(0, Qt::ForegroundRole,
                  mark == capture::TreeNode::Mark::warning ? QVariant(theme_->colors().error)
                  : mark == capture::TreeNode::Mark::note  ? QVariant(theme_->colors().warning)
                                                           : QVariant());
    for (int i = 0; i < item->childCount(); ++i) {
        paint_marks(item->child(i));
    }
}

void PacketTree::show_packet(const std::vector<capture::TreeNode>& nodes) {
    const QString looked_at = current_key_;
    keep_what_is_open();
    {
        const QSignalBlocker quiet(this); // clearing makes each item the current one in turn
        setUpdatesEnabled(false);
        clear();
        for (const capture::TreeNode& node : nodes) {
            add(node, invisibleRootItem(), 0);
        }
        for (int i = 0; i < topLevelItemCount(); ++i) {
            open_as_before(topLevelItem(i));
            paint_marks(topLevelItem(i));
        }
        setUpdatesEnabled(true);
    }
    current_key_ = looked_at;
    for (QTreeWidgetItemIterator it(this); !looked_at.isEmpty() && *it != nullptr; ++it) {
        if (key_of(*it) == looked_at) {
            setCurrentItem(*it);
            scrollToItem(*it);
            return;
        }
    }
}

bool PacketTree::select_byte(std::uint32_t offset, bool in_reassembled) {
    QTreeWidgetItem* innermost = nullptr;
    for (QTreeWidgetItemIterator it(this); *it != nullptr; ++it) {
        const ByteRange range = range_of(*it);
        const bool holds = range.in_reassembled == in_reassembled && offset >= range.offset &&
                           offset - range.offset < range.length;
        // Of two of the same length the deeper one comes later.
        if (holds && (innermost == nullptr || range.length <= range_of(innermost).length)) {
            innermost = *it;
        }
    }
    if (innermost != nullptr) {
        setCurrentItem(innermost);
        scrollToItem(innermost);
    }
    return innermost != nullptr;
}

QString PacketTree::field_of(const QTreeWidgetItem* item) {
    return item->data(0, name_role).toString();
}

QString PacketTree::filter_for(const QTreeWidgetItem* item) {
    const QString value = item->data(0, value_role).toString();
    return value.isEmpty() ? field_of(item) : QStringLiteral("%1 == %2").arg(field_of(item), value);
}

ByteRange PacketTree::range_of(const QTreeWidgetItem* item) {
    return {item->data(0, offset_role).toUInt(), item->data(0, length_role).toUInt(),
            item->data(0, reassembled_role).toBool()};
}

} // namespace fulcrum::window
