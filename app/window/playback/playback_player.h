// Runs a playback track: a moment of the capture that moves on with the clock at a chosen speed, or from
// packet to packet. Knows nothing of what is shown.
//
// Gaps in which nothing happens for long are jumped over: a capture can hold years.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include "app/window/playback/playback_track.h"

namespace fulcrum::window {

class PlaybackPlayer : public QObject {
    Q_OBJECT
public:
    static constexpr double one_by_one = 0; // a speed: packets follow each other at an even pace

    explicit PlaybackPlayer(QObject* parent = nullptr);

    void set_track(std::shared_ptr<const PlaybackTrack> track); // null: none; before the first packet, paused
    const std::shared_ptr<const PlaybackTrack>& track() const { return track_; }

    bool is_playing() const { return ticks_.isActive(); }
    double speed() const { return speed_; } // seconds of the capture in a second, or one_by_one
    void set_speed(double speed);
    std::int64_t position_ns() const { return position_ns_; }
    // The latest packet at this moment, by its place in the track; -1: before the first.
    qint64 current() const { return current_; }

    void play(); // from the beginning again when it is at the end
    void pause();
    void step();      // to the next packet, paused
    void step_back(); // to the one before, paused
    void seek(std::int64_t time_ns);
    void go_to(qint64 packet); // of the track; paused

    // What is on its way now, at most `most` of them; the current one is the chosen one.
    std::vector<designer::TravellingPacket> under_way(std::size_t most) const;

    void advance(double seconds); // as the clock does while it plays

signals:
    void moved(); // position or current packet
    void playing_changed(bool playing);

private:
    void set_position(std::int64_t time_ns);

    std::shared_ptr<const PlaybackTrack> track_;
    QTimer ticks_;
    QElapsedTimer since_tick_;
    double speed_ = 0.01;
    std::int64_t position_ns_ = 0;
    double left_over_ns_ = 0; // of the last move: slow playback goes on by less than a nanosecond at a time
    qint64 current_ = -1;
    double pace_ = 0;         // of one_by_one: how far the current packet is on its way
    bool is_stepped_ = false; // the current packet alone is shown, in the middle of its link
};

} // namespace fulcrum::window
