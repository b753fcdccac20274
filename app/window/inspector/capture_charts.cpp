#include "app/window/inspector/capture_charts.h"

#include <QChart>
#include <QChartView>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLegend>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>
#include <algorithm>
#include <cmath>

#include "app/window/lab/background.h"
#include "app/window/look/chart_dress.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

bool is_rate(capture::SeriesKind kind) {
    return kind == capture::SeriesKind::throughput || kind == capture::SeriesKind::packets ||
           kind == capture::SeriesKind::retransmissions;
}

} // namespace

CaptureCharts::CaptureCharts(const Theme* theme, QWidget* parent)
    : InspectorPage(parent), theme_(theme), kinds_(new QComboBox(this)),
      by_interface_(new QCheckBox(tr("By &interface"), this)),
      only_shown_(new QCheckBox(tr("Only &displayed packets"), this)), told_(new QLabel(this)),
      chart_(new QChart), view_(new QChartView(chart_, this)), time_(new QValueAxis(chart_)),
      value_(new QValueAxis(chart_)) {
    kinds_->setAccessibleName(tr("What the chart shows"));
    const auto add = [this](const QString& text, capture::SeriesKind kind) {
        kinds_->addItem(text, static_cast<int>(kind));
    };
    add(tr("Throughput"), capture::SeriesKind::throughput);
    add(tr("Packets per second"), capture::SeriesKind::packets);
    add(tr("Answer times of HTTP requests"), capture::SeriesKind::latency);
    add(tr("Round trips of TCP handshakes"), capture::SeriesKind::round_trip);
    add(tr("Retransmissions per second"), capture::SeriesKind::retransmissions);
    add(tr("Flows open"), capture::SeriesKind::flows);
    chart_->addAxis(time_, Qt::AlignBottom);
    chart_->addAxis(value_, Qt::AlignLeft);
    chart_->legend()->setAlignment(Qt::AlignRight);
    time_->setTickType(QValueAxis::TicksDynamic);
    value_->setLabelFormat("%g");
    view_->setRenderHint(QPainter::Antialiasing);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setMouseTracking(true);
    view_->viewport()->installEventFilter(this);
    view_->viewport()->setMouseTracking(true);
    view_->viewport()->setCursor(Qt::CrossCursor);
    view_->setToolTip(tr("Click to go to the packet at this moment"));
    told_->setForegroundRole(QPalette::PlaceholderText);
    top()->addWidget(kinds_);
    top()->addWidget(by_interface_);
    top()->addWidget(only_shown_);
    top()->addStretch(1);
    top()->addWidget(told_);
    set_content(view_);
    connect(kinds_, &QComboBox::currentIndexChanged, this, &CaptureCharts::choose_series);
    connect(by_interface_, &QCheckBox::toggled, this, &CaptureCharts::choose_series);
    connect(only_shown_, &QCheckBox::toggled, this, &CaptureCharts::choose_series);
    connect(theme_, &Theme::changed, this, &CaptureCharts::draw);
    choose_series();
    draw();
}

capture::SeriesKind CaptureCharts::kind() const {
    return static_cast<capture::SeriesKind>(kinds_->currentData().toInt());
}

void CaptureCharts::choose(capture::SeriesKind kind) {
    kinds_->setCurrentIndex(kinds_->findData(static_cast<int>(kind)));
}

void CaptureCharts::set_shown(std::optional<std::vector<std::uint32_t>> packets) {
    shown_ = std::move(packets);
    only_shown_->setEnabled(shown_.has_value());
    if (only_shown_->isChecked()) {
        read_again();
    }
}

void CaptureCharts::choose_series() {
    by_interface_->setEnabled(is_rate(kind()));
    only_shown_->setEnabled(is_rate(kind()) && shown_);
    read_again();
}

void CaptureCharts::read() {
    capture::SeriesWanted wanted{kind(), by_interface_->isChecked() && is_rate(kind()), std::nullopt};
    if (only_shown_->isChecked() && only_shown_->isEnabled()) {
        wanted.packets = shown_;
    }
    const auto cancelled = new_job();
    in_background(
        this,
        [file = file(), wanted, cancelled] { return capture::make_series(*file, wanted, cancelled.get()); },
        [this, cancelled](const capture::TrafficSeries& series) {
            if (!*cancelled) {
                series_ = series;
                draw();
                done_reading();
            }
        });
}

// Why there is no line.
void CaptureCharts::tell_nothing() {
    switch (kind()) {
    case capture::SeriesKind::latency:
        set_empty_text(tr("No HTTP request with its answer is in this capture."));
        break;
    case capture::SeriesKind::round_trip:
        set_empty_text(tr("No whole TCP handshake is in this capture."));
        break;
    case capture::SeriesKind::retransmissions:
        set_empty_text(tr("Nothing was retransmitted."));
        break;
    default:
        set_empty_text(tr("There are no packets with times to draw."));
    }
}

