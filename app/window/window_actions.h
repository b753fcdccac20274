// Everything that can be done in the main window, and the tool bar of it.
#pragma once

#include "app/window/look/action_set.h"

class QToolBar;
class QToolButton;
class QUndoStack;

namespace fulcrum::window {

class WindowActions : public ActionSet {
    Q_OBJECT
public:
    WindowActions(Theme* theme, QUndoStack* undo_stack, QWidget* window);

    // File
    QAction *new_drawing, *new_window, *open, *inspect, *play_capture, *save, *save_as, *export_picture,
        *export_script, *quit;
    QMenu* recent;
    // Edit
    QAction *undo, *redo, *cut, *copy, *paste, *duplicate, *remove, *select_all, *rename, *find;
    // Draw
    QAction *link_tool, *link_selected, *turn, *group, *zone, *add_servers, *add_ses, *add_clients,
        *search_palette;
    QAction *align_left, *align_center, *align_right, *align_top, *align_middle, *align_bottom;
    QAction *distribute_across, *distribute_down;
    // View
    QAction *zoom_in, *zoom_out, *zoom_actual, *fit, *mini_map, *properties, *routes;
    QAction *label_addresses, *label_interfaces, *label_rates;
    QAction *theme_system, *theme_light, *theme_dark;
    QMenu* panels; // the docks' own switches
    // Lab
    QAction* launch; // Launch, Cancel or Stop: see set_lab
    QAction *relaunch, *running_labs, *detach, *send_request, *compare, *load, *compare_runs, *capture,
        *ladder, *prove, *clear_path;
    QAction *terminal, *node_start, *node_stop, *node_kill, *link_cut, *link_restore;
    // Help
    QAction *shortcuts, *about;

    enum class LaunchAs { launch, cancel, stop };
    void set_launch(LaunchAs what);

    QToolBar* make_tool_bar(); // its request button gets `request_menu`
    QMenu* request_menu() const { return request_menu_; }

private:
    void make_file();
    void make_edit(QUndoStack* undo_stack);
    void make_draw();
    void make_view();
    void make_lab();
    void dress_launch();

    QMenu* request_menu_;
    QToolButton* launch_button_ = nullptr;
    LaunchAs launch_as_ = LaunchAs::launch;
};

} // namespace fulcrum::window
