#include "app/window/playback/capture_desk.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

#include "app/window/lab/background.h"
#include "app/window/ladder/ladder_panel.h"
#include "app/window/qt_text.h"
#include "capture/index/packet_summary.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/document_editor.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

namespace {

constexpr auto folder_key = "capture_folder";
constexpr int progress_ms = 200;
constexpr std::size_t most_dots = 250; // at once on the drawing

} // namespace

CaptureDesk::CaptureDesk(const Parts& parts) : QObject(parts.window), parts_(parts) {
    parts_.bar->hide();
    ticks_.setInterval(progress_ms);
    connect(&ticks_, &QTimer::timeout, this, &CaptureDesk::show_progress);
    connect(parts_.player, &PlaybackPlayer::moved, this, &CaptureDesk::show_moment);
    connect(parts_.bar, &PlaybackBar::closed, this, &CaptureDesk::close);
    connect(parts_.bar, &PlaybackBar::packet_wanted, this, [this] {
        if (player_track() != nullptr && parts_.player->current() >= 0) {
            emit packet_wanted(player_track()->file(),
                               (*player_track())[static_cast<std::size_t>(parts_.player->current())].packet);
        }
    });
    // Links of another drawing are others: the capture is laid over it anew.
    connect(parts_.editor, &designer::DocumentEditor::was_reset, this, [this] {
        if (player_track() != nullptr) {
            show(player_track()->file(), name_);
        }
    });
}

CaptureDesk::~CaptureDesk() {
    if (loading_ != nullptr) {
        loading_->cancel();
    }
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
}

QString CaptureDesk::ask_for_file() {
    QSettings settings;
    const QString file = QFileDialog::getOpenFileName(parts_.window, tr("Play a capture on the drawing"),
                                                      settings.value(folder_key, QDir::homePath()).toString(),
                                                      tr("Captures (*.pcapng *.pcap *.cap);;All files (*)"));
    if (!file.isEmpty()) {
        settings.setValue(folder_key, QFileInfo(file).absolutePath());
    }
    return file;
}

void CaptureDesk::open(const QString& path) {
    auto file = capture::CaptureFile::open(to_std(path));
    if (!file) {
        emit failed(to_q(file.error().message));
        return;
    }
    close();
    if (loading_ != nullptr) {
        loading_->cancel();
    }
    loading_ = std::move(*file);
    loading_->start_loading();
    name_ = QFileInfo(path).fileName();
    parts_.bar->show();
    ticks_.start();
    show_progress();
}

void CaptureDesk::show_progress() {
    const capture::LoadProgress progress = loading_->progress();
    if (!progress.done) {
        parts_.bar->set_name(
            tr("%1: loading, %2 %")
                .arg(name_)
                .arg(progress.bytes_total == 0 ? 0 : 100 * progress.bytes_done / progress.bytes_total));
        return;
    }
    ticks_.stop();
    show(std::exchange(loading_, nullptr), name_);
}

void CaptureDesk::show(std::shared_ptr<capture::CaptureFile> file, const QString& name) {
    const quint64 number = ++number_;
    name_ = name;
    parts_.bar->show();
    parts_.bar->set_name(tr("%1: finding its links").arg(name));
    parts_.ladders->tell(tr("%1: reading its requests …").arg(name));
    in_background(
        this,
        [file, drawing = designer::fill_addresses(parts_.editor->document())] {
            return std::make_shared<const PlaybackTrack>(file, drawing);
        },
        [this, number, name](const std::shared_ptr<const PlaybackTrack>& track) {
            if (number == number_) {
                show_track(track, name);
            }
        });
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    in_background(
        this, [file, name, cancelled = cancelled_] { return read_ladder(name, {file}, {}, cancelled.get()); },
        [this, cancelled = cancelled_](const LadderSourcePtr& source) {
            if (!*cancelled) {
                parts_.ladders->show_source(source);
            }
        });
}

void CaptureDesk::show_track(const std::shared_ptr<const PlaybackTrack>& track, const QString& name) {
    told_ = -1;
    current_text_.clear();
    parts_.bar->set_name(name);
    parts_.player->set_track(track);
    QStringList said;
    if (track->size() == 0) {
        said << tr(
            "No packet of it was seen on a link of this drawing. Interfaces have to be named node:interface, "
            "as in \"client1:eth0\".");
    } else if (!track->strangers().isEmpty()) {
        said << tr("Not in this drawing: %1.").arg(track->strangers().mid(0, 6).join(QStringLiteral(", ")));
    }
    if (track->left_out() > 0) {
        said << tr("The last %1 packets are left out.").arg(track->left_out());
    }
    {
        const capture::CaptureFile::Reading reading(*track->file());
        if (reading.damage()) {
            said << tr("The file is damaged: %1.").arg(to_q(reading.damage()->why));
        }
    }
    if (said.isEmpty()) {
        said << tr("Space plays, Left and Right step.");
    }
    parts_.bar->set_info(said.join(' '));
    parts_.bar->setFocus();
    emit opened(name);
}

void CaptureDesk::show_moment() {
    const auto& track = player_track();
    const qint64 current = parts_.player->current();
    if (track != nullptr && current >= 0 && current != told_) {
        told_ = current;
        const std::uint32_t packet = (*track)[static_cast<std::size_t>(current)].packet;
        const capture::CaptureFile::Reading reading(*track->file());
        const capture::PacketSummary summary = capture::summarize(reading, packet);
        const std::uint32_t interface = track->file()->record(packet).interface;
        current_text_ = QStringLiteral("%1  %2").arg(to_q(summary.protocol), to_q(summary.info));
        parts_.bar->set_info(QStringLiteral("#%1   %2   %3 → %4   %5")
                                 .arg(packet + 1)
                                 .arg(to_q(reading.interfaces()[interface].name), to_q(summary.source),
                                      to_q(summary.destination), current_text_));
    }
    auto dots = parts_.player->under_way(most_dots);
    if (!parts_.player->is_playing()) { // while it plays, words would fly by
        for (designer::TravellingPacket& dot : dots) {
            dot.text = dot.chosen ? current_text_ : QString();
        }
    }
    parts_.canvas->show_packets(std::move(dots));
}

void CaptureDesk::go_to_packet(quint32 packet) {
    if (player_track() == nullptr) {
        return;
    }
    const std::size_t at = player_track()->find(packet);
    if (at < player_track()->size()) {
        parts_.player->go_to(static_cast<qint64>(at));
    }
}

void CaptureDesk::close() {
    ++number_;
    ticks_.stop();
    if (loading_ != nullptr) {
        loading_->cancel();
        loading_.reset();
    }
    parts_.player->set_track(nullptr);
    parts_.canvas->show_packets({});
    parts_.bar->set_info({});
    parts_.bar->hide();
}

} // namespace fulcrum::window
