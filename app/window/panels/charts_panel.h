// Connections a second and throughput of every server over the last two minutes, and how the connections were
// shared out. A server keeps its colour in all three.
#pragma once

#include <QHash>
#include <QWidget>
#include <deque>

#include "app/window/lab/rate_tracker.h"

class QChart;
class QChartView;
class QLabel;
class QLineSeries;
class QStackedLayout;
class QValueAxis;

namespace fulcrum::window {

class ShareBars;
class Theme;

class ChartsPanel : public QWidget {
    Q_OBJECT
public:
    static constexpr double shown_s = 120;
    static constexpr int most_servers =
        12; // more lines than that cannot be told apart; the rest are one line

    explicit ChartsPanel(const Theme* theme, QWidget* parent = nullptr);

    void add(double time_s, const std::vector<ServerRate>& servers);
    void clear();

private:
    struct LineChart {
        QChart* chart = nullptr;
        QChartView* view = nullptr;
        QValueAxis* time = nullptr;
        QValueAxis* value = nullptr;
        QHash<QString, QLineSeries*> lines;
    };
    LineChart make_line_chart(const QString& title);
    void draw(LineChart& chart, double ServerRate::*value, double unit);
    void draw_shares();
    void dress(QChart* chart) const;
    void redress();
    QColor color_of(const QString& server);

    struct Sample {
        double time_s = 0;
        std::vector<ServerRate> servers;
    };
    const Theme* theme_;
    std::deque<Sample> samples_;
    QStringList servers_; // in the order they were first seen: it gives the colour
    LineChart connections_, throughput_;
    ShareBars* shares_;
    QLabel* empty_;
    QWidget* charts_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
