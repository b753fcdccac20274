// Connections a second and throughput of every server over the last two minutes, and how the connections were
// shared out. A server keeps its colour in all three. Where engines read HTTP, also how long answers took.
#pragma once

#include <QHash>
#include <QWidget>
#include <deque>

#include "app/window/lab/latency.h"
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

    void add(double time_s, const std::vector<ServerRate>& servers, const std::optional<Latency>& latency);
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
    void draw_latency();
    QLineSeries* line_of(LineChart& chart, const QString& name, const QColor& color);
    void dress(QChart* chart) const;
    void redress();
    QColor color_of(const QString& server);

    struct Sample {
        double time_s = 0;
        std::vector<ServerRate> servers;
        std::optional<Latency> latency; // none: no request ended meanwhile
    };
    const Theme* theme_;
    std::deque<Sample> samples_;
    bool has_latency_ = false; // some request was logged: the chart is shown
    QStringList servers_;      // in the order they were first seen: it gives the colour
    LineChart connections_, throughput_, latency_;
    ShareBars* shares_;
    QLabel* empty_;
    QWidget* charts_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
