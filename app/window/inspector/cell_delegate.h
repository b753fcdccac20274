// Cells of the inspector's tables: text with room on both sides, so that a number and the word beside it are
// told apart; drawn without the style's detours, since a screen has hundreds of them.
#pragma once

#include <QStyledItemDelegate>

namespace fulcrum::window {

class CellDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    static constexpr int room_px = 6; // on each side
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace fulcrum::window
