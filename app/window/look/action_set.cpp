#include "app/window/look/action_set.h"

#include <QMenuBar>

#include "app/window/theme.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

QString plain_text_of(const QString& action_text) {
    return QString(action_text).remove('&').remove(QStringLiteral("…"));
}

ActionSet::ActionSet(const Theme* theme, QWidget* window) : QObject(window), theme_(theme), window_(window) {
    connect(theme_, &Theme::changed, this, &ActionSet::dress);
}

QAction* ActionSet::make(const QString& text, const char* icon, const QKeySequence& keys,
                         const QString& hint) {
    auto* action = new QAction(text, window_);
    action->setShortcut(keys);
    const QString name = plain_text_of(text);
    const QString words = hint.isEmpty() ? name : hint;
    action->setToolTip(keys.isEmpty()
                           ? words
                           : QStringLiteral("%1 (%2)").arg(words, keys.toString(QKeySequence::NativeText)));
    action->setStatusTip(words);
    action->setIconText(name);
    if (icon != nullptr) {
        set_icon(action, icon);
    }
    window_->addAction(action);
    return action;
}

QAction* ActionSet::make_toggle(const QString& text, const char* icon, const QKeySequence& keys,
                                const QString& hint) {
    QAction* action = make(text, icon, keys, hint);
    action->setCheckable(true);
    return action;
}

void ActionSet::set_icon(QAction* action, const char* icon) {
    icons_.insert(action, icon);
    action->setIcon(designer::themed_icon(icon, theme_->canvas_theme()));
}

QMenu* ActionSet::make_menu(const QString& title, const QList<QAction*>& actions) {
    auto* menu = new QMenu(title, window_);
    KeyGroup group{.title = plain_text_of(title)};
    for (QAction* action : actions) {
        if (action == nullptr) {
            menu->addSeparator();
        } else {
            menu->addAction(action);
            group.actions << action;
        }
    }
    menus_ << menu;
    keys_ << group;
    return menu;
}

void ActionSet::fill(QMenuBar* bar) const {
    for (QMenu* menu : menus_) {
        bar->addMenu(menu);
    }
}

void ActionSet::dress() {
    for (auto icon = icons_.begin(); icon != icons_.end(); ++icon) {
        icon.key()->setIcon(designer::themed_icon(icon.value(), theme_->canvas_theme()));
    }
}

} // namespace fulcrum::window
