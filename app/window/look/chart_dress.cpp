#include "app/window/look/chart_dress.h"

#include <QAbstractAxis>
#include <QChart>
#include <QFont>
#include <QLegend>
#include <algorithm>
#include <cmath>

#include "app/window/theme.h"

namespace fulcrum::window {

void dress_chart(QChart* chart, const ThemeColors& colors, const QFont& font) {
    QFont title = font;
    title.setBold(true);
    chart->setTitleFont(title);
    chart->setTitleBrush(colors.text);
    chart->setBackgroundRoundness(0);
    chart->setBackgroundBrush(colors.surface);
    chart->legend()->setLabelColor(colors.text);
    chart->legend()->setMarkerShape(QLegend::MarkerShapeRectangle);
    for (QAbstractAxis* axis : chart->axes()) {
        axis->setLabelsColor(colors.muted);
        axis->setLinePenColor(colors.line);
        axis->setGridLineColor(colors.line);
    }
}

RateScale rate_scale(double bps) {
    for (const RateScale scale :
         {RateScale{1e9, "Gbit/s"}, RateScale{1e6, "Mbit/s"}, RateScale{1e3, "kbit/s"}}) {
        if (bps >= scale.unit) {
            return scale;
        }
    }
    return {1, "bit/s"};
}

double round_up(double value) {
    const double decade = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-9))));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * decade >= value) {
            return factor * decade;
        }
    }
    return 10 * decade;
}

} // namespace fulcrum::window
