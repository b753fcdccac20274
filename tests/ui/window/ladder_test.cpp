// A request as a sequence diagram (P3): columns, arrows, what was rewritten, and how sure a join is.
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <gtest/gtest.h>

#include "app/window/ladder/ladder_view.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using capture::Confidence;
using capture::Direction;
using capture::LadderRequest;
using capture::Sighting;
using window::LadderChart;
using window::RewriteKind;

namespace {

capture::Socket socket_of(const char* address, std::uint16_t port) {
    return {*IpAddress::parse(address), port};
}

Sighting seen(const char* interface, Direction direction, std::int64_t time_ns, std::uint32_t packet,
              std::vector<std::string> rewritten = {}) {
    Sighting one;
    one.interface = interface;
    one.node = one.interface.substr(0, one.interface.find(':'));
    one.direction = direction;
    one.time_ns = time_ns;
    one.packet = packet;
    one.ttl = 64;
    one.rewritten = std::move(rewritten);
    return one;
}

// client1 – router1 – se1 – server1, the SE opening a connection of its own.
LadderRequest two_legs(Confidence confidence) {
    LadderRequest request;
    request.method = "GET";
    request.target = "/";
    request.status = 200;
    capture::LadderLeg front, back;
    front.source = socket_of("192.168.1.101", 40112);
    front.destination = socket_of("172.16.1.21", 80);
    front.request = {seen("client1:eth0", Direction::out, 1000, 0),
                     seen("router1:eth0", Direction::in, 2000, 1),
                     seen("router1:eth1", Direction::out, 3000, 2,
                          {"source MAC 02:00:00:00:00:01 → 02:00:00:00:00:02", "TTL 64 → 63"}),
                     seen("se1:eth0", Direction::in, 4000, 3)};
    front.answer = {seen("se1:eth0", Direction::out, 9000, 8), seen("router1:eth1", Direction::in, 9100, 9),
                    seen("router1:eth0", Direction::out, 9200, 10, {"TTL 64 → 63"}),
                    seen("client1:eth0", Direction::in, 9300, 11)};
    front.began_ns = 1000;
    back.source = socket_of("172.16.2.10", 10001);
    back.destination = socket_of("172.16.10.101", 80);
    back.request = {seen("se1:eth1", Direction::out, 5000, 4), seen("server1:eth0", Direction::in, 6000, 5)};
    back.answer = {seen("server1:eth0", Direction::out, 7000, 6), seen("se1:eth1", Direction::in, 8000, 7)};
    for (auto* way : {&front.request, &front.answer}) {
        for (Sighting& one : *way) {
            one.source = front.source;
            one.destination = front.destination;
        }
    }
    request.legs = {front, back};
    request.joins = {{0,
                      1,
                      confidence,
                      {"the flow log names both sockets"},
                      {"source 192.168.1.101:40112 → 172.16.2.10:10001",
                       "destination 172.16.1.21:80 → 172.16.10.101:80", "sequence number 7 → 90"}}};
    request.confidence = confidence;
    return request;
}

} // namespace

TEST(LadderChart, HasAColumnForEachNodeAndAnArrowForEachHop) {
    const LadderChart chart(two_legs(Confidence::certain));
    QStringList columns;
    for (const auto& column : chart.columns()) {
        columns << column.name;
    }
    EXPECT_EQ(columns, (QStringList{"client1", "router1", "se1", "server1"}));
    std::vector<std::pair<std::size_t, std::size_t>> hops;
    std::vector<std::uint32_t> packets;
    for (const auto& arrow : chart.arrows()) {
        hops.emplace_back(arrow.from, arrow.to);
        packets.push_back(arrow.packet);
    }
    EXPECT_EQ(hops, (std::vector<std::pair<std::size_t, std::size_t>>{
                        {0, 1}, {1, 2}, {2, 3}, {3, 2}, {2, 1}, {1, 0}}));
    EXPECT_EQ(packets, (std::vector<std::uint32_t>{1, 3, 5, 7, 9, 11})) << "where each arrived";
    for (std::size_t i = 1; i < chart.arrows().size(); ++i) {
        EXPECT_GT(chart.arrows()[i].y, chart.arrows()[i - 1].y) << "time runs down";
    }
}

TEST(LadderChart, MarksWhatEachHopRewrote) {
    const LadderChart chart(two_legs(Confidence::certain));
    EXPECT_TRUE(chart.arrows()[0].rewritten.empty());
    const auto& routed = chart.arrows()[1].rewritten;
    ASSERT_EQ(routed.size(), 2U);
    EXPECT_EQ(routed[0].kind, RewriteKind::mac);
    EXPECT_EQ(routed[0].text, "src …00:00:01 → …00:00:02");
    EXPECT_EQ(routed[0].whole, "source MAC 02:00:00:00:00:01 → 02:00:00:00:00:02");
    EXPECT_EQ(routed[1].kind, RewriteKind::ttl);
    ASSERT_EQ(chart.joints().size(), 1U);
    const auto& joint = chart.joints().front();
    EXPECT_EQ(joint.column, 2U) << "the SE joins";
    ASSERT_EQ(joint.rewritten.size(), 3U);
    EXPECT_EQ(joint.rewritten[0].kind, RewriteKind::address);
    EXPECT_TRUE(joint.rewritten[0].text.contains("172.16.2.10:10001")) << "SNAT";
    EXPECT_EQ(joint.rewritten[2].kind, RewriteKind::sequence);
    EXPECT_TRUE(joint.tip.contains("the flow log names both sockets"));
}

