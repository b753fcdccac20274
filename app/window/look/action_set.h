// What can be done in a window, as actions with their words, pictures and keys, and the menus made of them.
// What an action does is connected by whoever does it.
#pragma once

#include <QAction>
#include <QHash>
#include <QMenu>

#include "app/window/look/shortcut_list.h"

class QMenuBar;

namespace fulcrum::window {

class Theme;

class ActionSet : public QObject {
    Q_OBJECT
public:
    void fill(QMenuBar* bar) const;
    QList<KeyGroup> keys() const { return keys_; } // of the actions, by their menus

protected:
    ActionSet(const Theme* theme, QWidget* window);

    // The key works in the whole window, menu open or closed, and the tooltip names it.
    QAction* make(const QString& text, const char* icon, const QKeySequence& keys, const QString& hint = {});
    QAction* make_toggle(const QString& text, const char* icon, const QKeySequence& keys,
                         const QString& hint = {});
    void set_icon(QAction* action, const char* icon); // of the drawing's icons; it follows the theme
    QMenu* make_menu(const QString& title, const QList<QAction*>& actions); // null: a separator

    QWidget* window() const { return window_; }
    const Theme* theme() const { return theme_; }

private:
    void dress();

    const Theme* theme_;
    QWidget* window_;
    QHash<QAction*, QString> icons_;
    QList<QMenu*> menus_;
    QList<KeyGroup> keys_;
};

// "Open capture", of "&Open capture…".
QString plain_text_of(const QString& action_text);

} // namespace fulcrum::window
