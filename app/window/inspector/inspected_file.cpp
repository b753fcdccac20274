#include "app/window/inspector/inspected_file.h"

#include <QFileInfo>
#include <fmt/format.h>

#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "capture/capture_copy.h"
#include "capture/growing_file.h"
#include "capture/pcap_source.h"

namespace fulcrum::window {

namespace {
constexpr int tick_ms = 40;

// Not known of another user's file: that one is read as it is.
bool is_being_written(const std::string& path) {
    const auto file = capture::GrowingFile::open(path);
    return file && file->is_being_written().value_or(false);
}

// Of a file that was cut, the mapped bytes are zeros: nothing to be written anywhere.
Result<> packets_lost(const capture::CaptureFile& file) {
    return fail(fmt::format(
        "{} was cut or written over after it was read: its packets are lost, and nothing was written",
        file.name()));
}
} // namespace

InspectedFile::InspectedFile(QObject* parent) : QObject(parent), requests_(new RequestNotes(this)) {
    ticks_.setInterval(tick_ms);
    connect(&ticks_, &QTimer::timeout, this, &InspectedFile::look);
}

Result<> InspectedFile::open(const QString& path) {
    const std::string name = to_std(path);
    const bool follows = is_being_written(name);
    auto on_disk = std::make_shared<FileOnDisk>(name);
    auto file = follows ? capture::CaptureFile::follow(name) : capture::CaptureFile::open(name);
    if (!file) {
        return tl::unexpected(file.error());
    }
    on_disk_ = std::move(on_disk);
    grew_ = follows_ = follows;
    begin(std::move(*file), path);
    file_->start_loading();
    return {};
}

void InspectedFile::share(std::shared_ptr<capture::CaptureFile> file) {
    const QString name = to_q(file->name());
    const QString path = QFileInfo(name).isFile() ? QFileInfo(name).absoluteFilePath() : QString();
    follows_ = false;
    grew_ = true;
    on_disk_ = path.isEmpty() ? nullptr : std::make_shared<FileOnDisk>(to_std(path));
    begin(std::move(file), path);
    look();
}

void InspectedFile::begin(std::shared_ptr<capture::CaptureFile> file, const QString& path) {
    const bool was_modified = is_modified();
    file_ = std::move(file);
    requests_->set_file(file_);
    path_ = path;
    size_ = 0;
    changed_comments_.clear();
    changed_file_comments_.reset();
    ticks_.start();
    emit opened();
    if (was_modified) {
        emit modified_changed(false);
    }
}

void InspectedFile::cancel_loading() {
    if (file_ != nullptr) {
        file_->cancel();
    }
}

void InspectedFile::stop_following() {
    if (file_ != nullptr) {
        file_->stop_following();
    }
}

void InspectedFile::look() {
    const capture::LoadProgress progress =
        file_->progress(); // before the size: whatever came until then counts
    if (const std::size_t before = std::exchange(size_, file_->size());
        size_ != before || !progress.waiting) {
        emit grown();
    }
    if (progress.done) {
        ticks_.stop();
        if (grew_ && on_disk_) {
            on_disk_->settle();
        }
        emit loaded();
    }
}

std::optional<capture::Damage> InspectedFile::damage() const {
    if (file_ == nullptr) {
        return std::nullopt;
    }
    return capture::CaptureFile::Reading(*file_).damage();
}

quint64 InspectedFile::drops() const {
    quint64 sum = 0;
    const capture::CaptureFile::Reading reading(*file_);
    for (const auto& interface : reading.interfaces()) {
        sum += interface.dropped.value_or(0);
    }
    return sum;
}

std::vector<std::string> InspectedFile::comments(std::size_t packet) const {
    const auto changed = changed_comments_.find(static_cast<std::uint32_t>(packet));
    return changed != changed_comments_.end() ? changed->second : file_->comments(packet);
}

void InspectedFile::set_comments(std::size_t packet, std::vector<std::string> comments) {
    if (comments == this->comments(packet)) {
        return;
    }
    const bool was_modified = is_modified();
    const auto key = static_cast<std::uint32_t>(packet);
    if (comments == file_->comments(packet)) {
        changed_comments_.erase(key);
    } else {
        changed_comments_[key] = std::move(comments);
    }
    emit comments_changed(packet);
    if (was_modified != is_modified()) {
        emit modified_changed(is_modified());
    }
}

std::vector<std::string> InspectedFile::file_comments() const {
    if (changed_file_comments_) {
        return *changed_file_comments_;
    }
    const capture::CaptureFile::Reading reading(*file_);
    return reading.sections().empty() ? std::vector<std::string>() : reading.sections().front().comments;
}

void InspectedFile::set_file_comments(std::vector<std::string> comments) {
    if (comments == file_comments()) {
        return;
    }
    const bool was_modified = is_modified();
    changed_file_comments_ = std::move(comments);
    if (!was_modified) {
        emit modified_changed(true);
    }
}

bool InspectedFile::is_classic_pcap() const {
    return capture::PcapSource::is_pcap(file_->bytes());
}

FileOnDisk::Fate InspectedFile::on_disk() const {
    return on_disk_ ? on_disk_->fate(*file_) : FileOnDisk::Fate::as_read;
}

Result<> InspectedFile::still_there() const {
    return on_disk() == FileOnDisk::Fate::lost ? packets_lost(*file_) : Result<>();
}

Result<> InspectedFile::save(const QString& path) const {
    if (const auto there = still_there(); !there) {
        return there;
    }
    std::error_code ignored;
    const bool onto_itself = std::filesystem::equivalent(to_std(path), file_->name(), ignored);
    if (onto_itself && is_classic_pcap() && capture::CaptureFile::Reading(*file_).damage()) {
        return fail("this pcap file is damaged, and what is behind the damage would be lost: save under "
                    "another name");
    }
    const auto counts = capture::copy_capture(
        file_->bytes(), {.comments = changed_comments_, .file_comments = changed_file_comments_},
        to_std(path),
        [this] { return on_disk_ && on_disk_->was_cut(*file_) ? packets_lost(*file_) : Result<>(); });
    return counts ? Result<>() : tl::unexpected(counts.error());
}

void InspectedFile::export_packets(std::vector<std::uint32_t> packets, const QString& path) {
    if (is_exporting()) {
        return;
    }
    if (const auto there = still_there(); !there) {
        emit export_failed(to_q(there.error().message));
        return;
    }
    capture::CaptureChanges changes{.packets = std::move(packets),
                                    .comments = changed_comments_,
                                    .file_comments = changed_file_comments_};
    exporting_ = std::make_shared<std::atomic<bool>>(false);
    in_background(
        this,
        [file = file_, changes = std::move(changes), path = to_std(path), cancelled = exporting_,
         on_disk = on_disk_] {
            return capture::copy_capture(file->bytes(), changes, path, [&]() -> Result<> {
                if (*cancelled) {
                    return fail("cancelled");
                }
                return on_disk && on_disk->was_cut(*file) ? packets_lost(*file) : Result<>();
            });
        },
        [this, path](const Result<capture::CopyCounts>& counts) {
            const bool cancelled = *std::exchange(exporting_, nullptr);
            if (counts) {
                emit exported(counts->packets, path);
            } else if (cancelled) {
                emit export_cancelled();
            } else {
                emit export_failed(to_q(counts.error().message));
            }
        });
}

void InspectedFile::cancel_export() {
    if (exporting_ != nullptr) {
        *exporting_ = true;
    }
}

} // namespace fulcrum::window
