// D9, P5: two captures side by side.
#include <QTableWidget>

#include "app/window/inspector/compare_window.h"
#include "app/window/look/side_by_side.h"
#include "tests/ui/inspector/inspector_fixture.h"

using namespace fulcrum::window;

TEST_F(Inspector, TwoCapturesAreComparedInFiguresAndRequestByRequest) {
    open(small());
    write_other_answers(path("other.pcapng").toStdString());
    CompareWindow* compared = window->compare_with(path("other.pcapng"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return compared->is_ready(); }, patience_ms));
    const auto row = [&](const char* name) { return compared->figures()->row(name); };
    EXPECT_EQ(row("Packets"), (QStringList{"Packets", "17", "5", "−71 %"}));
    EXPECT_EQ(row("TCP connections"), (QStringList{"TCP connections", "2", "1", "−50 %"}));
    EXPECT_EQ(row("reset").mid(1, 2), (QStringList{"1", "0"}));
    EXPECT_EQ(row("answered with 404").mid(1, 2), (QStringList{"0", "1"}));
    EXPECT_EQ(row("Answer, p50"), (QStringList{"Answer, p50", "1.000 ms", "1.000 ms", "same"}));

    // At client1: the first of them was answered otherwise, the second has no partner; at server1 neither.
    const QTableWidget& requests = *compared->requests();
    ASSERT_EQ(requests.rowCount(), 3);
    const auto cell = [&](int at, int column) { return requests.item(at, column)->text(); };
    EXPECT_EQ(cell(0, 0), "GET shop.example/index.html");
    EXPECT_EQ(cell(0, 1), "client1:eth0");
    EXPECT_TRUE(cell(0, 2).startsWith("200, ")) << cell(0, 2).toStdString();
    EXPECT_TRUE(cell(0, 3).startsWith("404, ")) << cell(0, 3).toStdString();
    EXPECT_EQ(cell(0, 4), "status, length");
    EXPECT_EQ(cell(1, 1), "server1:eth0");
    EXPECT_EQ(cell(1, 3), "not asked");
    EXPECT_EQ(cell(2, 2), "not asked");
    EXPECT_EQ(cell(2, 3), "no answer");
    EXPECT_EQ(compared->told(), "3 of 3 requests differ in their answers.");
    picture("compare", compared);
    emit compared->packet_wanted(5);
    EXPECT_EQ(window->packets()->current(), 5U);
    compared->close();

    CompareWindow* same = window->compare_with(path("small.pcapng"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return same->is_ready(); }, patience_ms));
    EXPECT_EQ(same->told(), "All 2 requests were answered alike.");
    same->close();
    CompareWindow* none = window->compare_with(path("nothing.pcapng"));
    EXPECT_TRUE(none->told().contains("nothing.pcapng")) << none->told().toStdString();
    none->close();
}
