// The requests of a ladder source as rows.
#pragma once

#include <QAbstractTableModel>

#include "app/window/ladder/ladder_source.h"

namespace fulcrum::window {

class LadderModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        number_column,
        time_column,
        request_column,
        status_column,
        server_column,
        client_column,
        confidence_column,
        column_count
    };
    static constexpr int search_role = Qt::UserRole; // the whole row's words

    explicit LadderModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    void show(LadderSourcePtr source); // null: nothing
    const LadderSourcePtr& source() const { return source_; }
    const capture::LadderRequest& request(int row) const {
        return source_->ladder.requests[static_cast<std::size_t>(row)];
    }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(const capture::LadderRequest& request, int row, int column) const;

    LadderSourcePtr source_;
};

} // namespace fulcrum::window
