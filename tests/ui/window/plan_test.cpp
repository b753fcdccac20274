// What the plan promises, at the window (issue 4): routes on the canvas, a proof as ticks and crosses, and
// zones that do not ask each other.
#include <QComboBox>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>
#include <QUndoStack>
#include <gtest/gtest.h>

#include "app/window/compare/compare_dialog.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/lab/request_desk.h"
#include "app/window/ladder/ladder_panel.h"
#include "app/window/proof/proof_marks.h"
#include "app/window/proof/proof_panel.h"
#include "app/window/routes/routes_panel.h"
#include "app/window/window_actions.h"
#include "designer/canvas/canvas_scene.h"
#include "designer/plan/plan.h"
#include "designer/templates/generate.h"
#include "designer/templates/templates.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/running_labs.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using window::LabPhase;

namespace {

class PlanAtTheWindow : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        driver = std::make_unique<WindowDriver>(home);
    }
    Id id_of(const std::string& name) {
        for (const Node& node : driver->document().nodes) {
            if (node.name == name) {
                return node.id;
            }
        }
        ADD_FAILURE() << name << " is not in the drawing";
        return {};
    }

    FreshHome home;
    std::unique_ptr<WindowDriver> driver;
};

} // namespace

TEST_F(PlanAtTheWindow, RoutesAreArrowsOfTheSelectedNodeAndAreFilledIn) {
    driver->show(*make_template("topology-2"));
    window::MainWindow& window = driver->window();
    CanvasScene& scene = *driver->canvas().canvas_scene();
    window.actions()->routes->trigger();
    ASSERT_TRUE(driver->wait(5000, [&] { return scene.routes().shown() > 0; }));
    const std::size_t of_all = scene.routes().shown();
    const Id client = id_of("client1");
    driver->click(client);
    EXPECT_EQ(window.routes()->node(), client);
    EXPECT_EQ(scene.routes().shown(), 1U) << "its default route, over its only link";
    EXPECT_GT(of_all, 1U);
    driver->picture("routes");
    const QRectF where = scene.routes().bounds();
    QString tip;
    for (double x = where.left(); x < where.right() && tip.isEmpty(); x += 3) {
        for (double y = where.top(); y < where.bottom() && tip.isEmpty(); y += 3) {
            tip = scene.routes().tip_at({x, y});
        }
    }
    EXPECT_TRUE(tip.contains("Without it")) << tip.toStdString();

    auto* fill_in = window.routes()->findChild<QPushButton*>();
    ASSERT_TRUE(fill_in->isEnabled());
    const Document before = driver->document();
    fill_in->click();
    EXPECT_EQ(driver->document(), with_routes_by_hand(before, client));
    EXPECT_NE(driver->document(), before);
    ASSERT_TRUE(driver->wait(5000, [&] { return scene.routes().shown() == 1; })) << "read anew";
    window.actions()->undo->trigger();
    EXPECT_EQ(driver->document(), before);
    window.actions()->routes->trigger();
    EXPECT_EQ(scene.routes().shown(), 0U);
}

// A plan of a large drawing used to be made while the window stood still.
TEST_F(PlanAtTheWindow, RoutesOfALargeDrawingComeFromTheBackground) {
    Document large = *make_template("in-line");
    Id segment;
    for (const Node& node : large.nodes) {
        segment = node.kind == NodeKind::segment ? node.id : segment;
    }
    large = add_servers(large, segment, 150, nullptr);
    driver->show(large);
    window::RoutesPanel& routes = *driver->window().routes();
    driver->window().actions()->routes->trigger();
    EXPECT_FALSE(routes.is_current()) << "the window did not wait for it";
    EXPECT_TRUE(routes.needs().empty());
    // While that is worked out the drawing changes: only the answer to the last question counts.
    driver->show(*make_template("l2-dsr"));
    ASSERT_TRUE(driver->wait(30000, [&] { return routes.is_current(); }));
    const std::size_t nodes = driver->document().nodes.size();
    EXPECT_FALSE(routes.needs().empty());
    for (const RouteNeed& need : routes.needs()) {
        EXPECT_NE(driver->document().node(need.node), nullptr) << need.node_name;
    }
    EXPECT_LT(routes.needs().size(), 10 * nodes);
    driver->window().actions()->routes->trigger();
}

// The comparison used to offer every client every VIP, whatever zone they were in.
TEST_F(PlanAtTheWindow, AClientIsComparedWithServicesOfItsOwnZoneOnly) {
    driver->show(*make_template("topology-5"));
    const Document drawing = fill_addresses(driver->document());
    ASSERT_EQ(drawing.vrfs.size(), 2U);
    const window::AskableServices askable(drawing);
    for (const Service& service : drawing.services) {
        const Id client = askable.first_client_of(drawing, service.id);
        ASSERT_FALSE(client.empty()) << service.name;
        for (const Service& other : drawing.services) {
            EXPECT_EQ(askable.can_ask(client, other.id), other.vrf == service.vrf)
                << client << " " << service.name << " " << other.name;
        }
        driver->canvas().select({service.id});
        window::CompareDialog* dialog = driver->window().requests()->open_compare(driver->document());
        QComboBox* clients = nullptr;
        QComboBox* services = nullptr;
        for (QComboBox* box : dialog->findChildren<QComboBox*>()) {
            (box->accessibleName() == "Client" ? clients : services) = box;
        }
        ASSERT_TRUE(clients != nullptr && services != nullptr);
        EXPECT_EQ(clients->currentData().toString().toStdString(), client);
        EXPECT_EQ(services->currentData().toString().toStdString(), service.id);
        for (int i = 0; i < services->count(); ++i) {
            EXPECT_EQ(drawing.service(services->itemData(i).toString().toStdString())->vrf, service.vrf);
        }
        dialog->close();
    }
}

