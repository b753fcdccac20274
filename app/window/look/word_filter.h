// Lets those rows through that hold every word of what a person has typed, in any order, in small letters or
// large.
#pragma once

#include <QSortFilterProxyModel>
#include <QStringList>

namespace fulcrum::window {

class WordFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    // The model gives everything that a row says under `role`, at the row's first column.
    explicit WordFilter(int role, QObject* parent = nullptr) : QSortFilterProxyModel(parent), role_(role) {}

    void set_words(const QString& text);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    virtual bool may_show(int /*row*/) const { return true; } // whatever the words are

private:
    int role_;
    QStringList words_;
};

} // namespace fulcrum::window
