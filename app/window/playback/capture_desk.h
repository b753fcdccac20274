// An opened capture in the main window: played on the drawing, and its requests in the ladder panel.
#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <memory>

#include "app/window/playback/playback_bar.h"

namespace fulcrum::designer {
class CanvasView;
class DocumentEditor;
} // namespace fulcrum::designer

namespace fulcrum::window {

class LadderPanel;

class CaptureDesk : public QObject {
    Q_OBJECT
public:
    struct Parts {
        designer::DocumentEditor* editor;
        designer::CanvasView* canvas;
        PlaybackPlayer* player;
        PlaybackBar* bar;
        LadderPanel* ladders;
        QWidget* window;
    };
    explicit CaptureDesk(const Parts& parts);
    ~CaptureDesk() override; // a file that is loading is cancelled

    QString ask_for_file(); // empty: none was chosen
    void open(const QString& path);
    // One that is loaded already.
    void show(std::shared_ptr<capture::CaptureFile> file, const QString& name);
    void close(); // of the playback; the ladders stay to be read
    bool is_open() const { return player_track() != nullptr; }
    bool is_loading() const { return loading_ != nullptr; }
    // Of the file that is played: this packet, paused. Nothing happens when the drawing has no link for it.
    void go_to_packet(quint32 packet);

signals:
    void opened(const QString& name); // it is being played, or at least its ladders can be read
    void failed(const QString& why);
    void packet_wanted(const std::shared_ptr<fulcrum::capture::CaptureFile>& file, quint32 packet);

private:
    const std::shared_ptr<const PlaybackTrack>& player_track() const { return parts_.player->track(); }
    void show_progress();
    void show_track(const std::shared_ptr<const PlaybackTrack>& track, const QString& name);
    void show_moment();

    Parts parts_;
    std::shared_ptr<capture::CaptureFile> loading_; // one at a time: the last asked for
    std::shared_ptr<std::atomic<bool>> cancelled_;  // of the ladder that is being read
    QString name_;
    QTimer ticks_; // progress of a load
    qint64 told_ = -1;
    QString current_text_; // of the current packet, for the canvas
    quint64 number_ = 0;   // results of an overtaken opening are dropped
};

} // namespace fulcrum::window
