// Two captures side by side: their figures with the differences, and their requests one by one.
#pragma once

#include <QWidget>
#include <atomic>
#include <memory>

#include "app/window/inspector/capture_figures.h"

class QLabel;
class QTableWidget;

namespace fulcrum::window {

class InspectedFile;
class SideBySide;
class Theme;

class CompareWindow : public QWidget {
    Q_OBJECT
public:
    // `left` is loaded; `right` is the path of a capture, which is opened here. A window of its own above
    // `parent`; deletes itself when it is closed.
    CompareWindow(std::shared_ptr<capture::CaptureFile> left, const QString& left_name, const QString& right,
                  const Theme* theme, QWidget* parent);
    ~CompareWindow() override; // cancels what is being read

    bool is_ready() const { return ready_; }
    SideBySide* figures() const { return figures_; }
    QTableWidget* requests() const { return requests_; }
    QString told() const; // "1 of 3 requests differs", or why the other file cannot be read

signals:
    void packet_wanted(std::size_t packet); // of the left capture

private:
    void read();
    void show_figures();
    void show_requests();

    std::shared_ptr<capture::CaptureFile> left_;
    QString left_name_, right_name_;
    const Theme* theme_;
    InspectedFile* right_;
    std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
    CaptureFigures left_figures_, right_figures_;
    bool ready_ = false;
    QLabel* told_;
    SideBySide* figures_;
    QTableWidget* requests_;
};

} // namespace fulcrum::window
