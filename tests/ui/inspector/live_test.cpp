// P1, P2: a capture seen while it runs, and what takes long being cancelled.
#include <QFile>
#include <QScrollBar>
#include <QSignalSpy>
#include <QToolButton>

#include "app/window/inspector/conversations_page.h"
#include "app/window/inspector/inspector_actions.h"
#include "app/window/look/row_table.h"
#include "tests/ui/inspector/inspector_fixture.h"

using namespace fulcrum::window;

namespace {

class LiveInspector : public Inspector {
protected:
    bool grows_to(std::size_t packets) {
        return QTest::qWaitFor([&] { return !table().is_filtering() && table().shown() == packets; },
                               patience_ms);
    }
    QScrollBar& bar() { return *window->packets()->list()->verticalScrollBar(); }
    bool is_at_end() { return bar().maximum() > 0 && bar().value() == bar().maximum(); }
    InspectorActions& actions() { return *window->actions(); }
};

} // namespace

TEST_F(LiveInspector, RowsAppearWhileACaptureRunsUntilItIsStopped) {
    RunningCapture capture(path("live.pcapng").toStdString());
    ASSERT_TRUE(window->open_file(path("live.pcapng")));
    ASSERT_TRUE(window->file()->is_following());
    EXPECT_TRUE(actions().stop->isVisible());
    capture.write(300, 9000);
    ASSERT_TRUE(grows_to(300));
    EXPECT_EQ(cell(299, PacketTable::interface_column), "client1:eth0");
    EXPECT_TRUE(QTest::qWaitFor([&] { return is_at_end(); }, patience_ms)) << "the newest is in sight";
    EXPECT_TRUE(actions().keep_to_end->isChecked());
    picture("live");

    // Who scrolls up wants to read.
    bar().triggerAction(QAbstractSlider::SliderPageStepSub);
    const int reading_at = bar().value();
    EXPECT_FALSE(actions().keep_to_end->isChecked());
    capture.write(200, 9001);
    ASSERT_TRUE(grows_to(500));
    QTest::qWait(50);
    EXPECT_EQ(bar().value(), reading_at);
    actions().keep_to_end->trigger();
    EXPECT_TRUE(QTest::qWaitFor([&] { return is_at_end(); }, patience_ms));
    window->packets()->list()->setFocus();
    QTest::keyClick(window->packets()->list(), Qt::Key_Down);
    EXPECT_FALSE(actions().keep_to_end->isChecked()) << "a packet was chosen";

    type_filter("udp.dstport == 9001");
    ASSERT_TRUE(grows_to(200));
    capture.write(50, 9001);
    EXPECT_TRUE(grows_to(250)) << "the filter takes what comes";
    actions().show_conversations->trigger();
    window->conversations()->choose(fulcrum::capture::ConversationKind::udp);
    ConversationModel& talks = *window->conversations()->model();
    ASSERT_EQ(talks.rowCount(), 550);
    capture.write(7, 9002);
    EXPECT_TRUE(QTest::qWaitFor([&] { return talks.rowCount() == 557; }, patience_ms));
    EXPECT_TRUE(counts().contains(", 0 dropped")) << counts().toStdString();
    window->show_drops(12);
    EXPECT_TRUE(counts().contains(", 12 dropped"));

    window->file()->set_comments(3, {"kept until the end"});
    EXPECT_FALSE(actions().save->isEnabled()) << "whoever writes the file must not lose it";
    actions().stop->trigger();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !window->file()->is_loading(); }, patience_ms));
    EXPECT_FALSE(actions().stop->isVisible());
    EXPECT_TRUE(actions().save->isEnabled());
    EXPECT_FALSE(window->windowTitle().contains("running"));
    capture.write(5, 9000);
    QTest::qWait(200);
    EXPECT_EQ(window->file()->size(), 557U);
    window->file()->set_comments(3, {});
}

TEST_F(LiveInspector, ACaptureEndsWithItsWriterAndSaysWhatWasDropped) {
    RunningCapture capture(path("live.pcapng").toStdString());
    bool asked = false;
    InspectorWindow* live =
        InspectorWindow::inspect_live(path("live.pcapng"), &theme, [&asked] { asked = true; });
    capture.write(10, 9000);
    ASSERT_TRUE(QTest::qWaitFor([&] { return live->packets()->table()->shown() == 10; }, patience_ms));
    live->actions()->stop->trigger();
    EXPECT_TRUE(asked) << "whoever captures is asked to end it";
    QTest::qWait(100);
    EXPECT_TRUE(live->file()->is_following()) << "and the last packets are waited for";
    capture.write(2, 9000);
    capture.end(5);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !live->file()->is_loading(); }, patience_ms));
    EXPECT_EQ(live->findChild<QLabel*>("packet_counts")->text(), "12 packets, 5 dropped");
    EXPECT_EQ(live->banner(), "");
    live->close();
}

TEST_F(Inspector, LoadingIsCancelledAndTakenUpAgain) {
    constexpr std::uint32_t packets = 200'000;
    write_large_capture(path("large.pcapng").toStdString(), packets);
    auto* cancel = window->findChild<QToolButton*>("cancel");
    bool cancelled = false;
    for (int attempt = 0; attempt < 20 && !cancelled; ++attempt) { // a machine may load faster than we ask
        ASSERT_TRUE(window->open_file(path("large.pcapng")));
        cancel->click();
        ASSERT_TRUE(QTest::qWaitFor([&] { return !window->file()->is_loading(); }, patience_ms));
        cancelled = window->file()->capture()->progress().cancelled;
    }
    ASSERT_TRUE(cancelled);
    EXPECT_LT(window->file()->size(), packets);
    EXPECT_TRUE(window->banner().contains("cancelled")) << window->banner().toStdString();
    window->actions()->reload->trigger();
    EXPECT_TRUE(shows(packets));
}

TEST_F(Inspector, AnExportIsCancelledAndLeavesNothing) {
    write_large_capture(path("large.pcapng").toStdString(), 200'000);
    open(path("large.pcapng"));
    const QString out = path("part.pcapng");
    QSignalSpy cancelled(window->file(), &InspectedFile::export_cancelled);
    QSignalSpy exported(window->file(), &InspectedFile::exported);
    for (int attempt = 0; attempt < 20 && cancelled.isEmpty(); ++attempt) {
        QFile::remove(out);
        const auto done = exported.count();
        window->file()->export_packets(table().shown_packets(), out);
        window->findChild<QToolButton*>("cancel")->click();
        ASSERT_TRUE(
            QTest::qWaitFor([&] { return !cancelled.isEmpty() || exported.count() > done; }, patience_ms));
    }
    EXPECT_EQ(cancelled.count(), 1);
    EXPECT_FALSE(QFile::exists(out));
    EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files), QStringList{"large.pcapng"});
    EXPECT_FALSE(window->file()->is_exporting());
}
