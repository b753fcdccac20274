// D1, D2, D3, D6, D7, D8: from an empty sheet to an answered request by mouse and keyboard, and back to the
// empty sheet.
#include <QAbstractItemModel>
#include <QComboBox>
#include <QLineEdit>
#include <QTest>
#include <QTreeWidget>
#include <QUndoStack>
#include <gtest/gtest.h>
#include <signal.h>

#include "app/window/find_bar.h"
#include "app/window/info_bar.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/lab/request_desk.h"
#include "app/window/panels/flows_model.h"
#include "app/window/qt_text.h"
#include "app/window/window_actions.h"
#include "designer/checks/checks.h"
#include "designer/templates/templates.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/running_labs.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using window::LabPhase;

namespace {

class Drawing : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        driver = std::make_unique<WindowDriver>(home);
        driver->show(Document{});
    }
    void undo_everything() {
        int steps = 0;
        while (driver->window().editor()->undo_stack()->canUndo()) {
            driver->window().actions()->undo->trigger();
            ASSERT_LT(++steps, 200);
        }
    }

    FreshHome home;
    std::unique_ptr<WindowDriver> driver;
};

} // namespace

TEST_F(Drawing, FromAnEmptySheetToAnAnswerAndBack) {
    const Id segment = driver->place("segment", {500, 330});
    const Id client = driver->place("client", {150, 190});
    const Id router = driver->place("router", {360, 190});
    const Id se = driver->place("se", {560, 190});
    const Id first = driver->place("server", {380, 470});
    const Id second = driver->place("server", {560, 470});
    for (const Id& node : {router, se, first, second}) {
        driver->link(node, segment);
    }
    driver->link(client, router);
    const Id service = driver->place("vip", driver->pixel_of(segment));
    driver->canvas().fit();
    EXPECT_EQ(driver->document().nodes.size(), 6U);
    for (const Link& link : driver->document().links) {
        EXPECT_TRUE(link.a.address || link.b.address) << "addresses come by themselves";
    }

    driver->canvas().select({service});
    driver->choose("Mode", "In-line routed");
    ASSERT_EQ(driver->document().service(service)->mode, Mode::in_line);
    for (const Problem& problem : check(driver->document())) {
        EXPECT_NE(problem.severity, Severity::error) << problem.id << ": " << problem.why;
    }
    driver->picture("drawn");

    if (const std::string why = why_no_lab(); !why.empty()) {
        undo_everything();
        EXPECT_EQ(driver->document(), Document{});
        GTEST_SKIP() << "launching: " << why;
    }
    window::LabController& controller = *driver->window().controller();
    auto* launch = driver->window().findChild<QAbstractButton*>("launch_button");
    QTest::mouseClick(launch, Qt::LeftButton);
    ASSERT_TRUE(driver->wait(30000, [&] { return controller.phase() == LabPhase::running; }));
    EXPECT_EQ(launch->text(), "Stop");

    driver->window().show_panel("flows");
    window::FlowsModel& flows = *driver->window().flows();
    QString told;
    bool good = false;
    int answers = 0;
    QObject::connect(driver->window().requests(), &window::RequestDesk::answered, driver->window().requests(),
                     [&](bool was_good, const QString& summary) {
                         good = was_good;
                         told = summary;
                         ++answers;
                     });
    // The servers may still be waiting for their first health check.
    ASSERT_TRUE(driver->wait(20000, [&] {
        const int before = answers;
        driver->canvas().select({client}, false);
        driver->canvas().setFocus();
        QTest::keyClick(&driver->canvas(), Qt::Key_Return);
        return driver->wait(5000, [&] { return answers > before; }) && good;
    })) << told.toStdString();
    EXPECT_TRUE(told.contains("server")) << told.toStdString();

    ASSERT_TRUE(driver->wait(5000, [&] { return flows.rowCount() > 0; }));
    const window::FlowRow& row = flows.row(flows.rowCount() - 1);
    EXPECT_EQ(row.flow.mode, Mode::in_line);
    EXPECT_EQ(row.flow.client, row.flow.source) << "in-line: the server sees the client itself";
    EXPECT_EQ(row.flow.vip, *driver->document().service(service)->vip);
    QTest::qWait(700); // the path is drawn
    driver->picture("running");

    QTest::mouseClick(launch, Qt::LeftButton);
    ASSERT_TRUE(driver->wait(20000, [&] { return controller.phase() == LabPhase::none; }));
    EXPECT_EQ(launch->text(), "Launch");
    undo_everything();
    EXPECT_EQ(driver->document(), Document{});
}

