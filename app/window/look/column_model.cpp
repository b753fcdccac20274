#include "app/window/look/column_model.h"

namespace fulcrum::window {

ColumnModel::ColumnModel(QList<Heading> headings, QObject* parent)
    : QAbstractTableModel(parent), headings_(std::move(headings)) {}

int ColumnModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(headings_.size());
}

QVariant ColumnModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= headings_.size()) {
        return {};
    }
    return role == Qt::DisplayRole         ? QVariant(headings_[section].title)
           : role == Qt::TextAlignmentRole ? alignment_of(section)
                                           : QVariant();
}

void ColumnModel::set_title(int column, const QString& title) {
    headings_[column].title = title;
    emit headerDataChanged(Qt::Horizontal, column, column);
}

void ColumnModel::keep_selection(const std::vector<std::uint32_t>& order) {
    std::vector<int> now(order.size());
    for (std::size_t row = 0; row < order.size(); ++row) {
        now[order[row]] = static_cast<int>(row);
    }
    const QModelIndexList before = persistentIndexList();
    QModelIndexList after;
    for (const QModelIndex& one : before) {
        after.append(index(now[static_cast<std::size_t>(one.row())], one.column()));
    }
    changePersistentIndexList(before, after);
}

QVariant ColumnModel::alignment_of(int column) const {
    return QVariant((headings_[column].is_number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
}

} // namespace fulcrum::window
