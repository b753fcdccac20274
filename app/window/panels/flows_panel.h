// The live table of flows, with a filter; choosing a row shows its way on the canvas.
#pragma once

#include <QWidget>

#include "app/window/panels/flows_model.h"

class QLabel;
class QLineEdit;

namespace fulcrum::window {

class RowTable;
class WordFilter;

class FlowsPanel : public QWidget {
    Q_OBJECT
public:
    explicit FlowsPanel(FlowsModel* model, QWidget* parent = nullptr);

    void focus_filter();

signals:
    void flow_chosen(const fulcrum::window::FlowRow& row);
    void none_chosen();

private:
    void count();

    FlowsModel* model_;
    WordFilter* sorted_;
    RowTable* table_;
    QLineEdit* filter_;
    QLabel* count_;
};

} // namespace fulcrum::window