TEST_F(Drawing, ALabThatIsKilledIsNoticedAtOnce) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    auto drawing = make_template("in-line");
    ASSERT_TRUE(drawing);
    driver->show(*drawing);
    window::LabController& controller = *driver->window().controller();
    int supervisor = 0;
    QObject::connect(
        &controller, &window::LabController::polled, &controller,
        [&](const window::LabSnapshotPtr& snapshot) { supervisor = snapshot->status.supervisor_pid; });
    driver->window().actions()->launch->trigger();
    ASSERT_TRUE(driver->wait(30000, [&] { return supervisor > 0; }));
    QString lost;
    QObject::connect(&controller, &window::LabController::lost, &controller,
                     [&](const QString& why) { lost = why; });
    ::kill(supervisor, SIGKILL);
    EXPECT_TRUE(driver->wait(2000, [&] { return controller.phase() == LabPhase::none; }));
    EXPECT_FALSE(lost.isEmpty());
}

TEST_F(Drawing, ALabOutlivesItsWindowAndIsFoundAgain) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    auto drawing = make_template("in-line");
    ASSERT_TRUE(drawing);
    drawing->name = "found-again";
    driver->show(*drawing);
    driver->window().actions()->launch->trigger();
    ASSERT_TRUE(
        driver->wait(30000, [&] { return driver->window().controller()->phase() == LabPhase::running; }));
    const QString lab = driver->window().controller()->lab();
    int asked = 0;
    answer_next("leave_lab", "Leave it running", &asked);
    driver->window().close();
    EXPECT_TRUE(driver->wait(5000, [&] { return !driver->window().isVisible(); }));
    EXPECT_EQ(asked, 1);

    driver = std::make_unique<WindowDriver>(home);
    driver->show(Document{});
    window::LabController& controller = *driver->window().controller();
    QStringList running;
    controller.find_running(&controller, [&](const QStringList& labs) { running = labs; });
    ASSERT_TRUE(driver->wait(5000, [&] { return running.contains(lab); }));
    bool polled = false;
    QObject::connect(
        &controller, &window::LabController::polled, &controller,
        [&](const window::LabSnapshotPtr& snapshot) { polled = snapshot->status.nodes.size() == 7; });
    driver->window().attach(lab);
    EXPECT_TRUE(driver->wait(5000, [&] { return polled; }));
    EXPECT_EQ(driver->document().nodes, drawing->nodes);

    // The drawing may move on while the lab runs; the bar says so, and undoing it takes the bar away.
    auto* bar = driver->window().findChild<window::InfoBar*>("info_bar");
    ASSERT_NE(bar, nullptr);
    Document changed = driver->document();
    changed.links.front().mtu_bytes = 1400;
    driver->window().editor()->edit(changed, "MTU");
    EXPECT_TRUE(driver->wait(3000, [&] { return bar->isVisible() && bar->text().contains("differs"); }));
    driver->window().actions()->undo->trigger();
    EXPECT_TRUE(driver->wait(3000, [&] { return !bar->isVisible(); }));

    driver->window().actions()->launch->trigger(); // Stop
    EXPECT_TRUE(driver->wait(20000, [&] { return controller.phase() == LabPhase::none; }));
}

