// Blocking work off the window's thread.
#pragma once

#include <QObject>
#include <QtConcurrent/QtConcurrentRun>
#include <utility>

namespace fulcrum::window {

// Runs `work` on a pool thread and hands its result to `done` on the thread of `context`; when `context` is
// gone by then the result is dropped.
template <class Work, class Done>
void in_background(QObject* context, Work work, Done done) {
    QtConcurrent::run(std::move(work)).then(context, std::move(done));
}

} // namespace fulcrum::window
