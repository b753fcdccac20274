// Full proxy at the window (D3, D8, M11): what can be edited and when, what an engine shows, and what servers
// see in each way of keeping the client's address.
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLineEdit>
#include <QSpinBox>
#include <QTableWidget>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>
#include <gtest/gtest.h>

#include "app/window/compare/compare_dialog.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/lab/request_desk.h"
#include "app/window/panels/counter_board.h"
#include "app/window/window_actions.h"
#include "designer/templates/templates.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/running_labs.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using window::AddressWay;
using window::LabPhase;

namespace {

class Proxy : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        driver = std::make_unique<WindowDriver>(home);
    }
    void show(const char* id) {
        const auto drawing = make_template(id);
        ASSERT_TRUE(drawing);
        driver->show(*drawing);
        service = driver->document().services.front().id;
        driver->canvas().select({service});
        QTest::qWait(50);
    }
    QCheckBox* toggle(const QString& text) {
        for (QCheckBox* box : driver->window().findChildren<QCheckBox*>()) {
            if (box->text() == text && box->isVisibleTo(&driver->window())) {
                return box;
            }
        }
        return nullptr;
    }
    QSpinBox* number(const QString& name) {
        for (QSpinBox* box : driver->window().findChildren<QSpinBox*>()) {
            if (box->accessibleName() == name && box->isVisibleTo(&driver->window())) {
                return box;
            }
        }
        return nullptr;
    }
    QComboBox* choice(const QString& name) {
        for (QComboBox* box : driver->window().findChildren<QComboBox*>()) {
            if (box->accessibleName() == name && box->isVisibleTo(&driver->window())) {
                return box;
            }
        }
        return nullptr;
    }
    const Service& drawn() { return *driver->document().service(service); }

    FreshHome home;
    std::unique_ptr<WindowDriver> driver;
    Id service;
};

} // namespace

TEST_F(Proxy, Layer7FieldsOpenWithLayer7AndSayWhyTheyAreClosed) {
    show("two-arm");
    ASSERT_NE(choice("Forwarded-For"), nullptr);
    EXPECT_FALSE(choice("Forwarded-For")->isEnabled());
    EXPECT_TRUE(choice("Forwarded-For")->toolTip().contains("HTTP aware"));
    EXPECT_TRUE(toggle("HTTP aware")->isEnabled());
    EXPECT_TRUE(number("Per client")->isEnabled());
    toggle("HTTP aware")->click();
    EXPECT_TRUE(drawn().layer7);
    EXPECT_TRUE(choice("Forwarded-For")->isEnabled());
    EXPECT_FALSE(choice("Forwarded-For")->toolTip().contains("HTTP aware"));
    driver->window().actions()->undo->trigger();
    EXPECT_FALSE(drawn().layer7);
    EXPECT_FALSE(choice("Forwarded-For")->isEnabled());
}

TEST_F(Proxy, WhatOnlyAFullProxyCanDoIsClosedInOtherModes) {
    show("in-line");
    for (QWidget* field :
         {static_cast<QWidget*>(toggle("HTTP aware")), static_cast<QWidget*>(choice("PROXY out")),
          static_cast<QWidget*>(choice("Source")), static_cast<QWidget*>(number("Per client")),
          static_cast<QWidget*>(number("Out after"))}) {
        ASSERT_NE(field, nullptr);
        EXPECT_FALSE(field->isEnabled()) << field->accessibleName().toStdString();
        EXPECT_TRUE(field->toolTip().contains("ull proxy")) << field->toolTip().toStdString();
    }
    // A file may say what makes no sense: then the field is open, so that it can be taken out.
    Document wrong = driver->document();
    wrong.service(service)->limits.client_connections = 5;
    driver->window().editor()->edit(wrong, "Limits");
    EXPECT_TRUE(number("Per client")->isEnabled());
}

TEST_F(Proxy, PassiveHealthIsEditedAndUndone) {
    show("two-arm");
    const Id pool = drawn().pool;
    EXPECT_FALSE(number("Left alone")->isEnabled());
    number("Out after")->setValue(3);
    EXPECT_EQ(driver->document().pool(pool)->passive_failures, 3);
    ASSERT_TRUE(number("Left alone")->isEnabled());
    number("Left alone")->setValue(2500);
    EXPECT_EQ(driver->document().pool(pool)->passive_out, milliseconds(2500));
    driver->window().actions()->undo->trigger();
    driver->window().actions()->undo->trigger();
    EXPECT_EQ(driver->document().pool(pool)->passive_failures, 0);
    EXPECT_EQ(driver->document().pool(pool)->passive_out, milliseconds(10'000));
}

TEST_F(Proxy, ARuleRedirectsAndIsUndone) {
    show("two-arm");
    toggle("HTTP aware")->click();
    QTableWidget* rules = nullptr;
    for (QTableWidget* table : driver->window().findChildren<QTableWidget*>()) {
        if (table->accessibleName().startsWith("Content rules")) {
            rules = table;
        }
    }
    ASSERT_NE(rules, nullptr);
    for (QToolButton* button : driver->window().findChildren<QToolButton*>()) {
        if (button->text() == "Add rule") {
            button->click();
        }
    }
    ASSERT_EQ(drawn().rules.size(), 1U);
    EXPECT_EQ(drawn().rules[0].pool, drawn().pool);
    rules->item(0, 1)->setText("/old");
    rules->item(0, 3)->setText("https://www.example.org"); // a URL beside a pool: the redirect is meant
    rules->item(0, 4)->setCheckState(Qt::Checked);
    const ContentRule wanted{"", "/old", {}, "https://www.example.org", 302, true};
    EXPECT_EQ(drawn().rules[0], wanted);
    EXPECT_EQ(rules->item(0, 2)->text(), "redirect 302");
    driver->picture("redirect");
    driver->window().actions()->undo->trigger();
    EXPECT_FALSE(drawn().rules[0].redirect_keeps_path);
    driver->window().actions()->undo->trigger();
    EXPECT_EQ(drawn().rules[0], (ContentRule{"", "/old", drawn().pool}));
    driver->window().actions()->redo->trigger();
    EXPECT_EQ(drawn().rules[0], (ContentRule{"", "/old", {}, "https://www.example.org"}));
}

TEST_F(Proxy, SourcePortsAreEditedRefusedAndUndone) {
    show("two-arm");
    driver->canvas().select({"se1"});
    QTest::qWait(50);
    QLineEdit* field = nullptr;
    for (QLineEdit* line : driver->window().findChildren<QLineEdit*>()) {
        if (line->accessibleName() == "Source ports" && line->isVisibleTo(&driver->window())) {
            field = line;
        }
    }
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->placeholderText(), "1024–65023");
    const auto type = [&](const char* text) {
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, text);
        QTest::keyClick(field, Qt::Key_Return);
    };
    type("30000-30099");
    EXPECT_EQ(driver->document().node("se1")->source_ports, (PortRange{30000, 30099}));
    type("30000-65535");
    EXPECT_EQ(driver->document().node("se1")->source_ports, (PortRange{30000, 30099})) << "the probes' own";
    driver->window().actions()->undo->trigger();
    EXPECT_EQ(driver->document().node("se1")->source_ports, PortRange());
}

