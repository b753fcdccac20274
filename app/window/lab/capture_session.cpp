#include "app/window/lab/capture_session.h"

#include <chrono>

#include "app/cli/commands.h"
#include "app/cli/lab_capture.h"
#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "netns/lab_client.h"

namespace fulcrum::window {

namespace {

constexpr int tick_ms = 500;
using Started = Result<std::shared_ptr<cli::LabCapture>>;

struct Counts {
    quint64 packets = 0, drops = 0;
};

Counts counts_of(const cli::LabCapture& capture) {
    Counts sum;
    for (const capture::TapCounts& tap : capture.counts()) {
        sum.packets += tap.packets;
        sum.drops += tap.drops;
    }
    return sum;
}

} // namespace

CaptureSession::CaptureSession(QObject* parent) : QObject(parent) {
    ticks_.setInterval(tick_ms);
    limit_.setSingleShot(true);
    connect(&ticks_, &QTimer::timeout, this, &CaptureSession::tell_progress);
    connect(&limit_, &QTimer::timeout, this, &CaptureSession::stop);
}

CaptureSession::~CaptureSession() {
    if (running_ != nullptr) {
        (void)running_->stop(); // there is nobody left to tell
    }
}

void CaptureSession::start(const cli::CaptureArguments& order) {
    if (is_running() || is_starting_) {
        return;
    }
    is_starting_ = true;
    file_ = order.ring.empty() ? to_q(order.output) : QString();
    const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(order.seconds * 1000));
    in_background(
        this,
        [order]() -> Started {
            auto client = netns::LabClient::connect(order.lab);
            if (!client) {
                return tl::unexpected(client.error());
            }
            return cli::LabCapture::start(*client, order);
        },
        [this, limit](const Started& made) {
            is_starting_ = false;
            if (!made) {
                emit failed(to_q(made.error().message));
                return;
            }
            running_ = *made;
            ticks_.start();
            if (limit.count() > 0) {
                limit_.start(limit);
            }
            emit running_changed(true);
        });
}

void CaptureSession::tell_progress() {
    const Counts counts = counts_of(*running_);
    emit progress(counts.packets, counts.drops);
    if (!running_->running()) {
        stop(); // the file cannot be written any more: stop() says why
    }
}

void CaptureSession::stop() {
    if (!is_running()) {
        return;
    }
    ticks_.stop();
    limit_.stop();
    const std::shared_ptr<cli::LabCapture> ending = std::exchange(running_, nullptr);
    emit running_changed(false);
    struct Ended {
        Result<> result;
        Counts counts;
        QStringList files;
    };
    in_background(
        this,
        [ending] {
            Ended ended{ending->stop(), counts_of(*ending), {}};
            for (const std::string& file : ending->files()) {
                ended.files.append(to_q(file));
            }
            return ended;
        },
        [this](const Ended& ended) {
            if (!ended.result) {
                emit failed(to_q(ended.result.error().message));
                return;
            }
            emit finished(ended.files, ended.counts.packets, ended.counts.drops);
        });
}

} // namespace fulcrum::window
