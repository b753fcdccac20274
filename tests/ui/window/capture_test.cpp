// P1, P2: captures opened out of the main window, and one that is seen while it runs.
#include <QApplication>
#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <gtest/gtest.h>

#include "app/window/dialogs/capture_dialog.h"
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
        QSettings().remove("capture"); // settings stay where they were for all tests of a program
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
    // Fills in the next Capture dialog, and begins as soon as its filter is found good.
    void answer_capture_dialog(const std::function<void(window::CaptureDialog&)>& fill) {
        auto* poll = new QTimer(qApp);
        bool filled = false;
        QObject::connect(poll, &QTimer::timeout, qApp, [poll, fill, filled]() mutable {
            auto* dialog = qobject_cast<window::CaptureDialog*>(QApplication::activeModalWidget());
            if (dialog == nullptr) {
                return;
            }
            if (!std::exchange(filled, true)) {
                fill(*dialog);
            }
            auto* begin = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
            if (begin->isEnabled()) {
                poll->stop();
                poll->deleteLater();
                begin->click();
            }
        });
        poll->start(20);
    }
    static void choose_link(window::CaptureDialog& dialog, const QString& end) {
        dialog.findChild<QCheckBox*>("capture_all_links")->setChecked(false);
        auto* links = dialog.findChild<QListWidget*>("capture_links");
        for (int i = 0; i < links->count(); ++i) {
            links->item(i)->setCheckState(links->item(i)->text() == end ? Qt::Checked : Qt::Unchecked);
        }
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

TEST_F(Captures, TheDialogHasWhatTheCommandHasAndRemembersIt) {
    window::Theme theme(qApp);
    const QStringList ends{"client1:eth0", "se1:eth0", "se1:eth1"};
    window::CaptureDialog first("lab", ends, &theme);
    first.show();
    QPushButton* begin = first.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    ASSERT_TRUE(driver->wait(20000, [&] { return begin->isEnabled(); }));
    const cli::CaptureArguments proposed = first.order();
    EXPECT_EQ(proposed.lab, "lab");
    EXPECT_TRUE(proposed.output.ends_with("/lab.pcapng"));
    EXPECT_TRUE(proposed.links.empty() && proposed.filter.empty() && proposed.ring.empty());
    EXPECT_EQ(proposed.snaplen_bytes, cli::CaptureArguments().snaplen_bytes);
    EXPECT_EQ(proposed.seconds, 0);

    // Tab goes down the dialog.
    int last = -1;
    for (const char* name : {"capture_file", "capture_all_links", "capture_links", "capture_filter",
                             "capture_cuts", "capture_is_ring", "capture_has_limit"}) {
        int steps = 0;
        const QWidget* at = first.findChild<QLineEdit*>("capture_file");
        for (; at->objectName() != name && steps < 100; ++steps) {
            at = at->nextInFocusChain();
        }
        EXPECT_GT(steps, last) << name;
        EXPECT_LT(steps, 100) << name;
        last = steps;
    }

    auto* filter = first.findChild<QLineEdit*>("capture_filter");
    auto* fault = first.findChild<QLabel*>("capture_filter_fault");
    filter->setText("tcp prt 80");
    ASSERT_TRUE(driver->wait(20000, [&] { return fault->isVisible(); })) << "said while it is typed";
    EXPECT_FALSE(begin->isEnabled());
    filter->setText("tcp port 80");
    ASSERT_TRUE(driver->wait(20000, [&] { return begin->isEnabled(); }));
    EXPECT_FALSE(fault->isVisible());
    choose_link(first, "nobody");
    EXPECT_FALSE(begin->isEnabled()) << "of no link there is nothing to capture";
    choose_link(first, "se1:eth1");
    first.findChild<QLineEdit*>("capture_file")->setText(path("some.pcapng"));
    first.findChild<QCheckBox*>("capture_cuts")->setChecked(true);
    first.findChild<QCheckBox*>("capture_is_ring")->setChecked(true);
    first.findChild<QCheckBox*>("capture_has_limit")->setChecked(true);
    driver->picture_of(first, "capture");
    begin->click();
    EXPECT_EQ(first.result(), QDialog::Accepted);

    const window::CaptureDialog again("lab", ends, &theme);
    const cli::CaptureArguments order = again.order();
    EXPECT_EQ(order.links, std::vector<std::string>{"se1:eth1"});
    EXPECT_EQ(order.filter, "tcp port 80");
    EXPECT_EQ(order.snaplen_bytes, 256U);
    EXPECT_EQ(order.ring, "64Mx4");
    EXPECT_EQ(order.seconds, 60);
    EXPECT_EQ(order.output, path("lab.pcapng").toStdString()) << "the folder is the last one";
    const window::CaptureDialog other("other", {"client1:eth0"}, &theme);
    EXPECT_TRUE(other.order().links.empty()) << "another lab has not that link";
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
    answer_capture_dialog([&](window::CaptureDialog& dialog) {
        EXPECT_TRUE(dialog.order().links.empty()) << "all of them, unless something else is chosen";
        dialog.findChild<QLineEdit*>("capture_file")->setText(file);
    });
    window.actions()->capture->trigger();
    auto* capture = window.findChild<window::CaptureSession*>();
    ASSERT_NE(capture, nullptr);
    ASSERT_TRUE(driver->wait(20000, [&] { return capture->is_running(); }));
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

    EXPECT_TRUE(capture->is_running());
    inspector->actions()->stop->trigger();
    EXPECT_FALSE(capture->is_running()) << "Stop ends the capture itself";
    EXPECT_TRUE(driver->wait(20000, [&] { return !inspector->file()->is_loading(); }));
    EXPECT_FALSE(inspector->file()->damage());

    // One link, some packets, their beginnings, a ring, and an end by itself.
    answer_capture_dialog([&](window::CaptureDialog& dialog) {
        dialog.findChild<QLineEdit*>("capture_file")->setText(path("part.pcapng"));
        choose_link(dialog, "client1:eth0");
        dialog.findChild<QLineEdit*>("capture_filter")->setText("tcp port 80");
        dialog.findChild<QCheckBox*>("capture_cuts")->setChecked(true);
        dialog.findChild<QSpinBox*>("capture_snaplen")->setValue(100);
        dialog.findChild<QCheckBox*>("capture_is_ring")->setChecked(true);
        dialog.findChild<QCheckBox*>("capture_has_limit")->setChecked(true);
        dialog.findChild<QDoubleSpinBox*>("capture_seconds")->setValue(2);
    });
    QSignalSpy finished(capture, &window::CaptureSession::finished);
    window.actions()->capture->trigger();
    ASSERT_TRUE(driver->wait(20000, [&] { return capture->is_running(); }));
    window.actions()->send_request->trigger();
    ASSERT_TRUE(driver->wait(20000, [&] { return finished.count() > 0; })) << "its time is over";
    EXPECT_FALSE(capture->is_running());
    const QString part = finished.front().front().toStringList().back();
    EXPECT_EQ(part, path("part-00001.pcapng"));
    const auto written = capture::CaptureFile::open(part.toStdString());
    ASSERT_TRUE(written);
    (*written)->load();
    {
        const capture::CaptureFile::Reading reading(**written);
        ASSERT_EQ(reading.interfaces().size(), 1U);
        EXPECT_EQ(reading.interfaces().front().name, "client1:eth0");
        EXPECT_EQ(reading.interfaces().front().snaplen_bytes, 100U);
    }
    EXPECT_GT((*written)->size(), 5U);
    for (std::size_t i = 0; i < (*written)->size(); ++i) {
        EXPECT_LE((*written)->packet(i).bytes.size(), 100U);
        EXPECT_TRUE((*written)->record(i).has(capture::Protocol::tcp)) << i;
    }
    controller.stop();
    EXPECT_TRUE(driver->wait(20000, [&] { return controller.phase() == LabPhase::none; }));
}
