#include "app/window/playback/playback_player.h"

#include <algorithm>
#include <cmath>

namespace fulcrum::window {

using designer::TravellingPacket;

namespace {

constexpr int tick_ms = 25;
constexpr double travel_seconds = 0.55;    // on the screen, over one link
constexpr double packets_per_second = 2.5; // one by one
constexpr double longest_wait = 1.2;       // seconds on the screen in which nothing happens
constexpr double before_next = 0.25;       // and how long before the next packet a gap is left
constexpr double still = 0.5;              // where a packet stands that was stepped to

} // namespace

PlaybackPlayer::PlaybackPlayer(QObject* parent) : QObject(parent) {
    ticks_.setInterval(tick_ms);
    ticks_.setTimerType(Qt::PreciseTimer);
    connect(&ticks_, &QTimer::timeout, this,
            [this] { advance(static_cast<double>(since_tick_.restart()) / 1000.0); });
}

void PlaybackPlayer::set_track(std::shared_ptr<const PlaybackTrack> track) {
    pause();
    track_ = track != nullptr && track->size() > 0 ? std::move(track) : nullptr;
    current_ = -1;
    position_ns_ = track_ != nullptr ? track_->begin_ns() - 1 : 0;
    left_over_ns_ = 0;
    pace_ = 0;
    is_stepped_ = false;
    emit moved();
}

void PlaybackPlayer::set_speed(double speed) {
    speed_ = speed;
    pace_ = 0;
    emit moved();
}

void PlaybackPlayer::play() {
    if (track_ == nullptr || is_playing()) {
        return;
    }
    if (current_ + 1 >= static_cast<qint64>(track_->size())) {
        set_position(track_->begin_ns() - 1);
    }
    is_stepped_ = false;
    pace_ = 0;
    since_tick_.start();
    ticks_.start();
    emit playing_changed(true);
}

void PlaybackPlayer::pause() {
    if (is_playing()) {
        ticks_.stop();
        emit playing_changed(false);
    }
}

void PlaybackPlayer::go_to(qint64 packet) {
    if (track_ == nullptr) {
        return;
    }
    pause();
    current_ = std::clamp<qint64>(packet, 0, static_cast<qint64>(track_->size()) - 1);
    position_ns_ = (*track_)[static_cast<std::size_t>(current_)].time_ns;
    left_over_ns_ = 0;
    is_stepped_ = true;
    emit moved();
}

void PlaybackPlayer::step() {
    go_to(current_ + 1);
}

void PlaybackPlayer::step_back() {
    go_to(current_ - 1);
}

void PlaybackPlayer::seek(std::int64_t time_ns) {
    if (track_ == nullptr) {
        return;
    }
    is_stepped_ = !is_playing();
    pace_ = 0;
    left_over_ns_ = 0;
    set_position(std::clamp(time_ns, track_->begin_ns(), track_->end_ns()));
    emit moved();
}

void PlaybackPlayer::set_position(std::int64_t time_ns) {
    position_ns_ = time_ns;
    current_ = static_cast<qint64>(track_->count_until(time_ns)) - 1;
}

void PlaybackPlayer::advance(double seconds) {
    if (track_ == nullptr) {
        return;
    }
    const auto size = static_cast<qint64>(track_->size());
    if (speed_ == one_by_one) {
        if (current_ < 0) {
            current_ = 0;
        } else {
            pace_ += seconds * packets_per_second;
            current_ += static_cast<qint64>(std::floor(pace_));
            pace_ -= std::floor(pace_);
        }
        if (current_ >= size) { // the last one has arrived
            current_ = size - 1;
            pace_ = 1;
            pause();
        }
        position_ns_ = (*track_)[static_cast<std::size_t>(current_)].time_ns;
        emit moved();
        return;
    }
    left_over_ns_ += seconds * speed_ * 1e9;
    const double whole = std::floor(left_over_ns_);
    left_over_ns_ -= whole;
    set_position(position_ns_ + static_cast<std::int64_t>(whole));
    if (current_ + 1 < size) {
        const std::int64_t next = (*track_)[static_cast<std::size_t>(current_ + 1)].time_ns;
        const auto wait = static_cast<double>(next - position_ns_) / 1e9 / speed_;
        const double since =
            current_ < 0
                ? longest_wait
                : static_cast<double>(position_ns_ - (*track_)[static_cast<std::size_t>(current_)].time_ns) /
                      1e9 / speed_;
        // The last packet arrives before the gap is jumped over.
        if (wait > longest_wait && since >= travel_seconds) {
            set_position(next - static_cast<std::int64_t>(before_next * speed_ * 1e9) - 1);
        }
    } else if (static_cast<double>(position_ns_ - track_->end_ns()) / 1e9 / speed_ > travel_seconds) {
        pause();
    }
    emit moved();
}

std::vector<TravellingPacket> PlaybackPlayer::under_way(std::size_t most) const {
    std::vector<TravellingPacket> found;
    if (track_ == nullptr || current_ < 0) {
        return found;
    }
    const auto add = [&](std::size_t i, double progress) {
        const PlaybackTrack::Packet& packet = (*track_)[i];
        found.push_back({.link = track_->links()[packet.link],
                         .from_a = packet.from_a,
                         .progress = progress,
                         .kind = packet.kind,
                         .chosen = static_cast<qint64>(i) == current_});
    };
    const auto now = static_cast<std::size_t>(current_);
    if (is_stepped_) {
        add(now, still);
        return found;
    }
    if (speed_ == one_by_one) {
        add(now, pace_);
        return found;
    }
    const double window_ns = travel_seconds * speed_ * 1e9;
    const std::size_t first = track_->count_until(position_ns_ - static_cast<std::int64_t>(window_ns) - 1);
    // Of a flood every n-th is shown: more dots than that are one band of colour anyway.
    const std::size_t stride =
        std::max<std::size_t>(1, (now + 1 - std::min(first, now + 1)) / std::max<std::size_t>(1, most));
    for (std::size_t i = first; i <= now; ++i) {
        if (i != now && i % stride != 0) {
            continue; // by number, so that it is the same ones from picture to picture
        }
        const auto age = static_cast<double>(position_ns_ - (*track_)[i].time_ns);
        add(i, std::clamp(age / window_ns, 0.0, 1.0));
    }
    return found;
}

} // namespace fulcrum::window
