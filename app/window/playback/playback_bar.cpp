#include "app/window/playback/playback_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "app/window/look/drawn_icon.h"
#include "app/window/look/elided_label.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

constexpr auto speed_key = "playback/speed";
constexpr double default_speed = 0.01;
constexpr int bin_width = 3; // pixels
constexpr double side_room = 6;

enum class Picture { back, play, pause, forward, close };

QIcon picture_of(Picture what, const QColor& ink, qreal pixel_ratio) {
    return drawn_icon(18, ink, 1.6, pixel_ratio, [what](QPainter& painter) {
        switch (what) {
        case Picture::back:
            painter.drawPolygon(QPolygonF({{13, 4}, {6, 9}, {13, 14}}));
            painter.drawLine(QPointF(4, 4), QPointF(4, 14));
            break;
        case Picture::play:
            painter.drawPolygon(QPolygonF({{5, 3}, {15, 9}, {5, 15}}));
            break;
        case Picture::pause:
            painter.drawRect(QRectF(4, 4, 3, 10));
            painter.drawRect(QRectF(11, 4, 3, 10));
            break;
        case Picture::forward:
            painter.drawPolygon(QPolygonF({{5, 4}, {12, 9}, {5, 14}}));
            painter.drawLine(QPointF(14, 4), QPointF(14, 14));
            break;
        case Picture::close:
            painter.drawLine(QPointF(5, 5), QPointF(13, 13));
            painter.drawLine(QPointF(13, 5), QPointF(5, 13));
            break;
        }
    });
}

} // namespace

TimeLine::TimeLine(PlaybackPlayer* player, const Theme* theme, QWidget* parent)
    : QWidget(parent), player_(player), theme_(theme) {
    setObjectName("time_line");
    setAccessibleName(tr("Time line of the capture"));
    setToolTip(tr("Where the packets are; click or drag to go there (Left, Right, Home, End)"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    connect(player_, &PlaybackPlayer::moved, this, qOverload<>(&QWidget::update));
    connect(theme_, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TimeLine::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const ThemeColors& colors = theme_->colors();
    painter.fillRect(rect(), colors.ground);
    painter.setPen(hasFocus() ? colors.accent : colors.line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    const auto& track = player_->track();
    if (track == nullptr) {
        return;
    }
    const double room = width() - 2 * side_room;
    const auto bins = static_cast<std::size_t>(std::max(1.0, room / bin_width));
    if (counted_ != track || histogram_.size() != bins) { // once, not for every picture of the playback
        counted_ = track;
        histogram_ = track->histogram(bins);
    }
    const std::uint32_t most = std::max(1U, *std::max_element(histogram_.begin(), histogram_.end()));
    painter.setPen(Qt::NoPen);
    QColor bar = colors.accent;
    bar.setAlphaF(0.55f);
    painter.setBrush(bar);
    for (std::size_t i = 0; i < bins; ++i) {
        if (histogram_[i] > 0) { // by logarithm: one packet beside a thousand is seen, too
            const double share = std::log2(1.0 + histogram_[i]) / std::log2(1.0 + most);
            const double high = std::max(3.0, share * (height() - 8));
            painter.drawRect(QRectF(side_room + static_cast<double>(i) * room / static_cast<double>(bins),
                                    height() - 3 - high, std::max(1.0, room / static_cast<double>(bins) - 1),
                                    high));
        }
    }
    const double whole = std::max(1.0, static_cast<double>(track->end_ns() - track->begin_ns()));
    const double share = static_cast<double>(player_->position_ns() - track->begin_ns()) / whole;
    const double x = side_room + std::clamp(share, 0.0, 1.0) * room;
    painter.setPen(QPen(colors.error, 2));
    painter.drawLine(QPointF(x, 1), QPointF(x, height() - 2));
    painter.setPen(Qt::NoPen);
    painter.setBrush(colors.error);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.drawPolygon(QPolygonF{QPointF(x - 5, 1), QPointF(x + 5, 1), QPointF(x, 7)});
}

void TimeLine::seek_to(double x) {
    const auto& track = player_->track();
    if (track == nullptr) {
        return;
    }
    const double share = std::clamp((x - side_room) / std::max(1.0, width() - 2 * side_room), 0.0, 1.0);
    player_->seek(track->begin_ns() + static_cast<std::int64_t>(
                                          share * static_cast<double>(track->end_ns() - track->begin_ns())));
}

void TimeLine::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) {
        seek_to(event->position().x());
    }
}

void TimeLine::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons().testFlag(Qt::LeftButton)) {
        seek_to(event->position().x());
    }
}

