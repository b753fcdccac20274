// D2: unsaved work outlives a window that is killed, and is offered at the next start.
#include <QApplication>
#include <QDir>
#include <QDirIterator>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>
#include <cstdio>
#include <gtest/gtest.h>
#include <signal.h>

#include "app/window/main_window.h"
#include "app/window/recovery.h"
#include "app/window/window_actions.h"
#include "designer/canvas/document_editor.h"
#include "designer/edit/edit.h"
#include "tests/ui/window/crashing_window.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using namespace fulcrum::designer;

namespace {

Document drawn_before_the_crash() {
    Document document = add_node({}, NodeKind::client, {.x = 40, .y = 60});
    return add_node(document, NodeKind::segment, {.x = 100, .y = 200});
}

QStringList kept_drawings(const QString& home) {
    QStringList files;
    QDirIterator each(home, {"*.fulcrum"}, QDir::Files, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        files << each.next();
    }
    return files;
}

} // namespace

int run_crashing_window() {
    window::Theme theme(qApp);
    window::MainWindow main_window(&theme, window::Programs());
    main_window.show();
    main_window.editor()->reset(Document{});
    main_window.editor()->edit(drawn_before_the_crash(), "draw");
    const QString home = qEnvironmentVariable("HOME");
    if (!QTest::qWaitFor([&] { return !kept_drawings(home).isEmpty(); }, 20000)) {
        return 1;
    }
    std::puts(crashing_window_is_ready);
    std::fflush(stdout);
    return QApplication::exec();
}

TEST(Recovery, KilledWindowsWorkIsOfferedAndComesBack) {
    if (!OwnDisplay::why_missing().empty()) {
        GTEST_SKIP() << OwnDisplay::why_missing();
    }
    const FreshHome home;
    QProcess first;
    first.start(QApplication::applicationFilePath(), {crashing_window_argument.data()});
    ASSERT_TRUE(first.waitForReadyRead(40000));
    ASSERT_TRUE(first.readAllStandardOutput().contains(crashing_window_is_ready));
    ::kill(static_cast<pid_t>(first.processId()), SIGKILL);
    ASSERT_TRUE(first.waitForFinished());
    ASSERT_EQ(kept_drawings(home.path()).size(), 1);

    int asked = 0;
    answer_next("recovery_offer", "Recover", &asked);
    WindowDriver second(home);
    second.window().open_at_start({});
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(second.document(), drawn_before_the_crash());
    EXPECT_TRUE(second.window().isWindowModified()) << "it was never saved, and says so";

    // The next start has nothing to offer: the work is in this window's hands now.
    const window::Recovery third;
    EXPECT_TRUE(third.lost().empty());
}

TEST(Recovery, AWindowThatRunsIsNotLost) {
    const QTemporaryDir folder;
    window::Recovery alive(folder.path());
    ASSERT_TRUE(alive.keep(drawn_before_the_crash(), "/somewhere/a.fulcrum"));
    EXPECT_TRUE(window::Recovery(folder.path()).lost().empty());
}

TEST(Recovery, AProperEndLeavesNothing) {
    const QTemporaryDir folder;
    {
        window::Recovery recovery(folder.path());
        ASSERT_TRUE(recovery.keep(drawn_before_the_crash(), {}));
    }
    EXPECT_TRUE(QDir(folder.path()).isEmpty());
}
