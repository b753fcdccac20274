// P1, P2: captures opened out of the main window, and one that is seen while it runs.
#include <QApplication>
#include <QDropEvent>
#include <QFileDialog>
#include <QLineEdit>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <gtest/gtest.h>

#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/inspector_actions.h"
#include "app/window/inspector/inspector_window.h"
#include "app/window/inspector/packet_table.h"
#include "app/window/inspector/packets_page.h"
#include "app/window/lab/capture_session.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/window_actions.h"
#include "designer/document/file.h"
#include "designer/templates/templates.h"
#include "tests/ui/window/capture_of_drawing.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/running_labs.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using window::InspectorWindow;
using window::LabPhase;

namespace {

class Captures : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        driver = std::make_unique<WindowDriver>(home);
        driver->show(*designer::make_template("in-line"));
    }
    void TearDown() override {
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            if (auto* inspector = qobject_cast<InspectorWindow*>(widget)) {
                inspector->close();
            }
        }
    }
    QString path(const QString& name) const { return folder.filePath(name); }
    QString capture_file() const {
        write_capture(path("lab.pcapng"),
                      {{"client1:eth0", true, 0, "192.168.1.101", "10.1.1.100", 40000, 53}});
        return path("lab.pcapng");
    }
    // The inspector that shows this file with at least so many packets; null: it did not come.
    InspectorWindow* inspector_of(const QString& file, int packets) {
        InspectorWindow* found = nullptr;
        driver->wait(20000, [&] {
            for (QWidget* widget : QApplication::topLevelWidgets()) {
                auto* one = qobject_cast<InspectorWindow*>(widget);
                if (one != nullptr && one->isVisible() && one->file()->path() == file &&
                    one->packets()->table()->rowCount() >= packets) {
                    found = one;
                }
            }
            return found != nullptr;
        });
        return found;
    }
    void answer_file_dialog(const QString& file) {
        auto* poll = new QTimer(qApp);
        QObject::connect(poll, &QTimer::timeout, qApp, [poll, file] {
            if (auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget())) {
                poll->stop();
                poll->deleteLater();
                dialog->findChild<QLineEdit*>()->setText(file);
                static_cast<QDialog*>(dialog)->accept();
            }
        });
        poll->start(20);
    }
    void drop_on_canvas(const QString& file) {
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file)});
        QWidget* canvas = driver->canvas().viewport();
        QDragEnterEvent enter(QPoint(200, 150), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(canvas, &enter);
        EXPECT_TRUE(enter.isAccepted());
        QDropEvent drop(QPointF(200, 150), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(canvas, &drop);
    }

    FreshHome home;
    QTemporaryDir folder;
    std::unique_ptr<WindowDriver> driver;
};

} // namespace

TEST_F(Captures, AFileDraggedOntoTheDrawingIsOpenedAsWhatItIs) {
    drop_on_canvas(capture_file());
    EXPECT_NE(inspector_of(path("lab.pcapng"), 1), nullptr);
    EXPECT_EQ(driver->document().name, "in-line") << "the drawing stays";
    ASSERT_TRUE(
        designer::save_document(*designer::make_template("l2-dsr"), path("other.fulcrum").toStdString()));
    drop_on_canvas(path("other.fulcrum"));
    EXPECT_TRUE(driver->wait(10000, [&] { return driver->document().name == "l2-dsr"; }));
}

TEST_F(Captures, TheMenuOpensTheInspectorOnce) {
    const QString file = capture_file();
    answer_file_dialog(file);
    driver->window().actions()->inspect->trigger();
    InspectorWindow* inspector = inspector_of(file, 1);
    ASSERT_NE(inspector, nullptr);
    // A packet of the same capture is shown there, not in a window more.
    emit driver->window().packet_wanted(inspector->file()->capture(), 0);
    int windows = 0;
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        windows += qobject_cast<InspectorWindow*>(widget) != nullptr && widget->isVisible() ? 1 : 0;
    }
    EXPECT_EQ(windows, 1);
    EXPECT_EQ(inspector->packets()->current(), 0U);
}

TEST_F(Captures, ACaptureOfARunningLabIsSeenWhileItRuns) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    window::MainWindow& window = driver->window();
    window::LabController& controller = *window.controller();
    window.actions()->launch->trigger();
    ASSERT_TRUE(driver->wait(30000, [&] { return controller.phase() == LabPhase::running; }));
    const QString file = path("running.pcapng");
    answer_file_dialog(file);
    window.actions()->capture->trigger();
    window.actions()->send_request->trigger();
    InspectorWindow* inspector = inspector_of(file, 10);
    ASSERT_NE(inspector, nullptr) << "opened by itself";
    EXPECT_TRUE(inspector->file()->is_following());
    inspector->apply_filter("http.request");
    window::PacketTable& table = *inspector->packets()->table();
    ASSERT_TRUE(driver->wait(20000, [&] { return !table.is_filtering() && table.rowCount() > 0; }));
    const int requests = table.rowCount();
    window.actions()->send_request->trigger();
    EXPECT_TRUE(driver->wait(20000, [&] { return table.rowCount() > requests; })) << "and so is the next one";

    auto* capture = window.findChild<window::CaptureSession*>();
    ASSERT_NE(capture, nullptr);
    EXPECT_TRUE(capture->is_running());
    inspector->actions()->stop->trigger();
    EXPECT_FALSE(capture->is_running()) << "Stop ends the capture itself";
    EXPECT_TRUE(driver->wait(20000, [&] { return !inspector->file()->is_loading(); }));
    EXPECT_FALSE(inspector->file()->damage());
    controller.stop();
    EXPECT_TRUE(driver->wait(20000, [&] { return controller.phase() == LabPhase::none; }));
}