PlaybackBar::PlaybackBar(PlaybackPlayer* player, const Theme* theme, QWidget* parent)
    : QFrame(parent), player_(player), theme_(theme), back_(new QToolButton(this)),
      play_(new QToolButton(this)), forward_(new QToolButton(this)), inspect_(new QToolButton(this)),
      close_(new QToolButton(this)), speed_(new QComboBox(this)), line_(new TimeLine(player, theme, this)),
      place_(new QLabel(this)), info_(new ElidedLabel(this)) {
    setObjectName("playback_bar");
    setFrameShape(QFrame::StyledPanel);
    setFocusPolicy(Qt::StrongFocus);
    back_->setObjectName("playback_back");
    play_->setObjectName("playback_play");
    forward_->setObjectName("playback_step");
    back_->setToolTip(tr("One packet back (Left)"));
    play_->setToolTip(tr("Play or pause (Space)"));
    forward_->setToolTip(tr("One packet on (Right)"));
    close_->setToolTip(tr("End the playback (Esc)"));
    close_->setAccessibleName(tr("End the playback"));
    inspect_->setText(tr("Inspect"));
    inspect_->setToolTip(tr("This packet in full, in the inspector (Return)"));
    for (QToolButton* button : {back_, play_, forward_, close_}) {
        button->setAutoRaise(true);
    }
    speed_->setObjectName("playback_speed");
    speed_->setAccessibleName(tr("Speed"));
    speed_->setToolTip(tr("How fast the capture's time goes by (Up, Down)"));
    speed_->addItem(tr("one by one"), PlaybackPlayer::one_by_one);
    for (const double speed : {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0}) {
        speed_->addItem(tr("%1 ×").arg(QLocale().toString(speed)), speed);
    }
    const double kept = QSettings().value(speed_key, default_speed).toDouble();
    speed_->setCurrentIndex(std::max(0, speed_->findData(kept)));
    player_->set_speed(speed_->currentData().toDouble());
    place_->setForegroundRole(QPalette::PlaceholderText);
    info_->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* row = new QHBoxLayout;
    for (QWidget* widget : {static_cast<QWidget*>(back_), static_cast<QWidget*>(play_),
                            static_cast<QWidget*>(forward_), static_cast<QWidget*>(speed_)}) {
        row->addWidget(widget);
    }
    row->addWidget(line_, 1);
    row->addWidget(close_);
    auto* words = new QHBoxLayout;
    words->addWidget(place_);
    words->addSpacing(14);
    words->addWidget(info_, 1);
    words->addWidget(inspect_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 4, 8, 4);
    column->setSpacing(2);
    column->addLayout(row);
    column->addLayout(words);

    connect(back_, &QToolButton::clicked, player_, &PlaybackPlayer::step_back);
    connect(forward_, &QToolButton::clicked, player_, &PlaybackPlayer::step);
    connect(play_, &QToolButton::clicked, this,
            [this] { player_->is_playing() ? player_->pause() : player_->play(); });
    connect(close_, &QToolButton::clicked, this, &PlaybackBar::closed);
    connect(inspect_, &QToolButton::clicked, this, &PlaybackBar::packet_wanted);
    connect(speed_, &QComboBox::activated, this, &PlaybackBar::choose_speed);
    connect(player_, &PlaybackPlayer::moved, this, &PlaybackBar::show_state);
    connect(player_, &PlaybackPlayer::playing_changed, this, &PlaybackBar::dress);
    connect(theme_, &Theme::changed, this, &PlaybackBar::dress);
    dress();
    show_state();
}

void PlaybackBar::choose_speed(int index) {
    speed_->setCurrentIndex(std::clamp(index, 0, speed_->count() - 1));
    const double speed = speed_->currentData().toDouble();
    QSettings().setValue(speed_key, speed);
    player_->set_speed(speed);
}

void PlaybackBar::dress() {
    const QColor& ink = theme_->colors().text;
    const qreal ratio = devicePixelRatioF();
    back_->setIcon(picture_of(Picture::back, ink, ratio));
    play_->setIcon(picture_of(player_->is_playing() ? Picture::pause : Picture::play, ink, ratio));
    forward_->setIcon(picture_of(Picture::forward, ink, ratio));
    close_->setIcon(picture_of(Picture::close, ink, ratio));
}

void PlaybackBar::set_name(const QString& name) {
    name_ = name;
    show_state();
}

void PlaybackBar::set_info(const QString& text) {
    info_->set_text(text);
}

QString PlaybackBar::info() const {
    return info_->whole_text();
}

void PlaybackBar::show_state() {
    const auto& track = player_->track();
    for (QWidget* widget :
         {static_cast<QWidget*>(back_), static_cast<QWidget*>(play_), static_cast<QWidget*>(forward_)}) {
        widget->setEnabled(track != nullptr);
    }
    inspect_->setEnabled(track != nullptr && player_->current() >= 0);
    if (track == nullptr) {
        place_->setText(name_);
        return;
    }
    const double seconds =
        static_cast<double>(std::max(player_->position_ns(), track->begin_ns()) - track->begin_ns()) / 1e9;
    place_->setText(tr("%1   %2 of %3   %4 s")
                        .arg(name_)
                        .arg(player_->current() + 1)
                        .arg(track->size())
                        .arg(seconds, 0, 'f', 6));
}

void PlaybackBar::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Space:
        player_->is_playing() ? player_->pause() : player_->play();
        break;
    case Qt::Key_Right:
        player_->step();
        break;
    case Qt::Key_Left:
        player_->step_back();
        break;
    case Qt::Key_Home:
        player_->go_to(0);
        break;
    case Qt::Key_End:
        if (player_->track() != nullptr) {
            player_->go_to(static_cast<qint64>(player_->track()->size()) - 1);
        }
        break;
    case Qt::Key_Up:
        choose_speed(speed_->currentIndex() + 1);
        break;
    case Qt::Key_Down:
        choose_speed(speed_->currentIndex() - 1);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        inspect_->click();
        break;
    case Qt::Key_Escape:
        emit closed();
        break;
    default:
        QFrame::keyPressEvent(event);
        return;
    }
    event->accept();
}

} // namespace fulcrum::window
