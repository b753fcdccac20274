#include "app/window/inspector/comment_dialog.h"

#include <QDialogButtonBox>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace fulcrum::window {

CommentDialog::CommentDialog(const QString& title, const QString& text, QWidget* parent)
    : QDialog(parent), text_(new QPlainTextEdit(text, this)) {
    setWindowTitle(title);
    auto* told = new QLabel(tr("Ctrl+Return accepts. Saved with the file (Ctrl+S)."), this);
    text_->setTabChangesFocus(true);
    text_->setAccessibleName(title);
    text_->moveCursor(QTextCursor::End);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(told);
    column->addWidget(text_);
    column->addWidget(buttons);
    text_->setFocus();
}

void CommentDialog::keyPressEvent(QKeyEvent* event) {
    const bool is_return = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (is_return && event->modifiers().testFlag(Qt::ControlModifier)) {
        accept();
    } else {
        QDialog::keyPressEvent(event);
    }
}

std::optional<QString> CommentDialog::ask(const QString& title, const QString& text, QWidget* parent) {
    CommentDialog dialog(title, text, parent);
    return dialog.exec() == Accepted ? std::optional(dialog.text()->toPlainText()) : std::nullopt;
}

} // namespace fulcrum::window
