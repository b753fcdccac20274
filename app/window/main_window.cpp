#include "app/window/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QSettings>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/dialogs/gallery_dialog.h"
#include "app/window/document_session.h"
#include "app/window/drawing_commands.h"
#include "app/window/find_bar.h"
#include "app/window/info_bar.h"
#include "app/window/inspector/inspector_window.h"
#include "app/window/item_menu.h"
#include "app/window/lab/capture_session.h"
#include "app/window/lab/lab_desk.h"
#include "app/window/lab/lab_on_canvas.h"
#include "app/window/lab/request_desk.h"
#include "app/window/ladder/ladder_panel.h"
#include "app/window/ladder/ladder_recording.h"
#include "app/window/palette_panel.h"
#include "app/window/panels/charts_panel.h"
#include "app/window/panels/engine_panel.h"
#include "app/window/panels/events_panel.h"
#include "app/window/panels/flows_panel.h"
#include "app/window/panels/problems_panel.h"
#include "app/window/playback/capture_desk.h"
#include "app/window/proof/proof_panel.h"
#include "app/window/properties/properties_panel.h"
#include "app/window/qt_text.h"
#include "app/window/recent_files.h"
#include "app/window/routes/routes_panel.h"
#include "app/window/theme.h"
#include "app/window/window_actions.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/icons.h"
#include "designer/canvas/minimap.h"
#include "designer/templates/templates.h"

