// The life of a lab as the person at the window sees it: launching with progress, stopping, finding one
// again, noticing that the drawing has moved on or that the lab died. Everything is told in one bar over the
// canvas, in the status bar and in the events.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <functional>

#include "app/window/lab/lab_controller.h"

class QLabel;
class QProgressBar;
class QStatusBar;

namespace fulcrum::designer {
class DocumentEditor;
}

namespace fulcrum::window {

class DocumentSession;
class EventsPanel;
class InfoBar;
class ProblemChecker;
class Theme;
class WindowActions;

class LabDesk : public QObject {
    Q_OBJECT
public:
    struct Parts {
        designer::DocumentEditor* editor;
        DocumentSession* session;
        LabController* controller;
        ProblemChecker* checker;
        WindowActions* actions;
        EventsPanel* events;
        InfoBar* bar;
        QStatusBar* status;
        const Theme* theme;
        QWidget* window;
    };
    explicit LabDesk(const Parts& parts);

    void launch_or_stop(); // whatever the button says now
    void relaunch();
    void show_running_labs();
    void attach(const QString& lab); // asks about what the window shows now
    void offer_running_labs(); // at start: tells of labs that run
    // Asks what becomes of the lab when its drawing leaves the window; `then` runs unless the person says no.
    void leave_then(std::function<void()> then);

signals:
    void problems_wanted(); // the launch was refused: look at the problems

private:
    void launch();
    void show_phase();
    void show_progress(int done, int total, const QString& step);
    void compare(); // is the drawing still what runs?
    void tick();
    void event(const netns::LabEvent& event);

    Parts parts_;
    QProgressBar* progress_;
    QLabel* state_;
    QTimer ticks_, compare_soon_;
    QElapsedTimer since_;
    QString step_;
    bool relaunch_after_stop_ = false;
    bool tells_difference_ = false;
};

} // namespace fulcrum::window
