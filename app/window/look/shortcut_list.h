// Which key does what in a window, as a list to read.
#pragma once

#include <QList>
#include <QString>
#include <utility>

class QAction;
class QWidget;

namespace fulcrum::window {

struct KeyGroup {
    QString title;
    QList<QAction*> actions;                 // those without a key are left out
    QList<std::pair<QString, QString>> keys; // of what is no action: key, what it does
};

void show_shortcuts(const QList<KeyGroup>& groups, QWidget* parent);

} // namespace fulcrum::window
