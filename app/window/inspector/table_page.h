// A page of the inspector that is a table to sort and to choose from, with a line above it and words in place
// of a table without rows.
#pragma once

#include <QWidget>

class QAbstractTableModel;
class QHBoxLayout;
class QLabel;
class QStackedLayout;
class QTableView;

namespace fulcrum::window {

class TablePage : public QWidget {
    Q_OBJECT
public:
    TablePage(QAbstractTableModel* model, const QString& name, QWidget* parent = nullptr);

    QTableView* view() const { return view_; }
    QHBoxLayout* top() const { return top_; }
    void set_empty_text(const QString& text);
    void fit_columns(); // to the first rows and the headers; once there are rows

signals:
    void chosen(int row); // double click, Return
    void menu_wanted(int row, const QPoint& global);

private:
    void show_state();

    QTableView* view_;
    QHBoxLayout* top_;
    QLabel *count_, *empty_;
    QStackedLayout* pages_;
    bool fitted_ = false;
};

} // namespace fulcrum::window