namespace fulcrum::window {

using designer::CanvasView;
using designer::DocumentEditor;
using designer::Id;

namespace {

constexpr auto geometry_key = "window/geometry";
constexpr auto docks_key = "window/docks";
constexpr auto mini_map_key = "window/mini_map";
constexpr auto labels_key = "window/labels";
constexpr auto last_file_key = "last_file";
constexpr auto first_template = "in-line";
constexpr int docks_version = 3; // another arrangement of docks does not restore an old state
constexpr QSize default_size{1440, 900};

} // namespace

MainWindow::MainWindow(Theme* theme, const Programs& programs)
    : theme_(theme), programs_(programs), editor_(new DocumentEditor(this)) {
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    setWindowIcon(designer::themed_icon("fulcrum", designer::CanvasTheme::light));
    actions_ = new WindowActions(theme_, editor_->undo_stack(), this);
    session_ = new DocumentSession(editor_, this);
    make_center();
    commands_ = new DrawingCommands(editor_, canvas_, this);
    make_docks();
    make_status_bar();
    addToolBar(actions_->make_tool_bar());
    actions_->fill(menuBar());
    make_lab();
    connect_file();
    connect_edit();
    connect_view();
    connect_lab();
    connect_capture();
    connect_inspector();
    connect_packets();
    connect_plan();
    restore_places();
    show_title();
    show_selection();
    show_problems();
}

MainWindow::~MainWindow() {
    // Panels watch the editor and the controller; they go first.
    delete takeCentralWidget();
}

void MainWindow::make_center() {
    auto* center = new QWidget(this);
    auto* column = new QVBoxLayout(center);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    canvas_ = new CanvasView(editor_, center);
    lab_bar_ = new InfoBar(theme_, center);
    request_bar_ = new InfoBar(theme_, center);
    find_bar_ = new FindBar(editor_, center);
    column->addWidget(lab_bar_);
    column->addWidget(request_bar_);
    column->addWidget(find_bar_);
    column->addWidget(canvas_, 1);
    player_ = new PlaybackPlayer(this);
    playback_bar_ = new PlaybackBar(player_, theme_, center);
    column->addWidget(playback_bar_);
    mini_map_ = new designer::MiniMap(canvas_);
    canvas_->set_theme(theme_->canvas_theme());
    setCentralWidget(center);
}

QDockWidget* MainWindow::make_dock(const QString& title, const char* object_name, QWidget* content,
                                   Qt::DockWidgetArea area) {
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(object_name);
    dock->setWidget(content);
    dock->setFeatures(QDockWidget::DockWidgetClosable | QDockWidget::DockWidgetMovable |
                      QDockWidget::DockWidgetFloatable);
    addDockWidget(area, dock);
    actions_->panels->addAction(dock->toggleViewAction());
    return dock;
}

void MainWindow::make_docks() {
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    palette_panel_ = new PalettePanel(theme_, this);
    palette_panel_->add_generator("server", tr("Servers…"), tr("Several servers on a segment"),
                                  [this] { commands_->generate(designer::NodeKind::server); });
    palette_panel_->add_generator("se", tr("Engines…"), tr("Several service engines on a segment"),
                                  [this] { commands_->generate(designer::NodeKind::se); });
    palette_panel_->add_generator("client", tr("Clients…"), tr("Several clients on a segment"),
                                  [this] { commands_->generate(designer::NodeKind::client); });
    properties_ = new PropertiesPanel(editor_, theme_, this);
    checker_ = new ProblemChecker(editor_, this);
    problems_ = new ProblemsPanel(editor_, checker_, theme_, this);
    flows_ = new FlowsModel(this);
    flows_panel_ = new FlowsPanel(flows_, this);
    charts_ = new ChartsPanel(theme_, this);
    engines_ = new EnginePanel(theme_, this);
    events_ = new EventsPanel(theme_, this);
    ladders_ = new LadderPanel(theme_, this);
    proof_run_ = new ProofRun(this);
    proof_ = new ProofPanel(proof_run_, theme_, this);
    routes_ = new RoutesPanel(editor_, canvas_, theme_, this);

    QDockWidget* palette = make_dock(tr("Palette"), "palette", palette_panel_, Qt::LeftDockWidgetArea);
    QDockWidget* properties = make_dock(tr("Properties"), "properties", properties_, Qt::RightDockWidgetArea);
    problems_dock_ = make_dock(tr("Problems"), "problems", problems_, Qt::BottomDockWidgetArea);
    QDockWidget* flows = make_dock(tr("Flows"), "flows", flows_panel_, Qt::BottomDockWidgetArea);
    QDockWidget* charts = make_dock(tr("Charts"), "charts", charts_, Qt::BottomDockWidgetArea);
    QDockWidget* engines = make_dock(tr("Engines"), "engines", engines_, Qt::BottomDockWidgetArea);
    QDockWidget* events = make_dock(tr("Events"), "events", events_, Qt::BottomDockWidgetArea);
    QDockWidget* ladder = make_dock(tr("Ladder"), "ladder", ladders_, Qt::BottomDockWidgetArea);
    QDockWidget* proof = make_dock(tr("Proof"), "proof", proof_, Qt::BottomDockWidgetArea);
    QDockWidget* routes = make_dock(tr("Routes"), "routes", routes_, Qt::BottomDockWidgetArea);
    QDockWidget* before = nullptr;
    for (QDockWidget* dock : {problems_dock_, flows, ladder, charts, engines, proof, routes, events}) {
        dock->setTitleBarWidget(new QWidget(dock)); // its tab says what it is: a title bar would say it again
        if (before != nullptr) {
            tabifyDockWidget(before, dock);
        }
        before = dock;
    }
    setTabPosition(Qt::BottomDockWidgetArea, QTabWidget::North);
    problems_dock_->raise();
    resizeDocks({palette, properties}, {190, 310}, Qt::Horizontal);
    resizeDocks({problems_dock_}, {190}, Qt::Vertical);
}

void MainWindow::make_status_bar() {
    hint_ = new QLabel(this);
    problem_count_ = new QToolButton(this);
    problem_count_->setAutoRaise(true);
    problem_count_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    problem_count_->setToolTip(tr("Show the problems"));
    zoom_ = new QToolButton(this);
    zoom_->setAutoRaise(true);
    zoom_->setToolTip(tr("Zoom; click for the actual size"));
    capture_state_ = new QLabel(this);
    statusBar()->addWidget(hint_, 1);
    statusBar()->addPermanentWidget(capture_state_);
    statusBar()->addPermanentWidget(problem_count_);
    statusBar()->addPermanentWidget(zoom_);
}

void MainWindow::make_lab() {
    controller_ = new LabController(programs_, this);
    live_ = new LabOnCanvas(controller_, canvas_, flows_, charts_, engines_, this);
    lab_desk_ = new LabDesk({.editor = editor_,
                             .session = session_,
                             .controller = controller_,
                             .checker = checker_,
                             .actions = actions_,
                             .events = events_,
                             .bar = lab_bar_,
                             .status = statusBar(),
                             .theme = theme_,
                             .window = this});
    recording_ = new LadderRecording(this);
    requests_ = new RequestDesk({.controller = controller_,
                                 .live = live_,
                                 .canvas = canvas_,
                                 .flows = flows_,
                                 .events = events_,
                                 .bar = request_bar_,
                                 .recording = recording_,
                                 .theme = theme_,
                                 .window = this});
    item_menu_ = new ItemMenu(actions_, controller_, live_, requests_, editor_, canvas_, this);
    capture_ = new CaptureSession(this);
    captures_ = new CaptureDesk({.editor = editor_,
                                 .canvas = canvas_,
                                 .player = player_,
                                 .bar = playback_bar_,
                                 .ladders = ladders_,
                                 .window = this});
}

void MainWindow::open_at_start(const QString& file) {
    const bool opened = (!file.isEmpty() && session_->open_file(file)) || session_->offer_recovery();
    if (!opened) {
        const QString last = QSettings().value(last_file_key).toString();
        if (file.isEmpty() && !last.isEmpty() && QFileInfo::exists(last)) {
            session_->open_file(last);
        } else if (auto document = designer::make_template(first_template)) {
            session_->show_new(std::move(*document));
        }
    }
    lab_desk_->offer_running_labs();
    canvas_->setFocus();
}

void MainWindow::replace_drawing(std::function<void()> then) {
    if (session_->may_discard()) {
        lab_desk_->leave_then(std::move(then));
    }
}

void MainWindow::open_file(const QString& file) {
    replace_drawing([this, file] { session_->open_file(file); });
}

void MainWindow::new_from_gallery() {
    if (auto document = GalleryDialog::choose(theme_, this)) {
        replace_drawing([this, chosen = std::move(*document)] { session_->show_new(chosen); });
    }
}

void MainWindow::attach(const QString& lab) {
    lab_desk_->attach(lab);
}

void MainWindow::show_panel(const QString& object_name) {
    if (auto* dock = findChild<QDockWidget*>(object_name)) {
        dock->show();
        dock->raise();
    }
}

void MainWindow::show_title() {
    setWindowTitle(QStringLiteral("%1[*] – Fulcrum").arg(session_->title()));
    setWindowModified(session_->is_dirty());
}

void MainWindow::show_selection() {
    const std::vector<Id> ids = canvas_->selected();
    properties_->show_items(ids);
    for (const Id& id : ids) {
        if (const designer::Node* node = live_->drawing().node(id);
            node != nullptr && node->kind == designer::NodeKind::se) {
            engines_->show_engine(to_q(node->name));
        }
    }
    item_menu_->enable_lab_actions();
    const bool any = !ids.empty();
    for (QAction* action : {actions_->cut, actions_->copy, actions_->duplicate, actions_->remove}) {
        action->setEnabled(any);
    }
    actions_->rename->setEnabled(ids.size() == 1);
    actions_->link_selected->setEnabled(ids.size() == 2);
    actions_->group->setEnabled(commands_->can_group());
    actions_->zone->setEnabled(commands_->can_zone());
    for (QAction* action : {actions_->align_left, actions_->align_center, actions_->align_right,
                            actions_->align_top, actions_->align_middle, actions_->align_bottom}) {
        action->setEnabled(ids.size() > 1);
    }
    actions_->distribute_across->setEnabled(ids.size() > 2);
    actions_->distribute_down->setEnabled(ids.size() > 2);
}

void MainWindow::show_problems() {
    const auto& problems = checker_->problems();
    QHash<QString, int> marks;
    for (const designer::Problem& problem : problems) {
        for (const Id& item : problem.items) {
            const auto known = marks.constFind(to_q(item));
            const int severity = static_cast<int>(problem.severity);
            if (known == marks.constEnd() || *known > severity) {
                marks[to_q(item)] = severity;
            }
        }
    }
    canvas_->set_problems(marks);
    properties_->set_problems(problems);
    problems_dock_->setWindowTitle(problems.empty() ? tr("Problems")
                                                    : tr("Problems (%1)").arg(problems.size()));
    const auto count = [&](designer::Severity severity) {
        return static_cast<int>(
            std::count_if(problems.begin(), problems.end(),
                          [severity](const auto& problem) { return problem.severity == severity; }));
    };
    const int errors = count(designer::Severity::error);
    const int warnings = count(designer::Severity::warning);
    const char* picture = errors > 0         ? "error"
                          : warnings > 0     ? "warning"
                          : problems.empty() ? "check"
                                             : "info";
    problem_count_->setIcon(designer::themed_icon(picture, theme_->canvas_theme()));
    problem_count_->setText(problems.empty() ? tr("no problems")
                            : errors > 0     ? tr("%n error(s)", nullptr, errors)
                            : warnings > 0   ? tr("%n warning(s)", nullptr, warnings)
                                             : tr("%n note(s)", nullptr, static_cast<int>(problems.size())));
}

void MainWindow::restore_places() {
    QSettings settings;
    resize(default_size);
    restoreGeometry(settings.value(geometry_key).toByteArray());
    restoreState(settings.value(docks_key).toByteArray(), docks_version);
    actions_->mini_map->setChecked(settings.value(mini_map_key, false).toBool());
    const QStringList labels = settings.value(labels_key, QStringList{"addresses", "rates"}).toStringList();
    actions_->label_addresses->setChecked(labels.contains("addresses"));
    actions_->label_interfaces->setChecked(labels.contains("interfaces"));
    actions_->label_rates->setChecked(labels.contains("rates"));
}

void MainWindow::keep_places() {
    QSettings settings;
    settings.setValue(geometry_key, saveGeometry());
    settings.setValue(docks_key, saveState(docks_version));
    settings.setValue(mini_map_key, actions_->mini_map->isChecked());
    QStringList labels;
    if (actions_->label_addresses->isChecked()) {
        labels << "addresses";
    }
    if (actions_->label_interfaces->isChecked()) {
        labels << "interfaces";
    }
    if (actions_->label_rates->isChecked()) {
        labels << "rates";
    }
    settings.setValue(labels_key, labels);
    settings.setValue(last_file_key, session_->file());
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!may_close_) {
        event->ignore();
        if (session_->may_discard()) {
            // Once this event is over: a window that is closing ignores being closed again.
            lab_desk_->leave_then([this] {
                may_close_ = true;
                QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection);
            });
        }
        return;
    }
    keep_places();
    session_->give_up_unsaved();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls() && event->mimeData()->urls().front().isLocalFile()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event) {
    const auto urls = event->mimeData()->urls();
    if (!urls.isEmpty() && urls.front().isLocalFile()) {
        event->acceptProposedAction();
        const QString file = urls.front().toLocalFile();
        InspectorWindow::is_capture(file) ? inspect(file) : open_file(file);
    }
}

} // namespace fulcrum::window
