// What happened over time in the capture, as a chart to choose; a click goes to the packet at that moment.
#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "capture/digest/traffic_series.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QStackedLayout;
class QValueAxis;

// Qt Charts has its classes outside any namespace.
class QChart;
class QChartView;

namespace fulcrum::window {

class Theme;

class CaptureCharts : public QWidget {
    Q_OBJECT
public:
    explicit CaptureCharts(const Theme* theme, QWidget* parent = nullptr);
    ~CaptureCharts() override;

    // Drawn when it is seen, and then again when what it shows has changed.
    void set_file(std::shared_ptr<capture::CaptureFile> file);
    // The packets that the list shows; none: all.
    void set_shown(std::optional<std::vector<std::uint32_t>> packets);
    void choose(capture::SeriesKind kind);
    bool is_busy() const { return busy_; }
    const capture::TrafficSeries& series() const { return series_; }
    QChart* chart() const { return chart_; }

signals:
    void time_chosen(double since_first_s);

protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    capture::SeriesKind kind() const;
    void refresh(); // in the background
    void draw();
    void dress();
    void tell_at(const QPointF& place);

    const Theme* theme_;
    std::shared_ptr<capture::CaptureFile> file_;
    std::optional<std::vector<std::uint32_t>> shown_;
    capture::TrafficSeries series_;
    bool stale_ = true, busy_ = false;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    QComboBox* kinds_;
    QCheckBox *by_interface_, *only_shown_;
    QLabel *told_, *empty_;
    QChart* chart_;
    QChartView* view_;
    QValueAxis *time_, *value_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
