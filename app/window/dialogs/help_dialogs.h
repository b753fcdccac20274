// About this program, and which key does what.
#pragma once

#include <QAction>
#include <QList>
#include <QWidget>

namespace fulcrum::window {

class Theme;

void show_about(const Theme* theme, QWidget* parent);

// The shortcuts of `actions`, by the menu they are in, and the keys of the canvas.
struct ActionGroup {
    QString title;
    QList<QAction*> actions;
};
void show_shortcuts(const QList<ActionGroup>& groups, QWidget* parent);

} // namespace fulcrum::window
