// A capture in a window of its own: packets, conversations, HTTP requests and charts, under one display
// filter. Usable while the file is loading, or still being written. Several at once; each deletes itself when
// it is closed.
#pragma once

#include <QMainWindow>
#include <functional>

#include "app/window/inspector/filter_line.h"

class QLabel;
class QMenu;
class QProgressBar;
class QTabWidget;
class QToolButton;

namespace fulcrum::window {

class CaptureCharts;
class CompareWindow;
class ConversationsPage;
class FollowWindow;
class HttpPage;
class InfoBar;
class InspectedFile;
class InspectorActions;
class PacketFinder;
class PacketsPage;
class Theme;

class InspectorWindow : public QMainWindow {
    Q_OBJECT
public:
    static bool is_capture(const QString& path); // by its first bytes
    // Opens the file in a new window that belongs to nobody. A file that cannot be opened is told of there.
    static InspectorWindow* inspect(const QString& path, const Theme* theme);
    // A capture that runs, of which this file is being written. `stop` is asked for to end it.
    static InspectorWindow* inspect_live(const QString& path, const Theme* theme, std::function<void()> stop);
    // The window that shows this capture, which may be in no file; a new one when there is none. At the
    // packet.
    static InspectorWindow* inspect(const std::shared_ptr<capture::CaptureFile>& capture, std::size_t packet,
                                    const Theme* theme);

    explicit InspectorWindow(const Theme* theme, QWidget* parent = nullptr);
    ~InspectorWindow() override;

    bool open_file(const QString& path); // in place of the one that is open; tells why when it cannot

    InspectedFile* file() const { return file_; }
    PacketsPage* packets() const { return packets_; }
    ConversationsPage* conversations() const { return conversations_; }
    HttpPage* http() const { return http_; }
    CaptureCharts* charts() const { return charts_; }
    FilterLine* filter_line() const { return filter_; }
    PacketFinder* finder() const { return finder_; }
    InspectorActions* actions() const { return actions_; }
    QMenu* analyse_menu() const;
    QString banner() const; // what is told above the packets; empty: nothing

public slots:
    void select_packet(std::size_t packet); // index from 0
    void apply_filter(const QString& filter);
    // Packets that the system could not hand over, so far, of a capture that runs.
    void show_drops(quint64 drops);
    CompareWindow* compare_with(const QString& path); // beside another capture, in a window of its own
    FollowWindow* follow_current();                   // null: the current packet is of no stream

signals:
    void packet_selected(std::size_t packet);
    void time_changed(qint64 since_epoch_ns); // of the packet selected, when it has a time

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void make_center();
    void make_status_bar();
    void connect_actions();
    void connect_parts();
    void show_title();
    void show_progress();
    void show_loaded();
    void show_counts();
    void show_packet_state();
    QString ask_for_file(const QString& title);
    void reload();
    void stop_capture();
    bool may_discard(); // unsaved comments: saved, given up, or the person stays
    bool save();
    bool save_beside_changes(); // asks: under another name, over what is there, or not at all
    bool save_copy();
    bool save_to(const QString& path);
    QString proposed_path(const QString& suffix) const;
    void export_packets(std::vector<std::uint32_t> packets);
    void edit_comment();
    void edit_file_comment();
    void edit_color_rules();
    void go_to_packet();
    void go_to_time(double since_first_s);
    void choose_time_column();
    void show_file_facts();

    const Theme* theme_;
    InspectedFile* file_;
    InspectorActions* actions_;
    FilterLine* filter_;
    InfoBar* banner_;
    QTabWidget* pages_;
    PacketsPage* packets_;
    PacketFinder* finder_;
    ConversationsPage* conversations_;
    HttpPage* http_;
    CaptureCharts* charts_;
    QLabel *told_, *counts_;
    QProgressBar* progress_;
    QToolButton* cancel_;
    bool banner_shown_ = false;
    std::function<void()> stop_; // ends the capture that is shown as it runs; empty: somebody else's
    quint64 drops_ = 0;
};

} // namespace fulcrum::window