TEST(LadderChart, ADatagramIsCalledSoAndADnsQuestionByItsName) {
    LadderRequest request = two_legs(Confidence::likely);
    request.is_http = false;
    request.is_udp = true;
    request.status = 0;
    request.method = request.target = "";
    EXPECT_TRUE(LadderChart(request).arrows().front().title.startsWith("datagram "));
    EXPECT_EQ(LadderChart(request).arrows().back().title, "answer");
    EXPECT_FALSE(LadderChart(request).arrows().front().tip.contains("Sequence"));
    request.method = "DNS";
    request.target = "www.example.org";
    EXPECT_TRUE(LadderChart(request).arrows().front().title.startsWith("DNS www.example.org "));
}

TEST(LadderChart, IsAsWideAsThereIsRoomDownToWhatCanBeRead) {
    const LadderRequest request = two_legs(Confidence::certain);
    EXPECT_GT(LadderChart(request).size().width(), 1200) << "an export has all the room it wants";
    const LadderChart fitted(request, 800);
    EXPECT_EQ(fitted.size().width(), 800);
    EXPECT_LT(fitted.columns().back().x, 760);
    const LadderChart narrow(request, 100);
    EXPECT_GE(narrow.columns()[1].x - narrow.columns()[0].x, 100) << "names do not touch";
    EXPECT_LE(narrow.size().width(), 600);
}

TEST(LadderChart, ALinkWatchedAtOneEndOnlyIsAStub) {
    LadderRequest request = two_legs(Confidence::certain);
    request.legs[1].request.pop_back(); // server1 was not watched
    request.legs[1].answer.clear();
    const LadderChart chart(request);
    ASSERT_EQ(chart.columns().size(), 3U);
    EXPECT_EQ(chart.arrows()[2].from, 2U);
    EXPECT_EQ(chart.arrows()[2].to, 2U);
    EXPECT_EQ(LadderChart(LadderRequest{}).arrows().size(), 0U);
}

namespace {

class Ladder : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        theme = std::make_unique<window::Theme>(qApp);
        view = std::make_unique<window::LadderView>(theme.get());
        view->resize(1200, 600);
        view->show();
    }
    // How much of the join's line is painted, from its top to its bottom.
    double inked(Confidence confidence) {
        const LadderRequest request = two_legs(confidence);
        view->show_request(&request);
        const QImage picture = view->viewport()->grab().toImage();
        const auto& joint = view->chart().joints().front();
        const QColor ground = theme->colors().ground;
        const int x = static_cast<int>(view->chart().columns()[joint.column].x);
        int painted = 0, all = 0;
        for (double y = joint.top + 2; y < joint.bottom - 2; ++y, ++all) {
            painted +=
                picture.pixelColor(x, static_cast<int>(y + LadderChart::header_height())) == ground ? 0 : 1;
        }
        return static_cast<double>(painted) / all;
    }

    FreshHome home;
    std::unique_ptr<window::Theme> theme;
    std::unique_ptr<window::LadderView> view;
};

} // namespace

TEST_F(Ladder, ACertainJoinIsSolidAndAProbableOneDashed) {
    EXPECT_DOUBLE_EQ(inked(Confidence::certain), 1.0);
    EXPECT_LT(inked(Confidence::likely), 0.95);
    EXPECT_LT(inked(Confidence::possible), 0.95);
}

TEST_F(Ladder, ArrowsAreWalkedWithTheKeyboardAndOpened) {
    const LadderRequest request = two_legs(Confidence::certain);
    view->show_request(&request);
    int opened = -1;
    QObject::connect(view.get(), &window::LadderView::arrow_opened, view.get(),
                     [&](int arrow) { opened = arrow; });
    QTest::keyClick(view.get(), Qt::Key_Down);
    QTest::keyClick(view.get(), Qt::Key_Down);
    EXPECT_EQ(view->chosen(), 1);
    EXPECT_TRUE(view->accessibleDescription().contains("TTL 64 → 63"));
    QTest::keyClick(view.get(), Qt::Key_Return);
    EXPECT_EQ(opened, 1);
    QTest::keyClick(view.get(), Qt::Key_End);
    EXPECT_EQ(view->chosen(), 5);
    const double before = view->zoom();
    QTest::keyClick(view.get(), Qt::Key_Plus);
    EXPECT_GT(view->zoom(), before);
}

TEST_F(Ladder, IsExportedWhole) {
    const LadderRequest request = two_legs(Confidence::certain);
    view->show_request(&request);
    view->resize(200, 100); // less than all of it is in sight
    QTemporaryDir folder;
    ASSERT_EQ(view->export_picture(folder.filePath("ladder.png")), "");
    ASSERT_EQ(view->export_picture(folder.filePath("ladder.svg")), "");
    const QImage picture(folder.filePath("ladder.png"));
    EXPECT_GE(picture.width(), view->chart().size().width());
    QFile svg(folder.filePath("ladder.svg"));
    ASSERT_TRUE(svg.open(QIODevice::ReadOnly));
    const QByteArray text = svg.readAll();
    EXPECT_TRUE(text.contains("server1"));
    EXPECT_TRUE(text.contains("172.16.2.10:10001"));
    EXPECT_NE(view->export_picture("/nowhere/ladder.png"), "");
}
