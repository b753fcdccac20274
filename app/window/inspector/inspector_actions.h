// Everything that can be done in an inspector window, and the tool bar of it.
#pragma once

#include "app/window/look/action_set.h"

class QMainWindow;
class QToolBar;

namespace fulcrum::window {

class InspectorActions : public ActionSet {
    Q_OBJECT
public:
    InspectorActions(const Theme* theme, QMainWindow* window); // fills the window's menu bar

    // File
    QAction *open, *reload, *stop, *save, *save_copy, *export_shown, *export_selected, *close;
    // Edit
    QAction *find, *find_next, *find_previous, *go_to, *first, *last, *comment, *file_comment;
    // View
    QAction* keep_to_end;
    QAction *time_since_first, *time_since_before, *time_of_day, *colors, *color_rules;
    QAction *show_packets, *show_conversations, *show_http, *show_charts;
    // Analyse
    QAction *filter, *clear_filter, *follow, *filter_conversation, *compare, *file_facts;
    // Help
    QAction* shortcuts;

    QMenu* analyse() const { return analyse_; } // other windows add what they make of a packet
    QToolBar* make_tool_bar();
    // Without an open file there is little to do; without a packet with a stream, nothing to follow.
    void enable(bool has_file, bool has_packet, bool has_stream);
    // A file that grows is stopped, and seen at its end; it can be saved when it has its end.
    void set_following(bool follows);

private:
    QMenu* analyse_ = nullptr;
    bool follows_ = false;
};

} // namespace fulcrum::window
