// Asks a running lab and its engines once a second, on a thread of its own: every call blocks until answered.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <map>
#include <optional>

#include "app/window/lab/lab_snapshot.h"
#include "engine/control/client.h"

namespace fulcrum::window {

// Lives on the polling thread; talk to it through queued calls only.
class LabPoller : public QObject {
    Q_OBJECT
public:
    explicit LabPoller(std::string lab) : lab_(std::move(lab)) {}

public slots:
    void start();
    void poll(); // out of turn: after a request, so that its flow is seen at once

signals:
    void polled(fulcrum::window::LabSnapshotPtr snapshot);
    void lost(const QString& why); // the lab does not answer any more; nothing follows

private:
    struct Engine {
        engine::EngineClient client;
        std::uint64_t log_cursor = 0, request_cursor = 0;
    };
    Result<LabSnapshot> ask();
    std::optional<SeSnapshot> ask_engine(const std::string& node);

    std::string lab_;
    std::optional<netns::LabClient> client_;
    std::map<std::string, Engine> engines_;
    QTimer* timer_ = nullptr; // made on the polling thread
    QElapsedTimer clock_;
};

} // namespace fulcrum::window
