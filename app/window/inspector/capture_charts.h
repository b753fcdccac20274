// What happened over time in the capture, as a chart to choose; a click goes to the packet at that moment.
#pragma once

#include <optional>
#include <vector>

#include "app/window/inspector/inspector_page.h"
#include "capture/digest/traffic_series.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QValueAxis;

// Qt Charts has its classes outside any namespace.
class QChart;
class QChartView;

namespace fulcrum::window {

class Theme;

class CaptureCharts : public InspectorPage {
    Q_OBJECT
public:
    explicit CaptureCharts(const Theme* theme, QWidget* parent = nullptr);

    // The packets that the list shows; none: all.
    void set_shown(std::optional<std::vector<std::uint32_t>> packets);
    void choose(capture::SeriesKind kind);
    const capture::TrafficSeries& series() const { return series_; }
    QChart* chart() const { return chart_; }

signals:
    void time_chosen(double since_first_s);

protected:
    void read() override; // in the background
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    capture::SeriesKind kind() const;
    void choose_series(); // as the controls stand
    void draw();
    void tell_nothing();
    void add_line(std::size_t i, double unit); // of series_; in multiples of the unit
    void set_times();                          // the axis
    void dress();
    void tell_at(const QPointF& place);

    const Theme* theme_;
    std::optional<std::vector<std::uint32_t>> shown_;
    capture::TrafficSeries series_;
    QComboBox* kinds_;
    QCheckBox *by_interface_, *only_shown_;
    QLabel* told_;
    QChart* chart_;
    QChartView* view_;
    QValueAxis *time_, *value_;
};

} // namespace fulcrum::window
