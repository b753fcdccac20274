// Counters as tiles: name, value, and behind them how it went over the last two minutes, or how full it is.
#pragma once

#include <QWidget>
#include <vector>

#include "app/window/lab/engine_history.h"

namespace fulcrum::window {

class Theme;

class CounterBoard : public QWidget {
    Q_OBJECT
public:
    explicit CounterBoard(const Theme* theme, QWidget* parent = nullptr);

    void show_counters(std::vector<EngineCounter> counters);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override; // tooltips

private:
    int columns() const;
    QRect tile(std::size_t index) const;
    void fit_height();
    void paint_tile(QPainter& painter, const QRect& tile, const EngineCounter& counter) const;

    const Theme* theme_;
    std::vector<EngineCounter> counters_;
};

} // namespace fulcrum::window