TEST_F(Proxy, AnEngineShowsWhatItCountsWhileItRuns) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    show("two-arm");
    toggle("HTTP aware")->click();
    window::LabController& controller = *driver->window().controller();
    driver->window().actions()->launch->trigger();
    ASSERT_TRUE(driver->wait(30000, [&] { return controller.phase() == LabPhase::running; }));
    int good = 0;
    int answers = 0;
    QObject::connect(driver->window().requests(), &window::RequestDesk::answered, driver->window().requests(),
                     [&](bool was_good, const QString&) {
                         ++answers;
                         good += was_good ? 1 : 0;
                     });
    ASSERT_TRUE(driver->wait(20000, [&] {
        const int before = answers;
        driver->window().actions()->send_request->trigger();
        return driver->wait(5000, [&] { return answers > before; }) && good >= 3;
    }));
    driver->window().show_panel("engines");
    auto* board = driver->window().findChild<window::CounterBoard*>();
    ASSERT_NE(board, nullptr);
    EXPECT_TRUE(driver->wait(5000, [&] {
        const QString said = board->accessibleDescription();
        return said.contains("Handshakes") && !said.contains("Handshakes 0") && said.contains("Requests ");
    })) << board->accessibleDescription().toStdString();
    driver->picture("engine");
    controller.stop();
    EXPECT_TRUE(driver->wait(20000, [&] { return controller.phase() == LabPhase::none; }));
}

TEST_F(Proxy, EveryWayOfKeepingTheClientsAddressIsTriedForReal) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    show("one-arm");
    window::CompareDialog* dialog = driver->window().requests()->open_compare(driver->document());
    dialog->try_all();
    ASSERT_TRUE(driver->wait(120000, [&] { return !dialog->is_running(); }));
    QTest::qWait(50);
    for (const auto& [way, why] : dialog->failures()) {
        ADD_FAILURE() << window::AddressWays::title(way).toStdString() << ": " << why.toStdString();
    }
    const QString client = "192.168.1.101";
    ASSERT_EQ(dialog->reports().size(), window::all_address_ways.size());
    for (const auto& [way, report] : dialog->reports()) {
        EXPECT_EQ(report.client, client);
        EXPECT_EQ(report.servers.size(), 3U) << "every server is asked";
        EXPECT_GT(report.p50_ms, 0);
        EXPECT_GE(report.p99_ms, report.p50_ms);
        for (const window::RequestAnswer& answer : report.servers) {
            const bool sees_client = way == AddressWay::in_line || way == AddressWay::direct_return;
            EXPECT_EQ(answer.peer.startsWith(client + ':'), sees_client) << answer.peer.toStdString();
            EXPECT_EQ(answer.forwarded_for, way == AddressWay::forwarded_for ? client : QString());
            EXPECT_EQ(answer.proxy.startsWith(client + ':'), way == AddressWay::proxy_header)
                << answer.proxy.toStdString();
        }
    }
    QDir(FULCRUM_PICTURES_DIR).mkpath(".");
    dialog->grab().save(QDir(FULCRUM_PICTURES_DIR).filePath("compare.png"));
    dialog->close();
    QStringList running{"?"};
    driver->window().controller()->find_running(driver->window().controller(),
                                                [&](const QStringList& labs) { running = labs; });
    EXPECT_TRUE(driver->wait(5000, [&] { return running.filter("compare").isEmpty(); })) << "nothing is left";
}

TEST_F(Proxy, AComparisonThatIsCancelledLeavesNothing) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    show("one-arm");
    window::CompareDialog* dialog = driver->window().requests()->open_compare(driver->document());
    bool gone = false;
    QObject::connect(dialog, &QObject::destroyed, dialog, [&] { gone = true; });
    dialog->try_all();
    QTest::qWait(400); // in the midst of the first lab
    EXPECT_TRUE(dialog->is_running());
    dialog->reject();
    EXPECT_TRUE(driver->wait(20000, [&] { return gone; }));
    QStringList running{"?"};
    driver->window().controller()->find_running(driver->window().controller(),
                                                [&](const QStringList& labs) { running = labs; });
    EXPECT_TRUE(
        driver->wait(5000, [&] { return running.filter("compare").isEmpty() && !running.contains("?"); }));
}
