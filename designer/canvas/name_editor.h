// A line, or for notes a small page, that opens over an item's name: Return or a click elsewhere takes it,
// Escape leaves the name as it was.
#pragma once

#include <QPlainTextEdit>
#include <functional>

namespace fulcrum::designer {

class NameEditor : public QPlainTextEdit {
    Q_OBJECT
public:
    // `where` in the parent's pixels; several lines: Ctrl+Return takes it, Return breaks the line.
    NameEditor(QWidget* parent, const QRect& where, const QString& text, bool several_lines,
               std::function<void(const QString&)> take);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void finish(bool take_it);

    bool several_lines_;
    bool finished_ = false;
    QString before_;
    std::function<void(const QString&)> take_;
};

} // namespace fulcrum::designer
