// A person at the window: presses what can be seen, waits for what comes of it.
#pragma once

#include <QTemporaryDir>
#include <functional>
#include <memory>

#include "app/window/main_window.h"
#include "app/window/theme.h"
#include "designer/canvas/canvas_view.h"

class QAbstractButton;
class QComboBox;

// A home that nobody has lived in: settings, data and recovery files go to a folder of the test's own. The
// application's names must be set before.
class FreshHome {
public:
    FreshHome();
    QString path() const { return folder_.path(); }

private:
    QTemporaryDir folder_;
};

class WindowDriver {
public:
    explicit WindowDriver(const FreshHome& home);
    ~WindowDriver();

    fulcrum::window::MainWindow& window() { return *window_; }
    const fulcrum::designer::Document& document() const { return window_->editor()->document(); }
    fulcrum::designer::CanvasView& canvas() { return *window_->canvas(); }

    void show(const fulcrum::designer::Document& document);
    // Presses the palette's button, then the canvas at `at`, in pixels of its viewport. The id of what came.
    fulcrum::designer::Id place(const QString& palette_entry, QPoint at);
    void link(const fulcrum::designer::Id& a,
              const fulcrum::designer::Id& b); // with the link tool, by dragging
    void click(const fulcrum::designer::Id& item);
    QPoint pixel_of(const fulcrum::designer::Id& item);      // where its placement is on the viewport
    void choose(const QString& field, const QString& entry); // in a drop-down of the properties, by keyboard
    QComboBox* drop_down(const QString& field);
    bool wait(int milliseconds, const std::function<bool()>& until);
    void picture(const QString& name); // into the folder of the build
    static void picture_of(QWidget& widget, const QString& name);

private:
    std::unique_ptr<fulcrum::window::Theme> theme_;
    std::unique_ptr<fulcrum::window::MainWindow> window_;
};

// Presses the button with this text in the next dialog of this object name; `asked` counts the dialogs
// answered.
void answer_next(const QString& dialog_name, const QString& button_text, int* asked);
