#include "app/window/inspector/inspector_actions.h"

#include <QActionGroup>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>

namespace fulcrum::window {

InspectorActions::InspectorActions(const Theme* theme, QMainWindow* window) : ActionSet(theme, window) {
    open = make(tr("&Open capture…"), "open", QKeySequence::Open, tr("Open a pcap or pcapng file"));
    reload = make(tr("&Reload"), "restart", QKeySequence("Ctrl+R"), tr("Read the file again"));
    stop =
        make(tr("S&top the capture"), "stop", QKeySequence("Ctrl+."), tr("No more packets; those here stay"));
    stop->setIconText(tr("Stop"));
    save = make(tr("&Save comments"), "save", QKeySequence::Save, tr("Save the comments into the file"));
    save_copy = make(tr("Save a &copy…"), nullptr, QKeySequence("Ctrl+Shift+S"),
                     tr("All packets, with the comments"));
    export_shown = make(tr("Export &displayed packets…"), "export", QKeySequence("Ctrl+E"), tr("As pcapng"));
    export_selected =
        make(tr("Export se&lected packets…"), nullptr, QKeySequence("Ctrl+Shift+E"), tr("As pcapng"));
    close = make(tr("Clos&e"), nullptr, QKeySequence::Close);
    make_menu(tr("&File"), {open, reload, stop, nullptr, save, save_copy, nullptr, export_shown,
                            export_selected, nullptr, close});

    find =
        make(tr("&Find…"), "search", QKeySequence::Find, tr("Find a packet, and leave the others in sight"));
    find_next = make(tr("Find &next"), nullptr, QKeySequence("F3"));
    find_previous = make(tr("Find &previous"), nullptr, QKeySequence("Shift+F3"));
    go_to = make(tr("&Go to packet…"), nullptr, QKeySequence("Ctrl+G"));
    first = make(tr("F&irst packet"), nullptr, QKeySequence("Ctrl+Home"));
    last = make(tr("&Last packet"), nullptr, QKeySequence("Ctrl+End"));
    comment = make(tr("&Comment on the packet…"), "comment", QKeySequence("Ctrl+Alt+C"));
    comment->setIconText(tr("Comment"));
    file_comment = make(tr("Comment on the fil&e…"), nullptr, {});
    make_menu(tr("&Edit"),
              {find, find_next, find_previous, nullptr, go_to, first, last, nullptr, comment, file_comment});

    time_since_first = make_toggle(tr("Since the &first packet"), nullptr, {});
    time_since_before = make_toggle(tr("Since the row &above"), nullptr, {});
    time_of_day = make_toggle(tr("&Time of day"), nullptr, {});
    auto* times = new QActionGroup(this);
    for (QAction* action : {time_since_first, time_since_before, time_of_day}) {
        times->addAction(action);
    }
    colors = make_toggle(tr("&Colours"), nullptr, {}, tr("Colour the rows by rules"));
    color_rules = make(tr("Colour &rules…"), nullptr, {});
    keep_to_end = make_toggle(tr("Keep to the &newest"), "newest", QKeySequence("Ctrl+Shift+End"),
                              tr("Stay at the end of the list while a capture runs"));
    keep_to_end->setIconText(tr("Newest"));
    show_packets = make(tr("&Packets"), nullptr, QKeySequence("Ctrl+1"));
    show_conversations = make(tr("Con&versations"), nullptr, QKeySequence("Ctrl+2"));
    show_http = make(tr("&HTTP requests"), nullptr, QKeySequence("Ctrl+3"));
    show_charts = make(tr("Ch&arts"), nullptr, QKeySequence("Ctrl+4"));
    QMenu* view = make_menu(tr("&View"), {show_packets, show_conversations, show_http, show_charts, nullptr,
                                          keep_to_end, nullptr, colors, color_rules});
    QMenu* time = view->addMenu(tr("&Time column"));
    time->addActions(times->actions());

    filter = make(tr("&Display filter"), nullptr, QKeySequence("Ctrl+L"), tr("Go to the filter line"));
    clear_filter =
        make(tr("&Clear the filter"), nullptr, QKeySequence("Ctrl+Backspace"), tr("Show all packets"));
    follow = make(tr("&Follow stream"), "stream", QKeySequence("Ctrl+Alt+F"),
                  tr("What both ends of the packet's stream said"));
    filter_conversation = make(tr("Filter to this c&onversation"), "filter", QKeySequence("Ctrl+Shift+L"),
                               tr("Only packets of the packet's stream"));
    filter_conversation->setIconText(tr("This stream"));
    compare = make(tr("Co&mpare with another capture…"), "compare", QKeySequence("Ctrl+Alt+M"),
                   tr("Figures and requests of both, side by side"));
    file_facts = make(tr("A&bout this file…"), "info", QKeySequence("Ctrl+I"),
                      tr("Interfaces, drops and comments of the capture"));
    file_facts->setIconText(tr("File"));
    analyse_ = make_menu(tr("&Analyse"), {filter, clear_filter, nullptr, follow, filter_conversation, nullptr,
                                          compare, file_facts});
    shortcuts = make(tr("&Keyboard shortcuts"), nullptr, QKeySequence::HelpContents);
    make_menu(tr("&Help"), {shortcuts});
    fill(window->menuBar());
    set_following(false);
}

QToolBar* InspectorActions::make_tool_bar() {
    auto* bar = new QToolBar(tr("Tool bar"), window());
    bar->setObjectName("inspector_tool_bar");
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    bar->setIconSize({20, 20});
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->addActions({open, reload, save, stop, keep_to_end});
    bar->addSeparator();
    bar->addActions({find, follow, filter_conversation, comment});
    bar->addSeparator();
    bar->addActions({export_shown, file_facts});
    export_shown->setIconText(tr("Export"));
    open->setIconText(tr("Open"));
    save->setIconText(tr("Save"));
    return bar;
}

void InspectorActions::enable(bool has_file, bool has_packet, bool has_stream) {
    for (QAction* action : {export_shown, find, find_next, find_previous, go_to, first, last, file_comment,
                            clear_filter, compare, file_facts}) {
        action->setEnabled(has_file);
    }
    for (QAction* action : {reload, save_copy}) {
        action->setEnabled(has_file && !follows_);
    }
    for (QAction* action : {comment, export_selected}) {
        action->setEnabled(has_packet);
    }
    for (QAction* action : {follow, filter_conversation}) {
        action->setEnabled(has_stream);
    }
}

void InspectorActions::set_following(bool follows) {
    follows_ = follows;
    stop->setVisible(follows);
    keep_to_end->setVisible(follows);
}

} // namespace fulcrum::window
