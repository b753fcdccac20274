// The window: palette on the left, canvas in the middle, properties on the right, problems, flows, charts and
// events below. It puts the parts together; what they do is theirs.
#pragma once

#include <QMainWindow>
#include <functional>
#include <memory>
#include <vector>

#include "app/window/programs.h"
#include "designer/document/document.h"

class QLabel;
class QToolButton;

namespace fulcrum::capture {
class CaptureFile;
}

namespace fulcrum::cli {
struct Expectation;
}

namespace fulcrum::designer {
class CanvasView;
class DocumentEditor;
class MiniMap;
} // namespace fulcrum::designer

namespace fulcrum::window {

class CaptureDesk;
class CaptureSession;
class ChartsPanel;
class DocumentSession;
class DrawingCommands;
class EnginePanel;
class EventsPanel;
class FindBar;
class FlowsModel;
class FlowsPanel;
class InfoBar;
class ItemMenu;
class LabController;
class LabDesk;
class LabOnCanvas;
class LadderPanel;
class LadderRecording;
class PalettePanel;
class PlaybackBar;
class PlaybackPlayer;
class ProblemChecker;
class ProblemsPanel;
class ProofPanel;
class ProofRun;
class PropertiesPanel;
class RequestDesk;
class RoutesPanel;
class Theme;
class WindowActions;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(Theme* theme, const Programs& programs);
    ~MainWindow() override;

    // What a start shows: `file`, else lost work that the person wants back, else the last drawing, else the
    // in-line template. Tells of labs that run.
    void open_at_start(const QString& file);
    void open_file(const QString& file); // asks about unsaved changes and a running lab

    designer::DocumentEditor* editor() const { return editor_; }
    designer::CanvasView* canvas() const { return canvas_; }
    LabController* controller() const { return controller_; }
    WindowActions* actions() const { return actions_; }
    FlowsModel* flows() const { return flows_; }
    RequestDesk* requests() const { return requests_; }
    void inspect(const QString& capture); // in a window of its own
    void attach(const QString& lab);      // shows its drawing, unless the person wants to keep the one here
    LadderPanel* ladders() const { return ladders_; }
    ProofPanel* proof() const { return proof_; }
    RoutesPanel* routes() const { return routes_; }
    CaptureDesk* captures() const { return captures_; }
    PlaybackPlayer* player() const { return player_; }
    // "problems", "flows", "charts", "engines", "events", "ladder", "proof", "routes"
    void show_panel(const QString& object_name);

signals:
    // A packet of a ladder or of the playback is to be seen in full.
    void packet_wanted(const std::shared_ptr<fulcrum::capture::CaptureFile>& file, quint32 packet);

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void make_center();
    void make_docks();
    void make_status_bar();
    void make_lab();
    void connect_file();
    void connect_edit();
    void connect_view();
    void connect_lab();
    void connect_capture();
    void connect_inspector();
    void connect_packets(); // ladders, playback
    void connect_plan();    // proof, routes
    QDockWidget* make_dock(const QString& title, const char* object_name, QWidget* content,
                           Qt::DockWidgetArea area);
    void show_title();
    void show_selection();
    void show_problems();
    void fill_recent();
    void fill_request_menu();
    // `then` puts another drawing in place of this one, unless the person wants to keep it or its lab in the
    // window.
    void replace_drawing(std::function<void()> then);
    void new_from_gallery();
    void toggle_capture();
    void ask_for_capture(const QStringList& link_ends);
    void inspect_running_capture();
    void play_capture();
    void show_proof(const std::vector<cli::Expectation>& list);
    void restore_places();
    void keep_places();

    Theme* theme_;
    Programs programs_;
    designer::DocumentEditor* editor_;
    designer::CanvasView* canvas_ = nullptr;
    designer::MiniMap* mini_map_ = nullptr;
    DocumentSession* session_ = nullptr;
    WindowActions* actions_ = nullptr;
    DrawingCommands* commands_ = nullptr;
    PalettePanel* palette_panel_ = nullptr;
    PropertiesPanel* properties_ = nullptr;
    ProblemChecker* checker_ = nullptr;
    ProblemsPanel* problems_ = nullptr;
    FlowsModel* flows_ = nullptr;
    FlowsPanel* flows_panel_ = nullptr;
    ChartsPanel* charts_ = nullptr;
    EnginePanel* engines_ = nullptr;
    EventsPanel* events_ = nullptr;
    FindBar* find_bar_ = nullptr;
    InfoBar *lab_bar_ = nullptr, *request_bar_ = nullptr;
    LabController* controller_ = nullptr;
    LabOnCanvas* live_ = nullptr;
    LabDesk* lab_desk_ = nullptr;
    RequestDesk* requests_ = nullptr;
    ItemMenu* item_menu_ = nullptr;
    CaptureSession* capture_ = nullptr;
    LadderPanel* ladders_ = nullptr;
    LadderRecording* recording_ = nullptr;
    ProofPanel* proof_ = nullptr;
    ProofRun* proof_run_ = nullptr;
    RoutesPanel* routes_ = nullptr;
    PlaybackPlayer* player_ = nullptr;
    PlaybackBar* playback_bar_ = nullptr;
    CaptureDesk* captures_ = nullptr;
    QDockWidget* problems_dock_ = nullptr;
    QLabel *hint_ = nullptr, *capture_state_ = nullptr;
    QToolButton *problem_count_ = nullptr, *zoom_ = nullptr;
    bool may_close_ = false; // what becomes of the lab is settled
};

} // namespace fulcrum::window
