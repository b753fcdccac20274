#include "app/window/panels/problem_checker.h"

#include <algorithm>

#include "app/window/lab/background.h"

namespace fulcrum::window {

using namespace designer;

namespace {
constexpr int delay_ms = 150;
}

ProblemChecker::ProblemChecker(DocumentEditor* editor, QObject* parent) : QObject(parent), editor_(editor) {
    delay_.setSingleShot(true);
    delay_.setInterval(delay_ms);
    connect(&delay_, &QTimer::timeout, this, &ProblemChecker::start);
    connect(editor_, &DocumentEditor::changed, this, [this](const Change& change) {
        if (!change.only_moves()) { // checks never read the layout
            delay_.start();
        }
    });
    connect(editor_, &DocumentEditor::was_reset, this, &ProblemChecker::start);
}

int ProblemChecker::errors() const {
    return static_cast<int>(std::count_if(problems_.begin(), problems_.end(), [](const Problem& problem) {
        return problem.severity == Severity::error;
    }));
}

void ProblemChecker::start() {
    delay_.stop();
    is_running_ = true;
    in_background(
        this, [document = editor_->document()] { return check(document); },
        [this, asked = ++question_](std::vector<Problem> problems) {
            if (asked == question_) { // else the drawing has moved on and a newer answer is coming
                take(std::move(problems));
            }
        });
}

void ProblemChecker::check_now() {
    delay_.stop();
    ++question_;
    take(check(editor_->document()));
}

void ProblemChecker::take(std::vector<Problem> problems) {
    is_running_ = false;
    problems_ = std::move(problems);
    emit checked();
}

} // namespace fulcrum::window
