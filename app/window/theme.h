// How the program looks: Fusion with a palette of our own, so that it looks the same on every desktop, in
// light and in dark. The choice "system" follows what the desktop's own palette was when the program started.
#pragma once

#include <QColor>
#include <QList>
#include <QObject>

#include "designer/canvas/palette.h"

class QApplication;

namespace fulcrum::window {

enum class ThemeChoice { system, light, dark };

// Colours with a meaning, readable on the theme's ground.
struct ThemeColors {
    QColor ground, surface, text, muted, line, accent, accent_text;
    QColor error, warning, note, good;
    QColor request, answer; // the two legs of a followed request, as on the canvas
    QList<QColor> series;   // charts: told apart by colour-blind readers too
};

class Theme : public QObject {
    Q_OBJECT
public:
    // Remembers the desktop's palette; construct it before anything changes the application's.
    explicit Theme(QApplication* application);

    ThemeChoice choice() const { return choice_; }
    void choose(ThemeChoice choice); // applies it, remembers it in the settings
    bool is_dark() const { return dark_; }
    const ThemeColors& colors() const { return colors_; }
    designer::CanvasTheme canvas_theme() const {
        return dark_ ? designer::CanvasTheme::dark : designer::CanvasTheme::light;
    }

signals:
    void changed();

private:
    void apply();

    QApplication* application_;
    bool system_is_dark_;
    ThemeChoice choice_ = ThemeChoice::system;
    bool dark_ = false;
    ThemeColors colors_;
};

} // namespace fulcrum::window
