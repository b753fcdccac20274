// What was said in one stream, in a window of its own: both ends in two colours, to be searched, saved, and
// made the filter of the packet list.
#pragma once

#include <QWidget>
#include <memory>

#include "capture/digest/followed_stream.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace fulcrum::window {

class Theme;

class FollowWindow : public QWidget {
    Q_OBJECT
public:
    // `parent`: the window that it goes with. Reads in the background.
    FollowWindow(std::shared_ptr<capture::CaptureFile> file, bool is_udp, std::uint32_t stream,
                 std::uint32_t interface, const Theme* theme, QWidget* parent);
    ~FollowWindow() override;

    bool is_reading() const { return reading_; }
    bool is_saving() const { return saving_; }
    const capture::FollowedStream& stream() const { return stream_; }
    QPlainTextEdit* text() const { return text_; }

signals:
    void filter_wanted(const QString& filter);

private:
    void read(std::uint32_t interface);
    void show_stream();
    void write_text();
    void search(bool backwards);
    void save(); // all of it, in the background

    std::shared_ptr<capture::CaptureFile> file_;
    bool is_udp_;
    std::uint32_t stream_number_;
    const Theme* theme_;
    capture::FollowedStream stream_;
    bool reading_ = false, saving_ = false;
    std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
    QComboBox *interfaces_, *directions_, *shape_;
    QLineEdit* search_;
    QPlainTextEdit* text_;
    QLabel *said_, *hint_;
};

} // namespace fulcrum::window
