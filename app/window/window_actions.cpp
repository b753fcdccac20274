#include "app/window/window_actions.h"

#include <QActionGroup>
#include <QPainter>
#include <QToolBar>
#include <QToolButton>
#include <QUndoStack>

#include "app/window/look/drawn_icon.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

// The picture on the launch button, in the colour of its words: an arrow to go, a square to stop, a cross to
// cancel.
QIcon launch_picture(WindowActions::LaunchAs what, const QColor& ink, qreal pixel_ratio) {
    return drawn_icon(24, ink, 2.4, pixel_ratio, [what](QPainter& painter) {
        switch (what) {
        case WindowActions::LaunchAs::launch:
            painter.drawPolygon(QPolygonF({{7, 5}, {19, 12}, {7, 19}}));
            break;
        case WindowActions::LaunchAs::stop:
            painter.drawRect(QRectF(6.5, 6.5, 11, 11));
            break;
        case WindowActions::LaunchAs::cancel:
            painter.drawLine(QPointF(7, 7), QPointF(17, 17));
            painter.drawLine(QPointF(17, 7), QPointF(7, 17));
            break;
        }
    });
}

} // namespace

WindowActions::WindowActions(Theme* theme, QUndoStack* undo_stack, QWidget* window)
    : ActionSet(theme, window), request_menu_(new QMenu(window)) {
    make_file();
    make_edit(undo_stack);
    make_draw();
    make_view();
    make_lab();
    shortcuts = make(tr("&Keyboard shortcuts"), "help", QKeySequence::HelpContents);
    about = make(tr("&About Fulcrum"), "fulcrum", {});
    make_menu(tr("&Help"), {shortcuts, nullptr, about});
    connect(theme, &Theme::changed, this, &WindowActions::dress_launch);
    set_launch(LaunchAs::launch);
}

void WindowActions::make_file() {
    new_drawing = make(tr("&New…"), "new", QKeySequence::New, tr("Start from a template or an empty sheet"));
    new_window = make(tr("New &window"), nullptr, QKeySequence("Ctrl+Shift+N"));
    open = make(tr("&Open…"), "open", QKeySequence::Open, tr("Open a drawing"));
    play_capture = make(tr("P&lay a capture…"), "launch", QKeySequence("Ctrl+Shift+O"),
                        tr("A pcap or pcapng file on the drawing, with a ladder of each of its requests"));
    inspect = make(tr("Open a ca&pture…"), "capture", QKeySequence("Ctrl+Alt+O"),
                   tr("The packets of a pcap or pcapng file, in a window of their own"));
    save = make(tr("&Save"), "save", QKeySequence::Save, tr("Save the drawing"));
    save_as = make(tr("Save &as…"), nullptr, QKeySequence("Ctrl+Shift+S"));
    export_picture =
        make(tr("Export as a pict&ure…"), "export", QKeySequence("Ctrl+E"), tr("As PNG, SVG or PDF"));
    export_script =
        make(tr("Export the plan as a s&cript…"), nullptr, {}, tr("As shell commands: ip, sysctl"));
    quit = make(tr("&Quit"), nullptr, QKeySequence::Quit);
    QMenu* menu =
        make_menu(tr("&File"), {new_drawing, new_window, nullptr, open, inspect, play_capture, nullptr, save,
                                save_as, nullptr, export_picture, export_script, nullptr, quit});
    recent = new QMenu(tr("Open &recent"), menu);
    menu->insertMenu(menu->actions().at(4), recent);
}

