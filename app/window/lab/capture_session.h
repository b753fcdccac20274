// A capture of every link end of a running lab into one pcapng file.
#pragma once

#include <QObject>
#include <QTimer>
#include <memory>

namespace fulcrum::window {

class CaptureSession : public QObject {
    Q_OBJECT
public:
    explicit CaptureSession(QObject* parent = nullptr);
    ~CaptureSession() override; // ends a running capture properly: the file stays whole

    bool is_running() const { return running_ != nullptr; }
    const QString& file() const { return file_; }
    void start(const QString& lab, const QString& file); // replaces the file
    // Also to be called when the lab is gone: its taps keep its namespaces alive.
    void stop();

signals:
    void running_changed(bool running);
    void progress(quint64 packets, quint64 drops);
    void finished(const QString& file, quint64 packets, quint64 drops);
    void failed(const QString& why);

private:
    struct Running; // the file and the capture that writes it
    void tell_progress();

    QString file_;
    bool is_starting_ = false;
    std::shared_ptr<Running> running_;
    QTimer ticks_;
};

} // namespace fulcrum::window
