// Takes the pictures of the documentation: a real window, a real lab, real requests.
#pragma once

#include <QSize>
#include <QString>
#include <functional>

namespace fulcrum::window {

class MainWindow;
class Theme;

class ScreenshotTour {
public:
    ScreenshotTour(MainWindow* window, Theme* theme, QString folder, QSize size);

    bool run(); // false, with a line on standard error, when a step did not come about; leaves no lab behind

private:
    void picture(const QString& name);
    bool wait(const QString& what, int milliseconds, const std::function<bool()>& until);
    void rest(int milliseconds);
    bool show_template(const std::string& id);
    bool launch(const QString& name);
    bool show_proxy(const QString& suffix);
    bool show_lab(const std::string& id, const QString& name);
    bool stop();
    bool show_routes(const QString& suffix);
    void show_capture_dialog(const QString& suffix);
    bool show_evidence(const QString& suffix); // ladder, proof, and what show_file() shows
    bool show_file(const QString& file, const QString& suffix); // playback, inspector
    bool show_gallery();

    MainWindow* window_;
    Theme* theme_;
    QString folder_;
    QSize size_;
};

} // namespace fulcrum::window
