#include "app/window/inspector/cell_delegate.h"

#include <QPainter>

namespace fulcrum::window {

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const bool selected = (cell.state & QStyle::State_Selected) != 0;
    if (selected) {
        painter->fillRect(cell.rect, cell.palette.highlight());
    } else if (cell.backgroundBrush.style() != Qt::NoBrush) {
        painter->fillRect(cell.rect, cell.backgroundBrush);
    } else if ((cell.features & QStyleOptionViewItem::Alternate) != 0) {
        painter->fillRect(cell.rect, cell.palette.alternateBase());
    }
    const QRect room = cell.rect.adjusted(room_px, 0, -room_px, 0);
    painter->setFont(cell.font);
    painter->setPen(cell.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    painter->drawText(room, static_cast<int>(cell.displayAlignment) | Qt::TextSingleLine,
                      cell.fontMetrics.elidedText(cell.text, Qt::ElideRight, room.width()));
    if ((cell.state & QStyle::State_HasFocus) != 0 && !selected) { // moved to without being selected
        painter->setPen(cell.palette.color(QPalette::Highlight));
        painter->drawRect(cell.rect.adjusted(0, 0, -1, -1));
    }
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QString text = index.data().toString();
    return {option.fontMetrics.horizontalAdvance(text) + 2 * room_px, option.fontMetrics.height() + 4};
}

} // namespace fulcrum::window
