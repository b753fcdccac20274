#include "designer/canvas/name_editor.h"

#include <QKeyEvent>

namespace fulcrum::designer {

NameEditor::NameEditor(QWidget* parent, const QRect& where, const QString& text, bool several_lines,
                       std::function<void(const QString&)> take)
    : QPlainTextEdit(text, parent), several_lines_(several_lines), before_(text), take_(std::move(take)) {
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(several_lines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    setTabChangesFocus(true);
    if (!several_lines) {
        setLineWrapMode(QPlainTextEdit::NoWrap);
    }
    const int line = fontMetrics().height() + 12;
    const QSize size(std::max(where.width() + 24, 140),
                     several_lines ? std::max(where.height(), 4 * line) : line);
    setGeometry(QRect(QPoint(where.center().x() - size.width() / 2, where.top() - 4), size));
    selectAll();
    show();
    setFocus();
}

void NameEditor::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) {
        finish(false);
        return;
    }
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && (!several_lines_ || (event->modifiers() & Qt::ControlModifier) != 0)) {
        finish(true);
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void NameEditor::focusOutEvent(QFocusEvent* event) {
    QPlainTextEdit::focusOutEvent(event);
    if (event->reason() != Qt::PopupFocusReason) { // its own context menu
        finish(true);
    }
}

void NameEditor::finish(bool take_it) {
    if (finished_) {
        return;
    }
    finished_ = true;
    const QString text = several_lines_ ? toPlainText() : toPlainText().simplified();
    hide();
    if (take_it && text != before_ && !text.trimmed().isEmpty()) {
        take_(text);
    }
    if (parentWidget() != nullptr) {
        parentWidget()->setFocus();
    }
    deleteLater();
}

} // namespace fulcrum::designer
