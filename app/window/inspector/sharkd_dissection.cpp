#include "app/window/inspector/sharkd_dissection.h"

#include <QProcess>
#include <QStandardPaths>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "capture/capture_copy.h"
#include "capture/decode/sharkd_answer.h"

namespace fulcrum::window {

namespace {

using Json = nlohmann::json;

constexpr qsizetype longest_answer = 32 * 1024 * 1024;
constexpr int frame_question = 2; // its id; 1 is "load"

// The packet and those before it that say what state its stream is in, as they were seen at the same place.
std::vector<std::uint32_t> packets_for(const capture::CaptureFile& file, std::uint32_t packet) {
    const auto& wanted = file.record(packet);
    std::vector<std::uint32_t> found{packet};
    if (wanted.stream == capture::no_stream) {
        return found;
    }
    for (std::uint32_t i = packet; i-- > 0 && found.size() <= SharkdDissection::most_before;) {
        const auto& record = file.record(i);
        constexpr auto is_udp = capture::PacketRecord::is_udp;
        if (record.stream == wanted.stream && record.interface == wanted.interface &&
            (record.flags & is_udp) == (wanted.flags & is_udp)) {
            found.push_back(i);
        }
    }
    std::reverse(found.begin(), found.end());
    return found;
}

} // namespace

bool SharkdDissection::is_installed() {
    return !QStandardPaths::findExecutable("sharkd").isEmpty();
}

SharkdDissection::SharkdDissection(QObject* parent) : QObject(parent) {
    limit_.setSingleShot(true);
    limit_.setInterval(limit_ms);
    connect(&limit_, &QTimer::timeout, this, [this] { give_up(tr("sharkd did not answer in time")); });
}

SharkdDissection::~SharkdDissection() {
    stop();
}

void SharkdDissection::stop() {
    ++asked_;
    limit_.stop();
    answer_.clear();
    if (process_ != nullptr) {
        process_->disconnect(this);
        if (process_->state() == QProcess::NotRunning) {
            process_->deleteLater();
        } else { // it may take a moment to die; nobody waits for it
            process_->setParent(nullptr);
            connect(process_, &QProcess::finished, process_, &QObject::deleteLater);
            process_->kill();
        }
        process_ = nullptr;
    }
}

void SharkdDissection::give_up(const QString& why) {
    stop();
    emit failed(why);
}

void SharkdDissection::dissect(std::shared_ptr<capture::CaptureFile> file, std::uint32_t packet) {
    stop();
    // A file without a name: whatever becomes of this process, none is left behind.
    auto fd = std::make_shared<UniqueFd>(::memfd_create("fulcrum-part.pcapng", MFD_CLOEXEC));
    if (!*fd) {
        emit failed(to_q(fail_errno("memory for a part of the capture").value().message));
        return;
    }
    part_ = fd;
    struct Part {
        Result<capture::CopyCounts> written;
        std::size_t frame;
    };
    in_background(
        this,
        [file = std::move(file), packet, fd] {
            capture::CaptureChanges changes;
            changes.packets = packets_for(*file, packet);
            return Part{capture::copy_capture(file->bytes(), changes, fd->get()), changes.packets->size()};
        },
        [this, asked = asked_](const Part& part) {
            if (asked != asked_) {
                return;
            }
            if (!part.written) {
                emit failed(to_q(part.written.error().message));
                return;
            }
            ask(part.frame);
        });
}

void SharkdDissection::ask(std::size_t frame) {
    process_ = new QProcess(this);
    process_->setStandardErrorFile(QProcess::nullDevice());
    connect(process_, &QProcess::readyReadStandardOutput, this, &SharkdDissection::read);
    connect(process_, &QProcess::errorOccurred, this,
            [this] { give_up(tr("sharkd: %1").arg(process_->errorString())); });
    connect(process_, &QProcess::finished, this, [this] {
        read();
        if (process_ != nullptr) {
            give_up(tr("sharkd ended without an answer"));
        }
    });
    limit_.start();
    process_->start("sharkd", {"-"});
    const auto path = fmt::format("/proc/{}/fd/{}", ::getpid(), part_->get());
    const Json load{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "load"}, {"params", {{"file", path}}}};
    const Json question{{"jsonrpc", "2.0"},
                        {"id", frame_question},
                        {"method", "frame"},
                        {"params", {{"frame", frame}, {"proto", true}}}};
    process_->write(QByteArray::fromStdString(load.dump() + '\n' + question.dump() + '\n'));
}

void SharkdDissection::read() {
    if (process_ == nullptr) {
        return;
    }
    answer_ += process_->readAllStandardOutput();
    if (answer_.size() > longest_answer) {
        give_up(tr("sharkd says more about this packet than can be shown"));
        return;
    }
    for (qsizetype end = answer_.indexOf('\n'); end >= 0; end = answer_.indexOf('\n')) {
        const QByteArray line = answer_.left(end);
        answer_.remove(0, end + 1);
        auto nodes = capture::parse_sharkd_tree({line.constData(), static_cast<std::size_t>(line.size())});
        if (!nodes.empty()) {
            stop();
            emit dissected(nodes);
            return;
        }
        if (line.contains("\"error\"")) {
            give_up(tr("sharkd: %1").arg(QString::fromUtf8(line.left(300))));
            return;
        }
    }
}

} // namespace fulcrum::window
