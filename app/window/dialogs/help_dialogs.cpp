#include "app/window/dialogs/help_dialogs.h"

#include <QCoreApplication>
#include <QMessageBox>

#include "app/window/theme.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

namespace {

class HelpText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::HelpText)
};

} // namespace

void show_about(const Theme* theme, QWidget* parent) {
    QMessageBox box(parent);
    box.setWindowTitle(HelpText::tr("About Fulcrum"));
    box.setIconPixmap(designer::themed_icon("fulcrum", theme->canvas_theme()).pixmap(64, 64));
    box.setText(QStringLiteral("<h3>Fulcrum %1</h3>").arg(QCoreApplication::applicationVersion()));
    box.setInformativeText(HelpText::tr("<p>Draw a load-balancer network, launch it as real Linux network "
                                        "namespaces, send real traffic through our "
                                        "own engine, and see every packet.</p><p>Free software under the GNU "
                                        "General Public License, version 3 or "
                                        "later. It comes without any warranty.</p>"));
    box.exec();
}

QList<KeyGroup> keys_of_places() {
    KeyGroup canvas{.title = HelpText::tr("On the canvas")};
    canvas.keys = {
        {HelpText::tr("Arrows"),
         HelpText::tr("Move the selection, with Shift by single pixels; without a selection: pan")},
        {HelpText::tr("Tab, Shift+Tab"), HelpText::tr("Next, previous item")},
        {HelpText::tr("Return"), HelpText::tr("Edit the item; on a client of a running lab: send a request")},
        {HelpText::tr("Menu key, Shift+F10"), HelpText::tr("Context menu of the item")},
        {HelpText::tr("L"), HelpText::tr("Link the two selected items")},
        {HelpText::tr("R"), HelpText::tr("Turn segments: lying or standing")},
        {HelpText::tr("F"), HelpText::tr("Show the whole drawing")},
        {HelpText::tr("+, -"), HelpText::tr("Zoom")},
        {HelpText::tr("Esc"), HelpText::tr("Put the tool away; clear the selection")},
        {HelpText::tr("Ctrl+wheel"), HelpText::tr("Zoom")},
        {HelpText::tr("Space or middle button"), HelpText::tr("Hold to pan")},
    };
    KeyGroup playback{.title = HelpText::tr("While a capture is played")};
    playback.keys = {
        {HelpText::tr("Space"), HelpText::tr("Play or pause")},
        {HelpText::tr("Left, Right"), HelpText::tr("One packet back, one on")},
        {HelpText::tr("Home, End"), HelpText::tr("The first packet, the last")},
        {HelpText::tr("Up, Down"), HelpText::tr("Faster, slower")},
        {HelpText::tr("Return"), HelpText::tr("The packet in the inspector")},
        {HelpText::tr("Esc"), HelpText::tr("End the playback")},
    };
    KeyGroup ladder{.title = HelpText::tr("On a ladder")};
    ladder.keys = {
        {HelpText::tr("Up, Down, Home, End"), HelpText::tr("From arrow to arrow")},
        {HelpText::tr("Return"), HelpText::tr("The arrow's packet in the inspector")},
        {HelpText::tr("+, -, 0"), HelpText::tr("Larger, smaller, its own size")},
    };
    return {canvas, playback, ladder};
}

} // namespace fulcrum::window
