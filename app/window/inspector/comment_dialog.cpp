#include "app/window/inspector/comment_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QShortcut>
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
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter}) {
        connect(new QShortcut(Qt::CTRL | key, this), &QShortcut::activated, this, &QDialog::accept);
    }
    auto* column = new QVBoxLayout(this);
    column->addWidget(told);
    column->addWidget(text_);
    column->addWidget(buttons);
    text_->setFocus();
}

std::optional<QString> CommentDialog::ask(const QString& title, const QString& text, QWidget* parent) {
    CommentDialog dialog(title, text, parent);
    return dialog.exec() == Accepted ? std::optional(dialog.text()->toPlainText()) : std::nullopt;
}

} // namespace fulcrum::window
