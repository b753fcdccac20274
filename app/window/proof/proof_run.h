// A proof of the running lab, off the window's thread: what `fulcrum check --prove` does, with progress.
#pragma once

#include <QMetaType>
#include <QObject>
#include <QStringList>
#include <atomic>
#include <memory>
#include <vector>

#include "app/cli/prove_verdict.h"

namespace fulcrum::window {

class ProofRun : public QObject {
    Q_OBJECT
public:
    using Expectations = std::vector<cli::Expectation>;

    explicit ProofRun(QObject* parent = nullptr) : QObject(parent) {}
    ~ProofRun() override; // cancels; the work ends by itself

    bool is_running() const { return cancelled_ != nullptr; }
    void start(const QString& lab); // one at a time: nothing happens while one runs
    void cancel();                  // `failed` or `finished` follows

signals:
    void running_changed(bool running);
    void step(const QString& what, int done, int all); // 0 of 0: not known yet
    void finished(const fulcrum::window::ProofRun::Expectations& list);
    void failed(const QString& why);

private:
    std::shared_ptr<std::atomic<bool>> cancelled_;
};

} // namespace fulcrum::window
