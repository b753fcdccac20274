// A table whose rows are things to choose from: whole rows are selected, one at a time; no grid, one line a
// row, the last column takes the room that is left. Tab leaves it, so that a keyboard gets out again.
#pragma once

#include <QTableView>

namespace fulcrum::window {

class RowTable : public QTableView {
    Q_OBJECT
public:
    explicit RowTable(const QString& accessible_name, QWidget* parent = nullptr);

    void set_width_for(int column, const QString& sample); // wide enough for this text
};

} // namespace fulcrum::window
