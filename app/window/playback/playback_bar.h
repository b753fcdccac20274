// The controls of a playback under the drawing: play, pause, step, speed, what the current packet is, and a
// time line that shows where the packets are and is scrubbed with the mouse.
#pragma once

#include <QFrame>

#include "app/window/playback/playback_player.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace fulcrum::window {

class ElidedLabel;

class Theme;

// Density of packets over the time of a capture; a click or drag goes there. Its keys are those of the bar.
class TimeLine : public QWidget {
    Q_OBJECT
public:
    TimeLine(PlaybackPlayer* player, const Theme* theme, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {400, 34}; }
    QSize minimumSizeHint() const override { return {120, 34}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    void seek_to(double x);

    PlaybackPlayer* player_;
    const Theme* theme_;
    std::shared_ptr<const PlaybackTrack> counted_; // what the histogram is of
    std::vector<std::uint32_t> histogram_;
};

class PlaybackBar : public QFrame {
    Q_OBJECT
public:
    PlaybackBar(PlaybackPlayer* player, const Theme* theme, QWidget* parent = nullptr);

    void set_name(const QString& name); // of the capture
    void set_info(const QString& text); // about the current packet
    QString info() const;

signals:
    void closed();
    void packet_wanted(); // the current one, in the inspector

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void show_state();
    void choose_speed(int index);
    void dress();

    PlaybackPlayer* player_;
    const Theme* theme_;
    QToolButton *back_, *play_, *forward_, *inspect_, *close_;
    QComboBox* speed_;
    TimeLine* line_;
    QLabel* place_;
    ElidedLabel* info_;
    QString name_;
};

} // namespace fulcrum::window
