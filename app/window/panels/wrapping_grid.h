// Widgets side by side in as many columns as are wide enough, the others below; scrolls where that is too
// high.
#pragma once

#include <QScrollArea>

class QGridLayout;

namespace fulcrum::window {

class WrappingGrid : public QScrollArea {
    Q_OBJECT
public:
    explicit WrappingGrid(QSize smallest_cell, QWidget* parent = nullptr);

    void add(QWidget* widget);
    void set_shown(QWidget* widget, bool shown); // the others close up

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    QSize smallest_cell_;
    QGridLayout* grid_;
    QList<QWidget*> widgets_, hidden_;
    int columns_ = 0; // as arranged
};

} // namespace fulcrum::window
