// Asks for a comment, of any number of lines: Return begins a line, Ctrl+Return accepts, Tab leaves the text.
#pragma once

#include <QDialog>
#include <optional>

class QPlainTextEdit;

namespace fulcrum::window {

class CommentDialog : public QDialog {
    Q_OBJECT
public:
    // The text as it is left; none when the person thought better of it.
    static std::optional<QString> ask(const QString& title, const QString& text, QWidget* parent);

    CommentDialog(const QString& title, const QString& text, QWidget* parent);
    QPlainTextEdit* text() const { return text_; }

protected:
    void keyPressEvent(QKeyEvent* event) override; // what the text leaves over

private:
    QPlainTextEdit* text_;
};

} // namespace fulcrum::window
