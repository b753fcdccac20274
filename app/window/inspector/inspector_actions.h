// What can be done in an inspector window, as actions with their words, pictures and keys, and the menus and
// the tool bar made of them. What an action does is connected by the window.
#pragma once

#include <QHash>
#include <QObject>

class QAction;
class QKeySequence;
class QMainWindow;
class QMenu;
class QToolBar;

namespace fulcrum::window {

class Theme;

class InspectorActions : public QObject {
    Q_OBJECT
public:
    InspectorActions(const Theme* theme, QMainWindow* window); // fills the window's menu bar

    // File
    QAction *open, *reload, *save, *save_copy, *export_shown, *export_selected, *close;
    // Edit
    QAction *find, *find_next, *find_previous, *go_to, *first, *last, *comment, *file_comment;
    // View
    QAction *time_since_first, *time_since_before, *time_of_day, *colors, *color_rules;
    QAction *show_packets, *show_conversations, *show_http, *show_charts;
    // Analyse
    QAction *filter, *clear_filter, *follow, *filter_conversation, *file_facts;

    QMenu* analyse() const { return analyse_; } // other windows add what they make of a packet
    QToolBar* make_tool_bar();
    // Without an open file there is little to do; without a packet with a stream, nothing to follow.
    void enable(bool has_file, bool has_packet, bool has_stream);

private:
    QAction* make(const QString& text, const char* icon, const QKeySequence& keys, const QString& hint = {});
    QMenu* make_menu(const QString& title, const QList<QAction*>& actions); // null: a separator
    void dress();

    const Theme* theme_;
    QMainWindow* window_;
    QMenu* analyse_ = nullptr;
    QHash<QAction*, QString> icons_;
};

} // namespace fulcrum::window
