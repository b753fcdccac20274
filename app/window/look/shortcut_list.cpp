#include "app/window/look/shortcut_list.h"

#include <QAction>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "app/window/look/action_set.h"

namespace fulcrum::window {

namespace {

QString row(const QString& keys, const QString& what) {
    return QStringLiteral(
               "<tr><td style='padding:2px 24px 2px 0'><b>%1</b></td><td style='padding:2px 0'>%2</td></tr>")
        .arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
}

QString rows_of(const KeyGroup& group) {
    QString rows;
    for (const QAction* action : group.actions) {
        if (!action->shortcut().isEmpty()) {
            QStringList keys;
            for (const QKeySequence& sequence : action->shortcuts()) {
                keys << sequence.toString(QKeySequence::NativeText);
            }
            rows += row(keys.join(", "), plain_text_of(action->text()));
        }
    }
    for (const auto& [keys, what] : group.keys) {
        rows += row(keys, what);
    }
    return rows;
}

} // namespace

void show_shortcuts(const QList<KeyGroup>& groups, QWidget* parent) {
    QString html;
    for (const KeyGroup& group : groups) {
        if (const QString rows = rows_of(group); !rows.isEmpty()) {
            html += QStringLiteral("<h3>%1</h3><table>%2</table>").arg(group.title.toHtmlEscaped(), rows);
        }
    }
    QDialog dialog(parent);
    dialog.setObjectName("shortcuts");
    dialog.setWindowTitle(QCoreApplication::translate("fulcrum::window::HelpText", "Keyboard shortcuts"));
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
