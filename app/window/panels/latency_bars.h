// Percentiles as bars on one scale from 0, each with its value: how far the slowest are from the median is
// seen at a glance.
#pragma once

#include <QWidget>
#include <vector>

namespace fulcrum::window {

class Theme;

class LatencyBars : public QWidget {
    Q_OBJECT
public:
    struct Row {
        QString name; // "p99"
        double milliseconds = 0;
    };
    explicit LatencyBars(const Theme* theme, QWidget* parent = nullptr);

    void show_latency(std::vector<Row> rows);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int row_height() const;

    const Theme* theme_;
    std::vector<Row> rows_;
};

} // namespace fulcrum::window
