// Lines of the last two minutes, the newest moment at the right edge.
#pragma once

#include <QChartView>
#include <QHash>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

class QLineSeries;
class QValueAxis;

namespace fulcrum::window {

class Theme;

class LiveChart : public QChartView {
    Q_OBJECT
public:
    static constexpr double shown_s = 120;
    enum class Unit { plain, bits_per_s }; // the second is scaled, and named in the title
    using Ink = std::function<QColor(const QString& line)>;

    LiveChart(const QString& title, Unit unit, Ink ink, const Theme* theme, QWidget* parent = nullptr);

    // Values of all lines at `time_s`, which grows from call to call. A line that is not among them has none.
    void add(double time_s, const std::vector<std::pair<QString, double>>& values);
    void clear();
    double latest(const QString& line) const; // 0: there is none
    void show_legend(bool shown);

private:
    void draw(double now_s);
    void dress();

    struct Line {
        std::deque<std::pair<double, double>> points; // time, value
        QLineSeries* drawn = nullptr;
    };
    QString title_;
    Unit unit_;
    Ink ink_;
    const Theme* theme_;
    QHash<QString, Line> lines_;
    QValueAxis *time_, *value_;
};

} // namespace fulcrum::window