void CaptureCharts::add_line(std::size_t i, double unit) {
    const auto& inks = theme_->colors().series;
    const capture::TrafficLine& line = series_.lines[i];
    const bool is_rest = line.name.empty() && series_.others > 0;
    auto* drawn = new QLineSeries;
    drawn->setName(is_rest ? tr("%n other interface(s)", nullptr, static_cast<int>(series_.others))
                   : line.name.empty() ? tr("all packets")
                                       : to_q(line.name));
    QList<QPointF> places;
    places.reserve(static_cast<qsizetype>(line.points.size()));
    for (const auto& [at, value] : line.points) {
        places.append({at, value / unit});
    }
    drawn->replace(places);
    drawn->setPen(
        QPen(is_rest ? theme_->colors().muted : inks[static_cast<qsizetype>(i) % inks.size()], 1.8));
    drawn->setPointsVisible(places.size() == 1);
    chart_->addSeries(drawn);
    drawn->attachAxis(time_);
    drawn->attachAxis(value_);
}

void CaptureCharts::set_times() {
    const auto& first = series_.lines.front().points;
    const double begin = first.empty() ? 0 : std::min(0.0, first.front().first);
    time_->setRange(begin, std::max(begin + 1e-6, begin + series_.duration_s));
    const double step_s = round_up(series_.duration_s / 7);
    time_->setTickAnchor(0);
    time_->setTickInterval(step_s);
    // As many digits as tell two ticks apart.
    const int digits = std::clamp(static_cast<int>(std::ceil(-std::log10(step_s) - 1e-9)), 0, 9);
    time_->setLabelFormat(QStringLiteral("%.%1f s").arg(digits));
}

void CaptureCharts::draw() {
    chart_->removeAllSeries();
    told_->clear();
    double most = 0;
    std::size_t points = 0;
    for (const capture::TrafficLine& line : series_.lines) {
        points += line.points.size();
        for (const auto& [at, value] : line.points) {
            most = std::max(most, value);
        }
    }
    const bool nothing_happened = most <= 0 && kind() == capture::SeriesKind::retransmissions;
    if (points == 0 || nothing_happened) {
        tell_nothing();
        show_content(false);
        return;
    }
    show_content(true);
    const bool in_ms = kind() == capture::SeriesKind::latency || kind() == capture::SeriesKind::round_trip;
    const RateScale scale =
        kind() == capture::SeriesKind::throughput ? rate_scale(most) : RateScale{1, in_ms ? "ms" : ""};
    for (std::size_t i = 0; i < series_.lines.size(); ++i) {
        add_line(i, scale.unit);
    }
    set_times();
    value_->setRange(0, std::max(1e-9, most / scale.unit));
    value_->setTickCount(6);
    value_->applyNiceNumbers();
    value_->setMin(0);
    const QString unit = QLatin1String(scale.name);
    chart_->setTitle(unit.isEmpty() ? kinds_->currentText()
                                    : QStringLiteral("%1, %2").arg(kinds_->currentText(), unit));
    chart_->legend()->setVisible(series_.lines.size() > 1);
    dress();
}

void CaptureCharts::dress() {
    dress_chart(chart_, theme_->colors(), font());
    chart_->setMargins(QMargins(8, 4, 12, 4));
    view_->setBackgroundBrush(theme_->colors().surface);
}

void CaptureCharts::tell_at(const QPointF& place) {
    const QPointF at = chart_->mapToValue(place);
    QStringList told{tr("at %1 s").arg(at.x(), 0, 'f', 3)};
    for (QAbstractSeries* series : chart_->series()) {
        const auto points = static_cast<QLineSeries*>(series)->points();
        const auto next = std::lower_bound(points.begin(), points.end(), at.x(),
                                           [](const QPointF& point, double x) { return point.x() < x; });
        const auto near =
            next == points.begin() || (next != points.end() && next->x() - at.x() < at.x() - (next - 1)->x())
                ? next
                : next - 1;
        if (near != points.end() && told.size() < 5) {
            told << QStringLiteral("%1: %2").arg(series->name()).arg(near->y(), 0, 'g', 4);
        }
    }
    told_->setText(told.join(QStringLiteral("   ")));
}

bool CaptureCharts::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::MouseMove || event->type() == QEvent::MouseButtonPress) {
        const QPointF place = static_cast<QMouseEvent*>(event)->position();
        if (chart_->plotArea().contains(place)) {
            tell_at(place);
            if (event->type() == QEvent::MouseButtonPress) {
                emit time_chosen(chart_->mapToValue(place).x());
            }
        }
    } else if (event->type() == QEvent::Leave) {
        told_->clear();
    }
    return InspectorPage::eventFilter(watched, event);
}

} // namespace fulcrum::window
