#include "app/window/dialogs/help_dialogs.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QMessageBox>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "app/window/theme.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

namespace {

class HelpText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::HelpText)
};

QString row(const QString& keys, const QString& what) {
    return QStringLiteral(
               "<tr><td style='padding:2px 24px 2px 0'><b>%1</b></td><td style='padding:2px 0'>%2</td></tr>")
        .arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
}

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

void show_shortcuts(const QList<ActionGroup>& groups, QWidget* parent) {
    QString html;
    for (const ActionGroup& group : groups) {
        QString rows;
        for (const QAction* action : group.actions) {
            if (!action->shortcut().isEmpty()) {
                QStringList keys;
                for (const QKeySequence& sequence : action->shortcuts()) {
                    keys << sequence.toString(QKeySequence::NativeText);
                }
                rows += row(keys.join(", "), action->text().remove('&').remove(QStringLiteral("…")));
            }
        }
        if (!rows.isEmpty()) {
            html += QStringLiteral("<h3>%1</h3><table>%2</table>")
                        .arg(QString(group.title).remove('&').toHtmlEscaped(), rows);
        }
    }
    html += QStringLiteral("<h3>%1</h3><table>").arg(HelpText::tr("On the canvas"));
    html += row(HelpText::tr("Arrows"),
                HelpText::tr("Move the selection, with Shift by single pixels; without a selection: pan"));
    html += row(HelpText::tr("Tab, Shift+Tab"), HelpText::tr("Next, previous item"));
    html += row(HelpText::tr("Return"),
                HelpText::tr("Edit the item; on a client of a running lab: send a request"));
    html += row(HelpText::tr("Menu key, Shift+F10"), HelpText::tr("Context menu of the item"));
    html += row(HelpText::tr("L"), HelpText::tr("Link the two selected items"));
    html += row(HelpText::tr("R"), HelpText::tr("Turn segments: lying or standing"));
    html += row(HelpText::tr("F"), HelpText::tr("Show the whole drawing"));
    html += row(HelpText::tr("+, -"), HelpText::tr("Zoom"));
    html += row(HelpText::tr("Esc"), HelpText::tr("Put the tool away; clear the selection"));
    html += row(HelpText::tr("Ctrl+wheel"), HelpText::tr("Zoom"));
    html += row(HelpText::tr("Space or middle button"), HelpText::tr("Hold to pan"));
    html += QStringLiteral("</table>");

    QDialog dialog(parent);
    dialog.setWindowTitle(HelpText::tr("Keyboard shortcuts"));
    auto* text = new QTextBrowser(&dialog);
    text->setHtml(html);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, &dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    auto* column = new QVBoxLayout(&dialog);
    column->addWidget(text);
    column->addWidget(buttons);
    dialog.resize(560, 620);
    dialog.exec();
}

} // namespace fulcrum::window
