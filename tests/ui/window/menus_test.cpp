// Keys and letters of the menus: each leads to one thing.
#include <QApplication>
#include <QMenuBar>
#include <gtest/gtest.h>
#include <map>

#include "app/window/inspector/inspector_window.h"
#include "app/window/window_actions.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;

namespace {

// The letter behind a single '&'; none: a null character.
QChar letter_of(const QString& text) {
    for (qsizetype i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == u'&' && text[++i] != u'&') {
            return text[i].toLower();
        }
    }
    return {};
}

// What is enabled together must not share a letter: the second one would take two strokes.
void expect_own_letters(const QList<QAction*>& actions, const QString& where) {
    std::map<QChar, QString> taken;
    for (const QAction* action : actions) {
        const QChar letter = letter_of(action->text());
        if (action->isSeparator() || letter.isNull()) {
            continue;
        }
        const auto [at, fresh] = taken.try_emplace(letter, action->text());
        EXPECT_TRUE(fresh) << where.toStdString() << ": \"" << at->second.toStdString() << "\" and \""
                           << action->text().toStdString() << '"';
        if (const QMenu* menu = action->menu()) {
            expect_own_letters(menu->actions(), action->text());
        }
    }
}

void expect_own_keys(const QWidget& window) {
    std::map<QString, QString> taken;
    for (const QAction* action : window.findChildren<QAction*>()) {
        for (const QKeySequence& keys : action->shortcuts()) {
            const auto [at, fresh] = taken.try_emplace(keys.toString(), action->text());
            EXPECT_TRUE(fresh) << keys.toString().toStdString() << ": \"" << at->second.toStdString()
                               << "\" and \"" << action->text().toStdString() << '"';
        }
    }
}

class Menus : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        driver = std::make_unique<WindowDriver>(home);
    }
    FreshHome home;
    std::unique_ptr<WindowDriver> driver;
};

} // namespace

TEST_F(Menus, LettersAndKeysOfTheMainWindowAreDistinct) {
    window::MainWindow& window = driver->window();
    for (const auto what : {window::WindowActions::LaunchAs::launch, window::WindowActions::LaunchAs::stop}) {
        window.actions()->set_launch(what);
        expect_own_letters(window.menuBar()->actions(), "menu bar");
    }
    expect_own_keys(window);
}

TEST_F(Menus, LettersAndKeysOfTheInspectorAreDistinct) {
    window::Theme theme(qApp);
    window::InspectorWindow inspector(&theme);
    inspector.setAttribute(Qt::WA_DeleteOnClose, false);
    expect_own_letters(inspector.menuBar()->actions(), "menu bar");
    expect_own_keys(inspector);
}
