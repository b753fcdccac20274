// How charts look, wherever there is one: the theme's colours, units that suit the numbers, round steps.
#pragma once

class QChart;
class QFont;

namespace fulcrum::window {

struct ThemeColors;

void dress_chart(QChart* chart, const ThemeColors& colors, const QFont& font);

struct RateScale {
    double unit;      // bits per second
    const char* name; // "Mbit/s"
};
RateScale rate_scale(double bps); // in which this many are few

// The smallest of 1, 2, 5, 10, 20, … times a power of ten that is not below `value` > 0.
double round_up(double value);

} // namespace fulcrum::window
