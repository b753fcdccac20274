// A page of the inspector that tells something about the whole capture: a line of controls, and below it what
// it tells, or words where there is nothing. It reads the capture when it is seen, and again as the capture
// grows: at most once a second, and less often where reading takes long.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <atomic>
#include <memory>

class QHBoxLayout;
class QLabel;
class QStackedLayout;

namespace fulcrum::capture {
class CaptureFile;
}

namespace fulcrum::window {

class InspectorPage : public QWidget {
    Q_OBJECT
public:
    ~InspectorPage() override; // cancels what is being read

    void set_file(std::shared_ptr<capture::CaptureFile> file); // another one, or all of it is there now
    void file_grew();
    bool is_busy() const { return busy_; }

protected:
    explicit InspectorPage(QWidget* parent = nullptr);

    QHBoxLayout* top() const { return top_; }
    void set_content(QWidget* content);
    void set_empty_text(const QString& text);
    void show_content(bool shown); // false: the words instead

    const std::shared_ptr<capture::CaptureFile>& file() const { return file_; }
    // Reads file(), which is there; done_reading() says when, now or later. What is read in the background
    // looks at the flag of new_job() and is dropped once that is set.
    virtual void read() = 0;
    void done_reading();
    void read_again();                            // something else is wanted of it
    std::shared_ptr<std::atomic<bool>> new_job(); // those before are cancelled

    void showEvent(QShowEvent* event) override;

private:
    void start();

    std::shared_ptr<capture::CaptureFile> file_;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    bool stale_ = false, busy_ = false;
    QElapsedTimer reading_since_;
    QTimer rest_;
    QHBoxLayout* top_;
    QLabel* empty_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
