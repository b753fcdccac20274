#include "app/window/theme.h"

#include <QApplication>
#include <QPalette>
#include <QSettings>
#include <QStyleFactory>
#include <QToolTip>

#include "app/window/look/outlined_style.h"

namespace fulcrum::window {

namespace {

constexpr auto settings_key = "theme";

ThemeColors light_colors() {
    return {
        .ground = "#eef0f4",
        .surface = "#ffffff",
        .text = "#1c2430",
        .muted = "#5c6878",
        .line = "#cdd3dc",
        .accent = "#1f63c6",
        .accent_text = "#ffffff",
        .error = "#c62f2f",
        .warning = "#a86400",
        .note = "#2f6fb5",
        .good = "#1d7f46",
        .series = {"#1f63c6", "#d0661b", "#1d8a5b", "#a13ea0", "#8a6d00", "#0f8aa3", "#c23a5c", "#5a6472"}};
}

ThemeColors dark_colors() {
    return {
        .ground = "#1e232b",
        .surface = "#171b21",
        .text = "#e3e8ef",
        .muted = "#9aa6b6",
        .line = "#39424f",
        .accent = "#5b9cf5",
        .accent_text = "#0d1117",
        .error = "#ff7b72",
        .warning = "#e5a83b",
        .note = "#79b8ff",
        .good = "#56d08a",
        .series = {"#6cb0ff", "#ff9d66", "#5fd39b", "#d78be0", "#e2c552", "#5fd0e6", "#ff8fa8", "#a9b4c2"}};
}

QPalette palette_of(const ThemeColors& colors, bool dark) {
    QPalette palette;
    const QColor button = dark ? QColor("#2a313b") : QColor("#fafbfc");
    palette.setColor(QPalette::Window, colors.ground);
    palette.setColor(QPalette::WindowText, colors.text);
    palette.setColor(QPalette::Base, colors.surface);
    palette.setColor(QPalette::AlternateBase, dark ? QColor("#1c2128") : QColor("#f5f7fa"));
    palette.setColor(QPalette::Text, colors.text);
    palette.setColor(QPalette::PlaceholderText, colors.muted);
    palette.setColor(QPalette::Button, button);
    palette.setColor(QPalette::ButtonText, colors.text);
    palette.setColor(QPalette::BrightText, colors.error);
    palette.setColor(QPalette::Highlight, colors.accent);
    palette.setColor(QPalette::HighlightedText, colors.accent_text);
    palette.setColor(QPalette::Link, colors.accent);
    palette.setColor(QPalette::LinkVisited, colors.accent);
    palette.setColor(QPalette::ToolTipBase, dark ? QColor("#2f3742") : QColor("#ffffff"));
    palette.setColor(QPalette::ToolTipText, colors.text);
    // Fusion draws frames and grooves from these five.
    palette.setColor(QPalette::Light, dark ? QColor("#353e4a") : QColor("#ffffff"));
    palette.setColor(QPalette::Midlight, dark ? QColor("#2d353f") : QColor("#e4e8ee"));
    palette.setColor(QPalette::Mid, colors.line);
    palette.setColor(QPalette::Dark, dark ? QColor("#12151a") : QColor("#a7b0bd"));
    palette.setColor(QPalette::Shadow, dark ? QColor("#0b0d10") : QColor("#7d8694"));

    const QColor faint = dark ? QColor("#667181") : QColor("#98a2b0");
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, faint);
    }
    palette.setColor(QPalette::Disabled, QPalette::Highlight, colors.line);
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, faint);
    return palette;
}

// Only what the palette cannot say.
QString style_sheet_of(const ThemeColors& colors) {
    return QStringLiteral(R"(
        QToolTip { border: 1px solid %1; padding: 4px; }
        QMainWindow::separator { background: %2; width: 5px; height: 5px; }
        QMainWindow::separator:hover { background: %1; }
        QDockWidget { font-weight: bold; }
        QDockWidget::title { background: %2; padding: 5px 8px; text-align: left; }
        QToolBar { border: none; border-bottom: 1px solid %1; spacing: 2px; padding: 3px 6px; }
        QToolBar QToolButton { padding: 3px 6px; }
        QStatusBar { border-top: 1px solid %1; }
        QStatusBar::item { border: none; }
        QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
    )")
        .arg(colors.line.name(), colors.ground.name());
}

} // namespace

Theme::Theme(QApplication* application)
    : QObject(application), application_(application),
      system_is_dark_(application->palette().color(QPalette::Window).lightness() < 128) {
    const QString stored = QSettings().value(settings_key).toString();
    choice_ = stored == "light"  ? ThemeChoice::light
              : stored == "dark" ? ThemeChoice::dark
                                 : ThemeChoice::system;
    apply();
}

void Theme::choose(ThemeChoice choice) {
    choice_ = choice;
    QSettings().setValue(settings_key, choice == ThemeChoice::light  ? "light"
                                       : choice == ThemeChoice::dark ? "dark"
                                                                     : "system");
    apply();
}

void Theme::apply() {
    dark_ = choice_ == ThemeChoice::dark || (choice_ == ThemeChoice::system && system_is_dark_);
    colors_ = dark_ ? dark_colors() : light_colors();
    const designer::Palette& canvas = designer::Palette::of(canvas_theme());
    colors_.request = canvas.request;
    colors_.answer = canvas.answer;
    application_->setStyle(dark_ ? new OutlinedStyle("#667181", colors_.line)
                                 : QStyleFactory::create(QStringLiteral("Fusion")));
    const QPalette palette = palette_of(colors_, dark_);
    application_->setPalette(palette);
    QToolTip::setPalette(palette);
    application_->setStyleSheet(style_sheet_of(colors_));
    emit changed();
}

} // namespace fulcrum::window
