// A page of the inspector that is a table to sort and to choose from.
#pragma once

#include "app/window/inspector/inspector_page.h"

class QAbstractTableModel;
class QLabel;
class QTableView;

namespace fulcrum::window {

class TablePage : public InspectorPage {
    Q_OBJECT
public:
    QTableView* view() const { return view_; }

signals:
    void chosen(int row); // double click, Return
    void menu_wanted(int row, const QPoint& global);
    void filter_wanted(const QString& filter);
    void packet_wanted(std::size_t packet);
    void follow_wanted(std::size_t packet); // the stream of this one

protected:
    TablePage(QAbstractTableModel* model, const QString& name, QWidget* parent);
    void show_hint(const QString& text); // at the end of the line above

private:
    void fit_columns(); // to the first rows and the headers
    void show_state();

    QTableView* view_;
    QLabel* count_;
    bool fitted_ = false;
};

} // namespace fulcrum::window
