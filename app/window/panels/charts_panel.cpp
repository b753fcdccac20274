#include "app/window/panels/charts_panel.h"

#include <QChart>
#include <QChartView>
#include <QHBoxLayout>
#include <QLabel>
#include <QLegend>
#include <QLineSeries>
#include <QStackedLayout>
#include <QValueAxis>
#include <algorithm>
#include <cmath>
#include <utility>

#include "app/window/panels/share_bars.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

// The smallest of 1, 2, 5, 10, 20, … that is not below `value`.
double round_up(double value) {
    if (value <= 1) {
        return 1;
    }
    const double decade = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0, 10.0}) {
        if (step * decade >= value) {
            return step * decade;
        }
    }
    return 10 * decade;
}

struct Scale {
    double unit;
    const char* name;
};

Scale scale_of(double bps) {
    for (const Scale scale : {Scale{1e9, "Gbit/s"}, Scale{1e6, "Mbit/s"}, Scale{1e3, "kbit/s"}}) {
        if (bps >= scale.unit) {
            return scale;
        }
    }
    return {1, "bit/s"};
}

} // namespace

ChartsPanel::ChartsPanel(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), shares_(new ShareBars(tr("Connections so far"), theme, this)),
      empty_(new QLabel(tr("Charts fill while a lab runs."), this)), charts_(new QWidget(this)),
      pages_(new QStackedLayout(this)) {
    connections_ = make_line_chart(tr("New connections per second"));
    throughput_ = make_line_chart(tr("Throughput"));
    latency_ = make_line_chart(tr("Answer time, ms"));
    latency_.view->setToolTip(
        tr("Of layer-7 requests, from their first byte at the engine until the answer begins"));
    latency_.view->hide();
    // Which colour is whose stands beside the bars on the right; a legend would take the height of the
    // curves.
    connections_.chart->legend()->hide();
    throughput_.chart->legend()->hide();
    auto* line = new QHBoxLayout(charts_);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(0);
    line->addWidget(connections_.view, 4);
    line->addWidget(throughput_.view, 4);
    line->addWidget(latency_.view, 4);
    line->addWidget(shares_, 3);
    for (QChartView* view : {connections_.view, throughput_.view, latency_.view}) {
        view->setFrameShape(QFrame::NoFrame);
        view->setMinimumSize(180, 110);
    }
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    pages_->addWidget(empty_);
    pages_->addWidget(charts_);
    connect(theme_, &Theme::changed, this, &ChartsPanel::redress);
    redress();
}

ChartsPanel::LineChart ChartsPanel::make_line_chart(const QString& title) {
    LineChart made;
    made.chart = new QChart;
    made.chart->setTitle(title);
    made.view = new QChartView(made.chart, this);
    made.view->setRenderHint(QPainter::Antialiasing);
    made.time = new QValueAxis(made.chart);
    made.time->setRange(-shown_s, 0);
    made.time->setTickCount(3);
    made.time->setLabelFormat("%.0f s");
    made.value = new QValueAxis(made.chart);
    made.value->setRange(0, 1);
    made.value->setTickCount(5);
    made.value->setLabelFormat("%g");
    made.chart->addAxis(made.time, Qt::AlignBottom);
    made.chart->addAxis(made.value, Qt::AlignLeft);
    made.chart->legend()->setAlignment(Qt::AlignBottom);
    return made;
}

QColor ChartsPanel::color_of(const QString& server) {
    qsizetype at = servers_.indexOf(server);
    if (at < 0) {
        at = servers_.size();
        servers_ << server;
    }
    const auto& series = theme_->colors().series;
    return series[at % series.size()];
}

void ChartsPanel::dress(QChart* chart) const {
    const ThemeColors& colors = theme_->colors();
    chart->setBackgroundRoundness(0);
    chart->setMargins(QMargins(2, 2, 6, 2));
    chart->setBackgroundBrush(colors.surface);
    chart->setTitleBrush(colors.text);
    QFont title = font();
    title.setBold(true);
    chart->setTitleFont(title);
    chart->legend()->setLabelColor(colors.text);
    chart->legend()->setMarkerShape(QLegend::MarkerShapeRectangle);
    for (QAbstractAxis* axis : chart->axes()) {
        axis->setLabelsColor(colors.muted);
        axis->setLinePenColor(colors.line);
        axis->setGridLineColor(colors.line);
        QFont small = font();
        small.setPointSizeF(small.pointSizeF() * 0.85);
        axis->setLabelsFont(small);
        axis->setTitleVisible(false);
    }
}

