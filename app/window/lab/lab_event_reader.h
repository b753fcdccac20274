// Waits for what a running lab tells by itself, and is the first to know when the lab is gone, however it
// died.
#pragma once

#include <QThread>

#include "app/window/lab/lab_snapshot.h"

namespace fulcrum::window {

// Ends by itself when the lab does; requestInterruption() ends it within `longest_wait_ms`.
class LabEventReader : public QThread {
    Q_OBJECT
public:
    static constexpr int longest_wait_ms = 400;

    explicit LabEventReader(std::string lab, QObject* parent = nullptr)
        : QThread(parent), lab_(std::move(lab)) {}

signals:
    void happened(const fulcrum::netns::LabEvent& event);
    void lost(const QString& why);

protected:
    void run() override;

private:
    std::string lab_;
};

} // namespace fulcrum::window
