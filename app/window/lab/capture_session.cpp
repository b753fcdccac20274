#include "app/window/lab/capture_session.h"

#include <QDateTime>
#include <optional>

#include "app/cli/lab_taps.h"
#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "capture/live_capture.h"
#include "capture/pcapng_writer.h"

namespace fulcrum::window {

struct CaptureSession::Running {
    capture::PcapngFile file;
    std::uint64_t begun_ns = 0;                  // CLOCK_REALTIME
    std::optional<capture::LiveCapture> capture; // ends before the file it writes to

    // Idempotent. Everything captured is in the file afterwards.
    Result<> end() {
        if (!capture) {
            return {};
        }
        Result<> stopped = capture->stop();
        const auto counts = capture->counts();
        const auto now_ns = static_cast<std::uint64_t>(QDateTime::currentMSecsSinceEpoch()) * 1'000'000;
        for (std::uint32_t i = 0; i < counts.size(); ++i) {
            file.add_statistics(i, {static_cast<std::int64_t>(begun_ns), static_cast<std::int64_t>(now_ns),
                                    counts[i].packets + counts[i].drops, counts[i].drops});
        }
        Result<> flushed = file.flush();
        capture.reset();
        return stopped ? flushed : stopped;
    }
};

namespace {

constexpr int tick_ms = 500;

struct Counts {
    quint64 packets = 0, drops = 0;
};

Counts counts_of(const capture::LiveCapture& live) {
    Counts sum;
    for (const capture::TapCounts& tap : live.counts()) {
        sum.packets += tap.packets;
        sum.drops += tap.drops;
    }
    return sum;
}

} // namespace

CaptureSession::CaptureSession(QObject* parent) : QObject(parent) {
    ticks_.setInterval(tick_ms);
    connect(&ticks_, &QTimer::timeout, this, &CaptureSession::tell_progress);
}

CaptureSession::~CaptureSession() {
    if (running_ != nullptr) {
        (void)running_->end(); // there is nobody left to tell
    }
}

void CaptureSession::start(const QString& lab, const QString& file) {
    if (is_running() || is_starting_) {
        return;
    }
    is_starting_ = true;
    file_ = file;
    in_background(
        this,
        [lab = to_std(lab), path = to_std(file)]() -> Result<std::shared_ptr<Running>> {
            auto client = netns::LabClient::connect(lab);
            if (!client) {
                return tl::unexpected(client.error());
            }
            auto taps = cli::open_taps(*client, {});
            if (!taps) {
                return tl::unexpected(taps.error());
            }
            auto written = capture::PcapngFile::create(path);
            if (!written) {
                return tl::unexpected(written.error());
            }
            for (const capture::Tap& tap : *taps) {
                written->add_interface({tap.name, "", ""});
            }
            auto made = std::make_shared<Running>(Running{std::move(*written)});
            made->begun_ns = static_cast<std::uint64_t>(QDateTime::currentMSecsSinceEpoch()) * 1'000'000;
            auto live = capture::LiveCapture::start(std::move(*taps), {}, made->file);
            if (!live) {
                return tl::unexpected(live.error());
            }
            made->capture.emplace(std::move(*live));
            return made;
        },
        [this](const Result<std::shared_ptr<Running>>& made) {
            is_starting_ = false;
            if (!made) {
                emit failed(to_q(made.error().message));
                return;
            }
            running_ = *made;
            ticks_.start();
            emit running_changed(true);
        });
}

void CaptureSession::tell_progress() {
    const Counts counts = counts_of(*running_->capture);
    emit progress(counts.packets, counts.drops);
    if (!running_->capture->running()) {
        stop(); // the file cannot be written any more: stop() says why
    }
}

void CaptureSession::stop() {
    if (!is_running()) {
        return;
    }
    ticks_.stop();
    const std::shared_ptr<Running> ending = std::exchange(running_, nullptr);
    emit running_changed(false);
    struct Ended {
        Result<> result;
        Counts counts;
    };
    in_background(
        this,
        [ending] {
            // The last packets are counted once the capture has stopped.
            const Result<> stopped = ending->capture->stop();
            const Counts counts = counts_of(*ending->capture);
            const Result<> ended = ending->end();
            return Ended{stopped ? ended : stopped, counts};
        },
        [this](const Ended& ended) {
            if (!ended.result) {
                emit failed(to_q(ended.result.error().message));
                return;
            }
            emit finished(file_, ended.counts.packets, ended.counts.drops);
        });
}

} // namespace fulcrum::window
