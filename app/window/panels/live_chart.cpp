#include "app/window/panels/live_chart.h"

#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QValueAxis>
#include <algorithm>

#include "app/window/look/chart_dress.h"
#include "app/window/theme.h"

namespace fulcrum::window {

LiveChart::LiveChart(const QString& title, Unit unit, Ink ink, const Theme* theme, QWidget* parent)
    : QChartView(new QChart, parent), title_(title), unit_(unit), ink_(std::move(ink)), theme_(theme),
      time_(new QValueAxis(chart())), value_(new QValueAxis(chart())) {
    chart()->setTitle(title);
    chart()->legend()->setAlignment(Qt::AlignRight);
    chart()->legend()->hide();
    setRenderHint(QPainter::Antialiasing);
    setFrameShape(QFrame::NoFrame);
    time_->setRange(-shown_s, 0);
    time_->setTickCount(3);
    time_->setLabelFormat("%.0f s");
    value_->setRange(0, 1);
    value_->setTickCount(5);
    value_->setLabelFormat("%g");
    chart()->addAxis(time_, Qt::AlignBottom);
    chart()->addAxis(value_, Qt::AlignLeft);
    connect(theme_, &Theme::changed, this, &LiveChart::dress);
    dress();
}

void LiveChart::show_legend(bool shown) {
    chart()->legend()->setVisible(shown);
}

void LiveChart::add(double time_s, const std::vector<std::pair<QString, double>>& values) {
    for (const auto& [name, value] : values) {
        Line& line = lines_[name];
        if (line.drawn == nullptr) {
            line.drawn = new QLineSeries;
            line.drawn->setName(name);
            line.drawn->setPen(QPen(ink_(name), 2));
            chart()->addSeries(line.drawn);
            line.drawn->attachAxis(time_);
            line.drawn->attachAxis(value_);
        }
        line.points.emplace_back(time_s, value);
    }
    draw(time_s);
}

void LiveChart::draw(double now_s) {
    double most = 0;
    for (Line& line : lines_) {
        while (!line.points.empty() && line.points.front().first < now_s - shown_s - 2) {
            line.points.pop_front();
        }
        for (const auto& [at, value] : line.points) {
            most = std::max(most, value);
        }
    }
    const RateScale scale = unit_ == Unit::bits_per_s ? rate_scale(most) : RateScale{1, ""};
    chart()->setTitle(
        unit_ == Unit::bits_per_s ? QStringLiteral("%1, %2").arg(title_, QLatin1String(scale.name)) : title_);
    for (const Line& line : lines_) {
        QList<QPointF> places;
        for (const auto& [at, value] : line.points) {
            places.append({at - now_s, value / scale.unit});
        }
        line.drawn->replace(places);
    }
    value_->setRange(0, round_up(std::max(1.0, most / scale.unit)));
}

double LiveChart::latest(const QString& line) const {
    const auto found = lines_.constFind(line);
    return found == lines_.constEnd() || found->points.empty() ? 0 : found->points.back().second;
}

void LiveChart::clear() {
    chart()->removeAllSeries();
    lines_.clear();
}

void LiveChart::dress() {
    dress_chart(chart(), theme_->colors(), font());
    chart()->setMargins(QMargins(2, 2, 6, 2));
    setBackgroundBrush(theme_->colors().surface);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    chart()->legend()->setFont(small);
    for (QAbstractAxis* axis : chart()->axes()) {
        axis->setLabelsFont(small);
    }
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
        line->drawn->setPen(QPen(ink_(line.key()), 2));
    }
}

} // namespace fulcrum::window