TEST_F(PlanAtTheWindow, ABrokenWayPointsAtTheHopThatDidNotComeAbout) {
    driver->show(*make_template("two-arm"));
    const Document drawing = fill_addresses(driver->document());
    const std::string vip = drawing.services.front().name;
    const cli::Expectation good{
        vip, "client1", "server1", "request: way", "client1 → router1 → se1", "client1 → router1 → se1",
        true};
    const cli::Expectation broken{vip,
                                  "client1",
                                  "server1",
                                  "request: way",
                                  "client1 → router1 → se1",
                                  "client1 → router1, lost there",
                                  false};
    const auto pointed = window::items_of(drawing, broken);
    EXPECT_NE(std::find(pointed.begin(), pointed.end(), id_of("router1")), pointed.end());
    EXPECT_NE(std::find(pointed.begin(), pointed.end(), id_of("se1")), pointed.end());
    EXPECT_EQ(std::find(pointed.begin(), pointed.end(), id_of("client1")), pointed.end());
    EXPECT_EQ(std::find(pointed.begin(), pointed.end(), id_of("server1")), pointed.end());
    const auto links = [&](const std::unordered_map<Id, bool>& marks, bool hold) {
        return std::count_if(drawing.links.begin(), drawing.links.end(), [&](const Link& link) {
            const auto found = marks.find(link.id);
            return found != marks.end() && found->second == hold;
        });
    };
    const auto all_good = window::marks_of(drawing, {good});
    EXPECT_EQ(links(all_good, false), 0);
    EXPECT_GE(links(all_good, true), 2);
    const auto marks = window::marks_of(drawing, {good, broken});
    EXPECT_FALSE(marks.at(id_of("client1"))) << "not all that was expected of its requests holds";
    EXPECT_GE(links(marks, true), 1) << "it reached router1";
    EXPECT_GE(links(marks, false), 1);
    EXPECT_TRUE(window::marks_of(drawing, {{"x", "nobody", "?", "answer", "", "", false}}).empty());
}

TEST_F(PlanAtTheWindow, ARunningLabIsProvedAndItsRequestHasALadder) {
    if (const std::string why = why_no_lab(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    driver->show(*make_template("two-arm"));
    window::MainWindow& window = driver->window();
    window::LabController& controller = *window.controller();
    EXPECT_FALSE(window.actions()->prove->isEnabled());
    window.actions()->launch->trigger();
    ASSERT_TRUE(driver->wait(30000, [&] { return controller.phase() == LabPhase::running; }));

    window.actions()->prove->trigger();
    ASSERT_TRUE(driver->wait(60000, [&] { return !window.proof()->expectations().empty(); }));
    EXPECT_EQ(window.proof()->crosses(), 0);
    EXPECT_GT(window.proof()->ticks(), 20);
    const auto& proofs = driver->canvas().canvas_scene()->live().proofs;
    for (const char* name : {"client1", "server1", "server2", "server3"}) {
        EXPECT_TRUE(proofs.contains(id_of(name)) && proofs.at(id_of(name))) << name;
    }
    auto* list = window.findChild<QTreeWidget*>("proof_list");
    ASSERT_GT(list->topLevelItemCount(), 0);
    EXPECT_TRUE(list->topLevelItem(0)->text(0).startsWith("✓"));
    driver->picture("proof");

    window.actions()->send_request->trigger();
    const window::LadderPanel& ladders = *window.ladders();
    // The answer and the flow log may be a reading later than the request.
    ASSERT_TRUE(driver->wait(20000, [&] {
        return ladders.view()->chart().arrows().size() >= 6 && !ladders.view()->chart().joints().empty();
    }));
    const window::LadderChart& chart = ladders.view()->chart();
    QStringList columns;
    for (const auto& column : chart.columns()) {
        columns << column.name;
    }
    EXPECT_EQ(columns.mid(0, 3), (QStringList{"client1", "router1", "se1"}))
        << columns.join(' ').toStdString();
    EXPECT_TRUE(columns.last().startsWith("server"));
    const auto requests = std::count_if(chart.arrows().begin(), chart.arrows().end(),
                                        [](const auto& arrow) { return !arrow.is_answer; });
    EXPECT_EQ(requests, static_cast<long>(columns.size()) - 1) << "a hop between each two nodes of the way";
    ASSERT_EQ(chart.joints().size(), 1U);
    EXPECT_EQ(chart.joints().front().confidence, capture::Confidence::certain);
    const auto& rewritten = chart.joints().front().rewritten;
    EXPECT_TRUE(std::any_of(rewritten.begin(), rewritten.end(), [](const window::LadderRewrite& note) {
        return note.kind == window::RewriteKind::address && note.whole.startsWith("source 192.168.1.101:");
    })) << "SNAT is marked";
    window.show_panel("ladder");
    driver->picture("ladder");
    controller.stop();
    EXPECT_TRUE(driver->wait(20000, [&] { return controller.phase() == LabPhase::none; }));
}