TEST_F(Drawing, AFixIsOneStepThatCanBeUndone) {
    auto drawing = make_template("in-line");
    ASSERT_TRUE(drawing);
    // Two servers with one address.
    std::vector<LinkEnd*> ends;
    for (Link& link : drawing->links) {
        for (LinkEnd* end : {&link.a, &link.b}) {
            const Node* node = drawing->node(end->node);
            if (node->kind == NodeKind::server) {
                ends.push_back(end);
            }
        }
    }
    ends.at(1)->address = ends.at(0)->address;
    driver->show(*drawing);
    auto* list = driver->window().findChild<QTreeWidget*>("problem_list");
    ASSERT_NE(list, nullptr);
    const auto row_of = [&](const QString& id) -> QTreeWidgetItem* {
        const auto rows = list->findItems(id, Qt::MatchExactly, list->columnCount() - 1);
        return rows.isEmpty() ? nullptr : rows.front();
    };
    ASSERT_TRUE(driver->wait(5000, [&] { return row_of("duplicate-address") != nullptr; }));
    const Document before = driver->document();
    auto* fix = qobject_cast<QAbstractButton*>(list->itemWidget(row_of("duplicate-address"), 3));
    ASSERT_NE(fix, nullptr) << "a duplicate address can be mended";
    QTest::mouseClick(fix, Qt::LeftButton);
    EXPECT_TRUE(driver->wait(3000, [&] { return row_of("duplicate-address") == nullptr; }));
    EXPECT_EQ(driver->window().editor()->undo_stack()->count(), 1);
    driver->window().actions()->undo->trigger();
    EXPECT_EQ(driver->document(), before);
    EXPECT_TRUE(driver->wait(5000, [&] { return row_of("duplicate-address") != nullptr; }));
}

TEST_F(Drawing, WhatIsTypedWrongIsMarkedAndNotApplied) {
    auto drawing = make_template("in-line");
    ASSERT_TRUE(drawing);
    driver->show(*drawing);
    driver->canvas().select({driver->document().services.front().id});
    QLineEdit* vip = nullptr;
    for (QLineEdit* field : driver->window().findChildren<QLineEdit*>()) {
        if (field->accessibleName() == "VIP" && field->isVisible()) {
            vip = field;
        }
    }
    ASSERT_NE(vip, nullptr);
    const auto before = driver->document();
    vip->setFocus();
    vip->selectAll();
    QTest::keyClicks(vip, "10.1.1.999");
    QTest::keyClick(vip, Qt::Key_Return);
    EXPECT_TRUE(vip->property("refused").toBool());
    EXPECT_EQ(driver->document(), before);
    vip->selectAll();
    QTest::keyClicks(vip, "10.1.1.99");
    QTest::keyClick(vip, Qt::Key_Return);
    EXPECT_FALSE(vip->property("refused").toBool());
    EXPECT_EQ(driver->document().services.front().vip, IpAddress::parse("10.1.1.99"));
    EXPECT_EQ(driver->window().editor()->undo_stack()->count(), 1) << "one change is one step";
}

TEST_F(Drawing, FindLooksAtNamesAndAddresses) {
    const auto drawing = make_template("in-line");
    ASSERT_TRUE(drawing);
    const auto names = [&](const char* text) {
        std::vector<std::string> found;
        for (const Id& id : window::find_items(*drawing, text)) {
            found.push_back(drawing->node(id) != nullptr ? drawing->node(id)->name : id);
        }
        return found;
    };
    EXPECT_EQ(names("SERVER2"), std::vector<std::string>{"server2"});
    EXPECT_EQ(names("172.16.1.10/"), std::vector<std::string>{"client1"});
    EXPECT_EQ(names("10.1.1.100").size(), 1U);
    EXPECT_TRUE(names("no such thing").empty());
}

TEST_F(Drawing, LightAndDarkCanBeLookedAt) {
    auto drawing = make_template("in-line");
    ASSERT_TRUE(drawing);
    driver->show(*drawing);
    driver->canvas().select({driver->document().services.front().id}, false);
    driver->window().actions()->theme_light->trigger();
    QTest::qWait(400);
    driver->picture("in-line");
    driver->window().actions()->theme_dark->trigger();
    QTest::qWait(200);
    driver->picture("in-line-dark");
    driver->window().actions()->theme_system->trigger();
}
