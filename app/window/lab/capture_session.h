// A capture of a running lab, into one pcapng file or a ring of them, until it is stopped or its time is
// over.
#pragma once

#include <QObject>
#include <QTimer>
#include <memory>

namespace fulcrum::cli {
struct CaptureArguments;
class LabCapture;
} // namespace fulcrum::cli

namespace fulcrum::window {

class CaptureSession : public QObject {
    Q_OBJECT
public:
    explicit CaptureSession(QObject* parent = nullptr);
    ~CaptureSession() override; // ends a running capture properly: the file stays whole

    bool is_running() const { return running_ != nullptr; }
    // The one that is being written, to be followed; empty when it is a ring, whose files come and go.
    const QString& file() const { return file_; }
    void start(const cli::CaptureArguments& order); // replaces the file
    // Also to be called when the lab is gone: its taps keep its namespaces alive.
    void stop();

signals:
    void running_changed(bool running);
    void progress(quint64 packets, quint64 drops);
    void finished(const QStringList& files, quint64 packets, quint64 drops); // the newest last
    void failed(const QString& why);

private:
    void tell_progress();

    QString file_;
    bool is_starting_ = false;
    std::shared_ptr<cli::LabCapture> running_;
    QTimer ticks_, limit_;
};

} // namespace fulcrum::window
