// Runs the checks while the drawing changes: a moment after the last change, on another thread, and only the
// answer to the newest question counts.
#pragma once

#include <QObject>
#include <QTimer>

#include "designer/canvas/document_editor.h"
#include "designer/checks/checks.h"

namespace fulcrum::window {

class ProblemChecker : public QObject {
    Q_OBJECT
public:
    explicit ProblemChecker(designer::DocumentEditor* editor, QObject* parent = nullptr);

    const std::vector<designer::Problem>& problems() const { return problems_; }
    int errors() const;
    bool is_current() const {
        return !delay_.isActive() && !is_running_;
    }                 // the answer belongs to the drawing as it is
    void check_now(); // on this thread, at once: before a launch

signals:
    void checked();

private:
    void start();
    void take(std::vector<designer::Problem> problems);

    designer::DocumentEditor* editor_;
    QTimer delay_;
    quint64 question_ = 0;
    bool is_running_ = false;
    std::vector<designer::Problem> problems_;
};

} // namespace fulcrum::window
