// The requests of a ladder source as rows.
#pragma once

#include "app/window/ladder/ladder_source.h"
#include "app/window/look/column_model.h"

namespace fulcrum::window {

class LadderModel : public ColumnModel {
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

    explicit LadderModel(QObject* parent = nullptr);

    void show(LadderSourcePtr source); // null: nothing
    const LadderSourcePtr& source() const { return source_; }
    const capture::LadderRequest& request(int row) const {
        return source_->ladder.requests[static_cast<std::size_t>(row)];
    }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    QString text(const capture::LadderRequest& request, int row, int column) const;

    LadderSourcePtr source_;
};

} // namespace fulcrum::window
