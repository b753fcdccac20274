// Requests across all hops: the list of them at the left, the ladder of the chosen one at the right. Of a lab
// that is watched, or of an opened capture.
#pragma once

#include <QWidget>

#include "app/window/ladder/ladder_model.h"
#include "app/window/ladder/ladder_view.h"

class QCheckBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QSplitter;
class QToolButton;

namespace fulcrum::window {

class RowTable;

class LadderPanel : public QWidget {
    Q_OBJECT
public:
    explicit LadderPanel(const Theme* theme, QWidget* parent = nullptr);

    // Puts the newest request in sight when it is another reading of the same lab and nobody chose a row.
    void show_source(const LadderSourcePtr& source);
    void set_icons(const QHash<QString, QString>& icons) { view_->set_icons(icons); }
    void set_can_watch(bool can); // a lab runs
    void set_watching(bool watching);
    void tell(const QString& text); // what came between
    LadderView* view() const { return view_; }
    const LadderModel* model() const { return model_; }
    int shown_row() const { return shown_row_; } // of the model; -1: none
    void focus_filter();

signals:
    void watch_wanted(bool on);
    void open_wanted(); // a capture file
    // An arrow was opened: its packet in its file.
    void packet_opened(const std::shared_ptr<fulcrum::capture::CaptureFile>& file, quint32 packet);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    class RequestFilter;
    void make_table();
    QHBoxLayout* make_line();
    void connect_parts();
    void show_current();
    void count();
    void export_picture();

    const Theme* theme_;
    LadderModel* model_;
    RequestFilter* sorted_;
    RowTable* table_;
    LadderView* view_;
    QSplitter* split_;
    bool was_split_ = false; // by the person at the window
    QLineEdit* filter_;
    QCheckBox* connections_;
    QLabel* count_;
    QToolButton *watch_, *export_, *zoom_in_, *zoom_out_;
    int shown_row_ = -1;
    bool follows_ = true; // the newest request is shown as it comes
};

} // namespace fulcrum::window