void WindowActions::make_edit(QUndoStack* undo_stack) {
    undo = undo_stack->createUndoAction(window(), tr("Undo"));
    redo = undo_stack->createRedoAction(window(), tr("Redo"));
    undo->setShortcut(QKeySequence::Undo);
    redo->setShortcuts({QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")});
    undo->setIconText(tr("Undo"));
    redo->setIconText(tr("Redo"));
    set_icon(undo, "undo");
    set_icon(redo, "redo");
    window()->addActions({undo, redo});
    cut = make(tr("Cu&t"), "cut", QKeySequence::Cut);
    copy = make(tr("&Copy"), "copy", QKeySequence::Copy);
    paste = make(tr("&Paste"), "paste", QKeySequence::Paste);
    duplicate = make(tr("&Duplicate"), "duplicate", QKeySequence("Ctrl+D"));
    remove = make(tr("De&lete"), "delete", QKeySequence::Delete);
    select_all = make(tr("Select &all"), "select", QKeySequence::SelectAll);
    rename = make(tr("&Rename"), "rename", QKeySequence("F2"));
    find = make(tr("&Find…"), "search", QKeySequence::Find, tr("Find items by name or address"));
    make_menu(tr("&Edit"), {undo, redo, nullptr, cut, copy, paste, duplicate, remove, nullptr, select_all,
                            rename, nullptr, find});
    // These keys belong to text fields and tables too: they act only while the canvas has the keyboard, and
    // the canvas handles them itself. Here they are shown, and act by a click.
    for (QAction* action : {cut, copy, paste, duplicate, remove, select_all, rename}) {
        action->setShortcutContext(Qt::WidgetShortcut);
    }
}

void WindowActions::make_draw() {
    link_tool = make_toggle(tr("&Link"), "link", QKeySequence("Ctrl+L"),
                            tr("Drag from one item to another to link them"));
    link_selected = make(tr("Lin&k the two selected"), nullptr, {}, tr("L on the canvas"));
    turn = make(tr("&Turn segments"), nullptr, {}, tr("Lying or standing; R on the canvas"));
    group = make(tr("&Group service engines"), "group", QKeySequence("Ctrl+G"),
                 tr("The selected SEs carry services together"));
    zone = make(tr("Make a &zone of segments"), "zone", QKeySequence("Ctrl+Shift+G"),
                tr("A VRF of the selected segments"));
    add_servers = make(tr("Add &servers…"), "server", {}, tr("Several servers on a segment"));
    add_ses = make(tr("Add service &engines…"), "se", {}, tr("Several service engines on a segment"));
    add_clients = make(tr("Add &clients…"), "client", {}, tr("Several clients on a segment"));
    search_palette = make(tr("Search the &palette"), nullptr, QKeySequence("Ctrl+K"));
    align_left = make(tr("Align &left"), "align-left", {});
    align_center = make(tr("Align ce&ntres"), "align-center", {});
    align_right = make(tr("Align &right"), "align-right", {});
    align_top = make(tr("Align &top"), "align-top", {});
    align_middle = make(tr("Align &middles"), "align-middle", {});
    align_bottom = make(tr("Align &bottom"), "align-bottom", {});
    distribute_across = make(tr("Distribute &across"), "distribute-horizontal", {});
    distribute_down = make(tr("Distribute &down"), "distribute-vertical", {});
    QMenu* menu = make_menu(tr("&Draw"), {search_palette, nullptr, link_tool, link_selected, turn, nullptr,
                                          add_servers, add_ses, add_clients, nullptr, group, zone, nullptr});
    QMenu* arrange = menu->addMenu(tr("&Arrange"));
    arrange->addActions({align_left, align_center, align_right});
    arrange->addSeparator();
    arrange->addActions({align_top, align_middle, align_bottom});
    arrange->addSeparator();
    arrange->addActions({distribute_across, distribute_down});
}

void WindowActions::make_view() {
    zoom_in = make(tr("Zoom &in"), "zoom-in", QKeySequence("Ctrl++"));
    zoom_in->setShortcuts({QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")});
    zoom_out = make(tr("Zoom &out"), "zoom-out", QKeySequence("Ctrl+-"));
    zoom_actual = make(tr("&Actual size"), nullptr, QKeySequence("Ctrl+0"));
    fit = make(tr("&Fit"), "fit", QKeySequence("Ctrl+9"), tr("Show the whole drawing"));
    mini_map = make_toggle(tr("&Mini-map"), "mini-map", QKeySequence("Ctrl+M"));
    properties = make(tr("&Edit properties"), "settings", QKeySequence("Alt+Return"),
                      tr("Go to the properties of the selection"));
    routes = make_toggle(tr("&Routes on the canvas"), nullptr, QKeySequence("Ctrl+Shift+R"),
                         tr("Who needs which route, as arrows on the drawing; why is in their tooltips"));
    label_addresses = make_toggle(tr("&Addresses"), nullptr, {});
    label_interfaces = make_toggle(tr("&Interfaces"), nullptr, {});
    label_rates = make_toggle(tr("&Rates"), nullptr, {});
    theme_system = make_toggle(tr("As the &desktop"), nullptr, {});
    theme_light = make_toggle(tr("&Light"), nullptr, {});
    theme_dark = make_toggle(tr("Dar&k"), nullptr, {});
    auto* themes = new QActionGroup(this);
    for (QAction* action : {theme_system, theme_light, theme_dark}) {
        themes->addAction(action);
    }
    QMenu* menu =
        make_menu(tr("&View"), {zoom_in, zoom_out, zoom_actual, fit, nullptr, routes, properties, mini_map});
    QMenu* labels = menu->addMenu(tr("&Labels"));
    labels->addActions({label_addresses, label_interfaces, label_rates});
    panels = menu->addMenu(tr("&Panels"));
    QMenu* looks = menu->addMenu(tr("&Theme"));
    looks->addActions({theme_system, theme_light, theme_dark});
}

void WindowActions::make_lab() {
    launch = make(tr("&Launch"), nullptr, QKeySequence("F5"));
    relaunch = make(tr("&Relaunch"), "restart", QKeySequence("Shift+F5"),
                    tr("Stop the lab and launch the drawing as it is now"));
    running_labs =
        make(tr("Running la&bs…"), nullptr, QKeySequence("Ctrl+R"), tr("Find a lab again, or stop one"));
    detach = make(tr("&Detach"), nullptr, {}, tr("Leave the lab running and go back to the drawing"));
    send_request = make(tr("&Send request"), "request", QKeySequence("F6"),
                        tr("From a client through the lab to a VIP"));
    compare = make(tr("&What did the server see?"), "compare", QKeySequence("Ctrl+F6"),
                   tr("The ways of keeping the client's address, side by side"));
    compare->setIconText(tr("Compare"));
    load = make(tr("L&oad…"), "load", QKeySequence("Shift+F6"), tr("Many requests from a client"));
    compare_runs = make(tr("Co&mpare two loads…"), nullptr, QKeySequence("Ctrl+Shift+F6"),
                        tr("Two loads side by side: before and after a change, or in two modes"));
    capture = make(tr("&Capture…"), "capture", QKeySequence("F7"),
                   tr("Packets of the lab's links into a pcapng file"));
    ladder = make(tr("L&adder"), "flows", QKeySequence("F4"),
                  tr("One request across all hops, and what each hop rewrote"));
    prove = make(tr("Pro&ve"), "check", QKeySequence("F9"),
                 tr("Real requests from every client to every service, each packet held against the plan"));
    clear_path = make(tr("Clear the pat&h"), nullptr, QKeySequence("Ctrl+Backspace"),
                      tr("Take the drawn request off the canvas"));
    terminal = make(tr("Open a term&inal"), "terminal", QKeySequence("F8"), tr("In the selected node"));
    terminal->setIconText(tr("Terminal"));
    node_start = make(tr("Start &node"), "power", {});
    node_stop = make(tr("Sto&p node"), "stop", {});
    node_kill = make(tr("&Kill node"), "kill", {});
    link_cut = make(tr("C&ut link"), "cut-link", {});
    link_restore = make(tr("R&estore link"), "restore-link", {});
    make_menu(tr("&Lab"), {launch,       relaunch,   nullptr,      send_request, compare,    load,
                           compare_runs, capture,    ladder,       prove,        clear_path, nullptr,
                           terminal,     node_start, node_stop,    node_kill,    nullptr,    link_cut,
                           link_restore, nullptr,    running_labs, detach});
}

void WindowActions::set_launch(LaunchAs what) {
    launch_as_ = what;
    switch (what) {
    case LaunchAs::launch:
        launch->setText(tr("&Launch"));
        launch->setToolTip(tr("Make the drawing a running lab (F5)"));
        break;
    case LaunchAs::cancel:
        launch->setText(tr("&Cancel"));
        launch->setToolTip(tr("Cancel the launch; nothing is left of it (F5)"));
        break;
    case LaunchAs::stop:
        launch->setText(tr("S&top"));
        launch->setToolTip(tr("Stop the lab (F5)"));
        break;
    }
    launch->setIconText(plain_text_of(launch->text()));
    dress_launch();
}

QToolBar* WindowActions::make_tool_bar() {
    auto* bar = new QToolBar(tr("Tool bar"), window());
    bar->setObjectName("tool_bar");
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    bar->setIconSize({20, 20});
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    launch_button_ = new QToolButton(bar);
    launch_button_->setObjectName("launch_button");
    launch_button_->setDefaultAction(launch);
    launch_button_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    launch_button_->setIconSize({24, 24});
    launch_button_->setCursor(Qt::PointingHandCursor);
    bar->addWidget(launch_button_);
    bar->addSeparator();
    bar->addActions({new_drawing, open, save});
    bar->addSeparator();
    bar->addActions({undo, redo});
    bar->addSeparator();
    bar->addActions({link_tool, find});
    bar->addSeparator();
    bar->addActions({zoom_out, zoom_in, fit});
    bar->addSeparator();
    bar->addAction(send_request);
    auto* request_button = qobject_cast<QToolButton*>(bar->widgetForAction(send_request));
    request_button->setMenu(request_menu_);
    request_button->setPopupMode(QToolButton::MenuButtonPopup);
    bar->addActions({compare, load, capture, prove, terminal});
    dress_launch();
    return bar;
}

void WindowActions::dress_launch() {
    const ThemeColors& colors = theme()->colors();
    const QColor ground = launch_as_ == LaunchAs::launch ? colors.good
                          : launch_as_ == LaunchAs::stop ? colors.error
                                                         : colors.warning;
    launch->setIcon(launch_picture(launch_as_, designer::ink_on(ground), window()->devicePixelRatioF()));
    if (launch_button_ == nullptr) {
        return;
    }
    launch_button_->setStyleSheet(
        QStringLiteral(
            "#launch_button { background: %1; color: %2; border: 1px solid %3; border-radius: 5px; "
            "font-weight: bold; font-size: 13pt; padding: 6px 16px 6px 12px; }"
            "#launch_button:hover { background: %4; } #launch_button:pressed { background: %3; }"
            "#launch_button:disabled { background: %5; color: %6; border-color: %5; }")
            .arg(ground.name(), designer::ink_on(ground).name(), ground.darker(120).name(),
                 ground.lighter(108).name(), colors.line.name(), colors.muted.name()));
}

} // namespace fulcrum::window
