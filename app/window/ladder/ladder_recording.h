// Watches every link of a running lab, in memory, so that requests can be shown as ladders as they happen.
// Bounded: after 64 MB it says so and keeps what it has. Its taps keep a lab's namespaces alive: it has to be
// stopped when the lab ends.
#pragma once

#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>
#include <vector>

#include "app/window/ladder/ladder_source.h"
#include "engine/base/result.h"

namespace fulcrum::window {

class LadderRecording : public QObject {
    Q_OBJECT
public:
    explicit LadderRecording(QObject* parent = nullptr);
    ~LadderRecording() override;

    bool is_running() const { return running_ != nullptr; }
    // Watches until stop(); ladders follow as requests happen.
    void watch(const QString& lab);
    bool is_watching() const { return watching_; }
    // Watches for one request: `send` is called as soon as packets are seen (or cannot be: a request is sent
    // all the same); request_done() ends it, unless it is watched anyway.
    void watch_one(const QString& lab, std::function<void()> send);
    void request_done();
    void stop();

signals:
    void ladder_ready(fulcrum::window::LadderSourcePtr source);
    void running_changed(bool running);
    void failed(const QString& why);
    void is_full();

private:
    struct Running; // the capture and the memory that it fills
    static Result<std::shared_ptr<Running>> open(const std::string& lab);
    void start(const QString& lab);
    void read(); // what has been seen so far
    void call_waiting();

    QString lab_;
    std::shared_ptr<Running> running_;
    std::vector<std::function<void()>> waiting_; // requests that are to be sent
    QTimer ticks_;
    bool is_starting_ = false, watching_ = false, is_reading_ = false, told_full_ = false;
    int awaited_ = 0;     // requests that are being answered
    int rounds_left_ = 0; // readings after the last answer: closing packets come late
    std::uint64_t read_bytes_ = 0;
    quint64 start_number_ = 0; // results of an overtaken start are dropped
};

} // namespace fulcrum::window
