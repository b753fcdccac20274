// A table whose columns are known beforehand: what they are called, and which of them hold numbers and stand
// on the right.
#pragma once

#include <QAbstractTableModel>
#include <QList>
#include <cstdint>
#include <vector>

namespace fulcrum::window {

class ColumnModel : public QAbstractTableModel {
    Q_OBJECT
public:
    struct Heading {
        QString title;
        bool is_number = false;
    };

    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    ColumnModel(QList<Heading> headings, QObject* parent); // in the order of the columns
    void set_title(int column, const QString& title);
    // Between layoutAboutToBeChanged() and layoutChanged(): what was chosen stays chosen. `order`: which of
    // the rows before stands in each row now.
    void keep_selection(const std::vector<std::uint32_t>& order);
    QVariant alignment_of(int column) const; // what data() answers to Qt::TextAlignmentRole

private:
    QList<Heading> headings_;
};

} // namespace fulcrum::window
