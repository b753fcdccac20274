// Which action of the window does what.
#include <QDir>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QProcess>
#include <QStatusBar>
#include <QToolButton>

#include "app/window/dialogs/help_dialogs.h"
#include "app/window/document_session.h"
#include "app/window/drawing_commands.h"
#include "app/window/exporting.h"
#include "app/window/find_bar.h"
#include "app/window/info_bar.h"
#include "app/window/item_menu.h"
#include "app/window/lab/capture_session.h"
#include "app/window/lab/lab_desk.h"
#include "app/window/main_window.h"
#include "app/window/palette_panel.h"
#include "app/window/panels/charts_panel.h"
#include "app/window/panels/events_panel.h"
#include "app/window/panels/flows_panel.h"
#include "app/window/panels/problems_panel.h"
#include "app/window/properties/properties_panel.h"
#include "app/window/qt_text.h"
#include "app/window/recent_files.h"
#include "app/window/theme.h"
#include "app/window/window_actions.h"
#include "designer/canvas/minimap.h"

namespace fulcrum::window {

using designer::CanvasView;
using designer::DocumentEditor;
using designer::Id;

void MainWindow::connect_file() {
    const auto on = [this](QAction* action, auto done) { connect(action, &QAction::triggered, this, done); };
    on(actions_->new_drawing, [this] { new_from_gallery(); });
    on(actions_->new_window, [this] { QProcess::startDetached(programs_.path("fulcrum-window"), {}); });
    on(actions_->open, [this] {
        if (const QString file = session_->ask_for_file(); !file.isEmpty()) {
            open_file(file);
        }
    });
    on(actions_->save, [this] { session_->save(); });
    on(actions_->save_as, [this] { session_->save_as(); });
    const auto stem = [this] { return QFileInfo(session_->title()).completeBaseName(); };
    on(actions_->export_picture,
       [this, stem] { export_picture(editor_->document(), theme_->canvas_theme(), stem(), this); });
    on(actions_->export_script, [this, stem] { export_plan_script(editor_->document(), stem(), this); });
    on(actions_->quit, [this] { close(); });
    on(actions_->about, [this] { show_about(theme_, this); });
    on(actions_->shortcuts, [this] { show_shortcuts(actions_->keys() + keys_of_places(), this); });
    connect(actions_->recent, &QMenu::aboutToShow, this, &MainWindow::fill_recent);
    connect(session_, &DocumentSession::file_changed, this, &MainWindow::show_title);
    connect(session_, &DocumentSession::dirty_changed, this, &MainWindow::show_title);
    connect(session_, &DocumentSession::autosave_failed, this, [this](const QString& why) {
        statusBar()->showMessage(tr("Unsaved work could not be kept safe: %1").arg(why), 10000);
    });
    connect(editor_, &DocumentEditor::changed, this, [this](const designer::Change& change) {
        if (change.header) {
            show_title(); // an untitled drawing is called by its name
        }
    });
}

void MainWindow::fill_recent() {
    actions_->recent->clear();
    const QStringList files = RecentFiles::list();
    for (const QString& file : files) {
        actions_->recent->addAction(QDir::toNativeSeparators(file), this, [this, file] { open_file(file); });
    }
    if (files.isEmpty()) {
        actions_->recent->addAction(tr("No drawing was opened yet"))->setEnabled(false);
        return;
    }
    actions_->recent->addSeparator();
    actions_->recent->addAction(tr("&Forget them"), [] { RecentFiles::clear(); });
}

void MainWindow::connect_edit() {
    const auto on = [this](QAction* action, auto done) { connect(action, &QAction::triggered, this, done); };
    on(actions_->cut, [this] { canvas_->cut(); });
    on(actions_->copy, [this] { canvas_->copy(); });
    on(actions_->paste, [this] { canvas_->paste(); });
    on(actions_->duplicate, [this] { canvas_->duplicate_selected(); });
    on(actions_->remove, [this] { canvas_->delete_selected(); });
    on(actions_->select_all, [this] { canvas_->select_all(); });
    on(actions_->rename, [this] { canvas_->rename_selected(); });
    on(actions_->find, [this] { find_bar_->open(); });
    connect(find_bar_, &FindBar::found, this, [this](const Id& id) { canvas_->select({id}); });
    connect(find_bar_, &FindBar::closed, canvas_, qOverload<>(&QWidget::setFocus));

    on(actions_->link_selected, [this] { canvas_->link_selected(); });
    on(actions_->turn, [this] { canvas_->turn_selected(); });
    on(actions_->group, [this] { commands_->group_selected(); });
    on(actions_->zone, [this] { commands_->zone_of_selected(); });
    on(actions_->add_servers, [this] { commands_->generate(designer::NodeKind::server); });
    on(actions_->add_ses, [this] { commands_->generate(designer::NodeKind::se); });
    on(actions_->add_clients, [this] { commands_->generate(designer::NodeKind::client); });
    on(actions_->align_left, [this] { canvas_->align(Qt::LeftEdge); });
    on(actions_->align_right, [this] { canvas_->align(Qt::RightEdge); });
    on(actions_->align_top, [this] { canvas_->align(Qt::TopEdge); });
    on(actions_->align_bottom, [this] { canvas_->align(Qt::BottomEdge); });
    on(actions_->align_center, [this] { canvas_->align_centres(Qt::Vertical); });
    on(actions_->align_middle, [this] { canvas_->align_centres(Qt::Horizontal); });
    on(actions_->distribute_across, [this] { canvas_->distribute(Qt::Horizontal); });
    on(actions_->distribute_down, [this] { canvas_->distribute(Qt::Vertical); });
    on(actions_->search_palette, [this] {
        show_panel("palette");
        palette_panel_->focus_search();
    });

    connect(actions_->link_tool, &QAction::toggled, this, [this](bool active) {
        canvas_->set_link_tool(active);
        if (active) {
            palette_panel_->set_armed({});
        }
    });
    connect(palette_panel_, &PalettePanel::armed, this, [this](const QString& entry) {
        actions_->link_tool->setChecked(false);
        canvas_->arm(entry);
    });
    // The canvas puts a tool away when it has done its work, and on Escape.
    const auto put_away = [this] {
        palette_panel_->set_armed({});
        actions_->link_tool->setChecked(false);
    };
    connect(canvas_, &CanvasView::status_hint, this, [this, put_away](const QString& hint) {
        hint_->setText(hint);
        if (hint.isEmpty()) {
            put_away();
        }
    });
    connect(editor_, &DocumentEditor::changed, this, [this](const designer::Change& change) {
        if (!change.only_moves()) {
            palette_panel_->set_armed({});
            hint_->clear(); // what it asked for is done
        }
    });
    connect(commands_, &DrawingCommands::told, hint_, &QLabel::setText);
    connect(canvas_, &CanvasView::selection_changed, this, &MainWindow::show_selection);
    connect(checker_, &ProblemChecker::checked, this, &MainWindow::show_problems);
    connect(problems_, &ProblemsPanel::pointed_at, this,
            [this](const std::vector<Id>& items) { canvas_->select(items); });
}

void MainWindow::connect_view() {
    const auto on = [this](QAction* action, auto done) { connect(action, &QAction::triggered, this, done); };
    constexpr double step = 1.25;
    on(actions_->zoom_in, [this] { canvas_->zoom_by(step); });
    on(actions_->zoom_out, [this] { canvas_->zoom_by(1 / step); });
    on(actions_->zoom_actual, [this] { canvas_->set_zoom(1); });
    on(actions_->fit, [this] { canvas_->fit(); });
    on(actions_->properties, [this] {
        show_panel("properties");
        properties_->focus_first_field();
    });
    connect(actions_->mini_map, &QAction::toggled, mini_map_, &QWidget::setVisible);
    mini_map_->hide();
    const auto show_labels = [this] {
        canvas_->set_labels(actions_->label_addresses->isChecked(), actions_->label_interfaces->isChecked(),
                            actions_->label_rates->isChecked());
    };
    for (QAction* action : {actions_->label_addresses, actions_->label_interfaces, actions_->label_rates}) {
        connect(action, &QAction::toggled, this, show_labels);
    }
    const auto show_zoom = [this] {
        zoom_->setText(QStringLiteral("%1 %").arg(qRound(canvas_->zoom() * 100)));
    };
    connect(canvas_, &CanvasView::zoom_changed, this, show_zoom);
    show_zoom();
    connect(zoom_, &QToolButton::clicked, actions_->zoom_actual, &QAction::trigger);
    connect(problem_count_, &QToolButton::clicked, this, [this] {
        show_panel("problems");
        problems_->focus_first();
    });

    (theme_->choice() == ThemeChoice::light  ? actions_->theme_light
     : theme_->choice() == ThemeChoice::dark ? actions_->theme_dark
                                             : actions_->theme_system)
        ->setChecked(true);
    on(actions_->theme_system, [this] { theme_->choose(ThemeChoice::system); });
    on(actions_->theme_light, [this] { theme_->choose(ThemeChoice::light); });
    on(actions_->theme_dark, [this] { theme_->choose(ThemeChoice::dark); });
    connect(theme_, &Theme::changed, this, [this] {
        canvas_->set_theme(theme_->canvas_theme());
        show_problems();
    });
}

void MainWindow::connect_lab() {
    const auto on = [this](QAction* action, auto done) { connect(action, &QAction::triggered, this, done); };
    on(actions_->launch, [this] { lab_desk_->launch_or_stop(); });
    on(actions_->relaunch, [this] { lab_desk_->relaunch(); });
    on(actions_->running_labs, [this] { lab_desk_->show_running_labs(); });
    on(actions_->detach, [this] { controller_->detach(); });
    on(actions_->send_request, [this] { requests_->send({}, {}); });
    on(actions_->compare, [this] { requests_->open_compare(editor_->document()); });
    on(actions_->compare_runs, [this] { requests_->open_runs(); });
    on(actions_->load, [this] { requests_->open_load({}); });
    on(actions_->clear_path, [this] {
        requests_->clear_path();
        request_bar_->dismiss();
    });
    on(actions_->terminal, [this] { item_menu_->open_terminals(); });
    on(actions_->node_start, [this] { item_menu_->command_selected(NodeCommand::start); });
    on(actions_->node_stop, [this] { item_menu_->command_selected(NodeCommand::stop); });
    on(actions_->node_kill, [this] { item_menu_->command_selected(NodeCommand::kill); });
    on(actions_->link_cut, [this] { item_menu_->set_selected_links(false); });
    on(actions_->link_restore, [this] { item_menu_->set_selected_links(true); });
    connect(actions_->request_menu(), &QMenu::aboutToShow, this, &MainWindow::fill_request_menu);
    connect(lab_desk_, &LabDesk::problems_wanted, this, [this] {
        show_panel("problems");
        problems_->focus_first();
    });
    connect(controller_, &LabController::phase_changed, this, [this](LabPhase phase) {
        item_menu_->enable_lab_actions();
        if (phase != LabPhase::running) {
            capture_->stop(); // its taps would keep the lab's namespaces alive
        }
    });
    connect(canvas_, &CanvasView::context_menu_wanted, this,
            [this](const QString& id, const QPoint& global) { item_menu_->show(to_std(id), global); });
    connect(canvas_, &CanvasView::item_activated, this, [this](const QString& id) {
        const designer::Node* node = live_->drawing().node(to_std(id));
        if (node != nullptr && node->kind == designer::NodeKind::client && requests_->can_send()) {
            requests_->send(node->id, {});
        } else {
            actions_->properties->trigger();
        }
    });
    connect(flows_panel_, &FlowsPanel::flow_chosen, requests_, &RequestDesk::show_flow);
    connect(flows_panel_, &FlowsPanel::none_chosen, requests_, &RequestDesk::clear_path);
    connect(events_, &EventsPanel::node_chosen, this, [this](const QString& name) {
        for (const designer::Node& node : editor_->document().nodes) {
            if (to_q(node.name) == name) {
                canvas_->select({node.id});
            }
        }
    });
    item_menu_->enable_lab_actions();
}

void MainWindow::fill_request_menu() {
    QMenu* menu = actions_->request_menu();
    menu->clear();
    for (const RequestTarget& target : requests_->targets({})) {
        menu->addAction(target.label, this, [this, target] { requests_->send({}, target.service); });
    }
    if (menu->isEmpty()) {
        menu->addAction(tr("Launch the drawing first"))->setEnabled(false);
    }
}

} // namespace fulcrum::window