void ChartsPanel::redress() {
    for (LineChart* chart : {&connections_, &throughput_, &latency_}) {
        dress(chart->chart);
        chart->view->setBackgroundBrush(theme_->colors().surface);
        for (auto line = chart->lines.begin(); line != chart->lines.end(); ++line) {
            if (chart != &latency_) {
                line.value()->setPen(QPen(color_of(line.key()), 2));
            }
        }
    }
    const auto& series = theme_->colors().series;
    int color = 0;
    for (const char* percentile : {"p50", "p90", "p99"}) { // colours of their own: they are no servers
        if (QLineSeries* line = latency_.lines.value(percentile)) {
            line->setPen(QPen(series[color], 2));
        }
        ++color;
    }
    draw_shares();
}

void ChartsPanel::add(double time_s, const std::vector<ServerRate>& servers,
                      const std::optional<Latency>& latency) {
    Sample sample{time_s, servers, latency};
    if (sample.servers.size() > most_servers) {
        ServerRate rest{.name =
                            tr("%n other(s)", nullptr, static_cast<int>(servers.size()) - most_servers + 1)};
        for (auto server = sample.servers.begin() + most_servers - 1; server != sample.servers.end();
             ++server) {
            rest.connections_per_s += server->connections_per_s;
            rest.bits_per_s += server->bits_per_s;
            rest.connections += server->connections;
        }
        sample.servers.resize(most_servers - 1);
        sample.servers.push_back(rest);
    }
    samples_.push_back(std::move(sample));
    while (samples_.front().time_s < time_s - shown_s - 2) {
        samples_.pop_front();
    }
    pages_->setCurrentWidget(charts_);
    draw(connections_, &ServerRate::connections_per_s, 1);
    double most = 0;
    for (const Sample& past : samples_) {
        for (const ServerRate& server : past.servers) {
            most = std::max(most, server.bits_per_s);
        }
    }
    const Scale scale = scale_of(most);
    throughput_.chart->setTitle(tr("Throughput, %1").arg(scale.name));
    draw(throughput_, &ServerRate::bits_per_s, scale.unit);
    draw_latency();
    draw_shares();
}

QLineSeries* ChartsPanel::line_of(LineChart& chart, const QString& name, const QColor& color) {
    QLineSeries*& line = chart.lines[name];
    if (line == nullptr) {
        line = new QLineSeries;
        line->setName(name);
        line->setPen(QPen(color, 2));
        chart.chart->addSeries(line);
        line->attachAxis(chart.time);
        line->attachAxis(chart.value);
    }
    return line;
}

void ChartsPanel::draw_latency() {
    has_latency_ = has_latency_ || samples_.back().latency;
    latency_.view->setVisible(has_latency_);
    if (!has_latency_) {
        return;
    }
    const double now = samples_.back().time_s;
    double most = 0;
    const auto& series = theme_->colors().series;
    int color = 0;
    for (const auto& [name, value] : {std::pair{"p50", &Latency::p50_ms}, std::pair{"p90", &Latency::p90_ms},
                                      std::pair{"p99", &Latency::p99_ms}}) {
        QList<QPointF> points;
        for (const Sample& sample : samples_) {
            if (sample.latency) {
                points.append({sample.time_s - now, (*sample.latency).*value});
                most = std::max(most, points.last().y());
            }
        }
        line_of(latency_, name, series[color++])->replace(points);
    }
    latency_.value->setRange(0, round_up(most));
}

void ChartsPanel::draw(LineChart& chart, double ServerRate::*value, double unit) {
    const double now = samples_.back().time_s;
    double most = 0;
    QHash<QString, QList<QPointF>> points;
    for (const Sample& sample : samples_) {
        for (const ServerRate& server : sample.servers) {
            points[server.name].append({sample.time_s - now, server.*value / unit});
            most = std::max(most, server.*value / unit);
        }
    }
    for (const ServerRate& server : samples_.back().servers) {
        line_of(chart, server.name, color_of(server.name))->replace(points[server.name]);
    }
    chart.value->setRange(0, round_up(most));
}

void ChartsPanel::draw_shares() {
    std::vector<ShareBars::Row> rows;
    if (!samples_.empty()) {
        for (const ServerRate& server : samples_.back().servers) {
            rows.push_back({server.name, static_cast<double>(server.connections), color_of(server.name)});
        }
    }
    shares_->show_rows(std::move(rows));
}

void ChartsPanel::clear() {
    samples_.clear();
    servers_.clear();
    has_latency_ = false;
    latency_.view->hide();
    for (LineChart* chart : {&connections_, &throughput_, &latency_}) {
        chart->chart->removeAllSeries();
        chart->lines.clear();
    }
    draw_shares();
    pages_->setCurrentWidget(empty_);
}

} // namespace fulcrum::window
