// The view as pixels: what is where, live states, and what a redraw costs.
#include <QElapsedTimer>
#include <QScrollBar>

#include "designer/canvas/minimap.h"
#include "tests/ui/canvas/canvas_fixture.h"

namespace fulcrum::designer {
namespace {

class Viewing : public CanvasFixture {
protected:
    QColor pixel(QPointF at) {
        const QImage image = view.viewport()->grab().toImage();
        return image.pixelColor(view.mapFromScene(at));
    }
};

bool is_orange(const QColor& c) {
    return c.red() > 200 && c.green() > 90 && c.green() < 180 && c.blue() < 100;
}
bool is_blue(const QColor& c) {
    return c.blue() > 180 && c.red() < 120;
}
bool is_green(const QColor& c) {
    return c.green() > c.red() + 40 && c.green() > c.blue() + 20;
}

// On the light ground: ink, a colour, a grey ring.
bool is_drawn(const QColor& c) {
    return c.lightness() < 215;
}

TEST_F(Viewing, OrangeHexagonAndBlueDiamondWhereTheDocumentSays) {
    open("in-line");
    view.set_zoom(1);
    view.centerOn(centre("se1"));
    const Placement se = editor.document().layout.at("se1");
    // In the hexagon's left point there is orange; outside its slanted corner there is none: a hexagon, not a
    // box.
    EXPECT_TRUE(is_orange(pixel({se.x - 24, se.y})));
    EXPECT_FALSE(is_orange(pixel({se.x - 25, se.y - 21})));
    const QPointF vip = centre(editor.document().services[0].id);
    EXPECT_TRUE(is_blue(pixel(vip + QPointF(0, -15))));
    EXPECT_FALSE(is_blue(pixel(vip + QPointF(-16, -16))));
    const QPointF server = centre("server1");
    EXPECT_TRUE(is_green(pixel(server + QPointF(0, -23)))); // the ring, in its pool's colour
    EXPECT_FALSE(is_green(pixel(server + QPointF(0, -15))));
}

TEST_F(Viewing, StatesAreSeenWithoutColourToo) {
    open("in-line");
    view.set_zoom(1);
    view.centerOn(centre("server1"));
    const auto picture = [&](LiveState state) {
        view.set_node_state("server1", state, {});
        QImage image = view.viewport()->grab().toImage();
        const QRect around = view.mapFromScene(figure().extent("server1")).boundingRect();
        return image.copy(around).convertToFormat(QImage::Format_Grayscale8);
    };
    view.set_node_state("server2", LiveState::running, {}); // the room for states is made before
    const QImage running = picture(LiveState::running), stopped = picture(LiveState::stopped),
                 failed = picture(LiveState::failed), starting = picture(LiveState::starting);
    for (const auto* other : {&stopped, &failed, &starting}) {
        ASSERT_EQ(running.size(), other->size());
        int different = 0;
        for (int y = 0; y < running.height(); ++y) {
            for (int x = 0; x < running.width(); ++x) {
                different += std::abs(qGray(running.pixel(x, y)) - qGray(other->pixel(x, y))) > 40 ? 1 : 0;
            }
        }
        EXPECT_GT(different, 60);
    }
    view.clear_live();
    EXPECT_FALSE(figure().is_live());
}

TEST_F(Viewing, RequestAndAnswerDoNotLieOnEachOther) {
    open("l2-dsr");
    const Figure& drawing = figure();
    std::vector<Id> way;
    for (const LinkShape& link : drawing.links()) {
        if (link.a == "client1" || link.b == "client1" || link.a == "router1" || link.b == "router1") {
            way.push_back(link.id);
        }
    }
    ASSERT_EQ(way.size(), 2u);
    view.set_zoom(1);
    view.centerOn((centre("client1") + centre("router1")) / 2);
    view.show_path({{way, "client1", false}, {{way[1], way[0]}, drawing.bars().front().id, true}});
    const QImage image = view.viewport()->grab().toImage();
    const Palette& palette = Palette::of(CanvasTheme::light);
    const auto count = [&](const QColor& wanted, double y_from, double y_to) {
        int hits = 0;
        const double x0 = centre("client1").x() + 40, x1 = centre("router1").x() - 40;
        for (double x = x0; x < x1; ++x) {
            for (double y = y_from; y <= y_to; ++y) {
                const QColor c = image.pixelColor(view.mapFromScene(QPointF(x, y)));
                hits += std::abs(c.red() - wanted.red()) + std::abs(c.green() - wanted.green()) +
                                    std::abs(c.blue() - wanted.blue()) <
                                24
                            ? 1
                            : 0;
            }
        }
        return hits;
    };
    const double y = centre("client1").y();
    // Travelling right, the right-hand side is below the line; the answer travels left, above it.
    EXPECT_GT(count(palette.request, y + 1, y + 12), 60);
    EXPECT_EQ(count(palette.request, y - 12, y - 2), 0);
    EXPECT_GT(count(palette.answer, y - 12, y - 1), 60);
    EXPECT_EQ(count(palette.answer, y + 2, y + 12), 0);
    view.show_path({});
    EXPECT_FALSE(view.canvas_scene()->is_animated());
}

TEST_F(Viewing, ThemesDiffer) {
    open("one-arm");
    const QColor light = pixel(figure().bounds().topLeft() + QPointF(3, 3));
    view.set_theme(CanvasTheme::dark);
    const QColor dark = pixel(figure().bounds().topLeft() + QPointF(3, 3));
    EXPECT_GT(light.lightness(), 200);
    EXPECT_LT(dark.lightness(), 60);
}

TEST_F(Viewing, SelectPointsAtAnItemOutOfSight) {
    open("one-arm");
    view.set_zoom(2);
    view.centerOn(5000, 5000);
    view.select({"server2"});
    const QRectF seen = view.mapToScene(view.viewport()->rect()).boundingRect();
    EXPECT_TRUE(seen.contains(centre("server2")));
    EXPECT_TRUE(view.canvas_scene()->is_animated()); // it flashes
}

TEST_F(Viewing, MiniMapMovesTheView) {
    open("one-arm");
    MiniMap map(&view);
    map.show();
    view.set_zoom(3);
    map.grab();
    QTest::mouseClick(&map, Qt::LeftButton, {}, QPoint(20, map.height() / 2));
    const double left = view.mapToScene(view.viewport()->rect().center()).x();
    QTest::mouseClick(&map, Qt::LeftButton, {}, QPoint(map.width() - 20, map.height() / 2));
    const double right = view.mapToScene(view.viewport()->rect().center()).x();
    EXPECT_GT(right, left + 100);
}

TEST_F(Viewing, AThousandNodesAreRedrawnInTime) {
    editor.reset(make_large_drawing(1000, 1500));
    view.resize(1600, 1000);
    view.fit();
    QApplication::processEvents();
    QImage target(view.viewport()->size(), QImage::Format_RGB32);
    const auto redraw = [&](const char* what, auto&& change) {
        constexpr int rounds = 20;
        double best = 1e9, sum = 0;
        for (int i = 0; i < rounds; ++i) {
            change(i);
            QElapsedTimer timer;
            timer.start();
            view.viewport()->render(&target);
            const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
            best = std::min(best, ms);
            sum += ms;
        }
        std::printf(
            "[ timing   ] 1,000 nodes, 1,500 links, 1600 x 1000, %-22s best %5.1f ms, mean %5.1f ms\n", what,
            best, sum / rounds);
        return best;
    };
    redraw("full redraw, all seen:", [&](int) { view.canvas_scene()->repaint_all(); });
    redraw("pan:", [&](int i) {
        view.horizontalScrollBar()->setValue(view.horizontalScrollBar()->value() + (i % 2 == 0 ? 40 : -40));
    });
    redraw("zoom step:", [&](int i) { view.zoom_by(i % 2 == 0 ? 1.1 : 1 / 1.1); });
    for (const double zoom : {0.45, 0.6, 0.8, 1.0}) {
        view.set_zoom(zoom);
        redraw(qPrintable(QString("full redraw at %1 %:").arg(zoom * 100)),
               [&](int) { view.canvas_scene()->repaint_all(); });
    }
    // And it was drawn: at this size a node is a few pixels, and each is there, in the colour of its kind.
    view.fit();
    const QImage image = view.viewport()->grab().toImage();
    const auto shows = [&](QPointF centre, bool (*wanted)(const QColor&)) {
        const QPoint at = view.mapFromScene(centre);
        const int reach = std::max(1, static_cast<int>(10 * view.zoom())); // no link comes so far in
        for (int y = at.y() - reach; y <= at.y() + reach; ++y) {
            for (int x = at.x() - reach; x <= at.x() + reach; ++x) {
                if (image.rect().contains(x, y) && wanted(image.pixelColor(x, y))) {
                    return true;
                }
            }
        }
        return false;
    };
    std::size_t engines = 0, servers = 0, engines_seen = 0, servers_seen = 0;
    for (const NodeShape& node : figure().nodes()) {
        const bool is_engine = node.kind == NodeKind::se;
        (is_engine ? engines : servers) += 1;
        if (shows(node.centre, is_engine ? &is_orange : &is_drawn)) {
            (is_engine ? engines_seen : servers_seen) += 1;
        }
    }
    EXPECT_GT(engines, 20U);
    EXPECT_GT(servers, 800U);
    EXPECT_EQ(engines_seen, engines);
    EXPECT_EQ(servers_seen, servers);
    // Where nothing stands nothing is seen, or the counts above would mean nothing.
    const QRectF all = figure().bounds();
    EXPECT_FALSE(shows(all.topLeft() + QPointF(-60, -60), &is_drawn));
    if (const QByteArray folder = qgetenv("FULCRUM_PICTURES"); !folder.isEmpty()) {
        image.save(QString::fromUtf8(folder) + "/large.png");
    }
}

TEST_F(Viewing, WhatWasFittedStaysWholeWhenTheViewShrinks) {
    open("in-line");
    view.resize(900, 700);
    view.fit();
    const auto seen = [&] { return view.mapToScene(view.viewport()->rect()).boundingRect(); };
    view.resize(900, 420); // a bar came up, a dock grew
    QApplication::processEvents();
    EXPECT_TRUE(seen().contains(figure().bounds()));
    view.set_zoom(2); // chosen by hand: it stays
    view.resize(900, 700);
    QApplication::processEvents();
    EXPECT_DOUBLE_EQ(view.zoom(), 2);
}

TEST_F(Viewing, AFollowedRequestLeavesTheNameOfItsSegmentReadable) {
    open("in-line");
    view.set_zoom(1);
    const BarShape bar = figure().bars().front();
    view.centerOn(bar.bar.center());
    const auto link_of = [&](const Id& node) {
        for (const LinkShape& link : figure().links()) {
            if ((link.a == node && link.b == bar.id) || (link.b == node && link.a == bar.id)) {
                return link.id;
            }
        }
        return Id();
    };
    view.show_path({{{link_of("router1"), link_of("server3")}, "router1", false},
                    {{link_of("server3"), link_of("router1")}, "server3", true}});
    const QImage image = view.viewport()->grab().toImage();
    const Palette& palette = Palette::of(CanvasTheme::light);
    // The line itself is on the bar, and none of it within the height of the letters.
    int on_rim = 0, on_text = 0;
    for (int y = static_cast<int>(bar.bar.top()) - 10; y <= static_cast<int>(bar.bar.bottom()) + 10; ++y) {
        for (int x = static_cast<int>(bar.text.left()); x <= static_cast<int>(bar.text.right()); ++x) {
            const QColor color = image.pixelColor(view.mapFromScene(QPointF(x, y)));
            const bool is_path = color == palette.request || color == palette.answer;
            (std::abs(y - bar.bar.center().y()) < 6 ? on_text : on_rim) += is_path ? 1 : 0;
        }
    }
    EXPECT_GT(on_rim, 40);
    EXPECT_EQ(on_text, 0);
}

// A followed request, states, rates, problems and a selection at once, kept as pictures to be looked at.
TEST_F(Viewing, ALiveLabInBothThemes) {
    const QByteArray folder = qgetenv("FULCRUM_PICTURES");
    open("l2-dsr");
    std::map<Id, Id> link_of; // by the node that is not the bar
    for (const LinkShape& link : figure().links()) {
        link_of[link.a] = link.id;
    }
    for (const Node& node : editor.document().nodes) {
        view.set_node_state(node.id, LiveState::running, {});
    }
    view.set_node_state("server2", LiveState::stopped, {});
    view.set_node_state("se3", LiveState::failed, "exit code 1");
    view.set_node_state("se2", LiveState::starting, {});
    view.set_service_state(editor.document().services[0].id, LiveState::running, {});
    double bps = 3e4;
    for (const Link& link : editor.document().links) {
        view.set_link_traffic(link.id, {bps, bps * 9, link.a.node != "se3" && link.b.node != "se3"});
        bps *= 5;
    }
    view.set_problems({{"server1", 1}, {"se3", 0}, {"client1", 2}});
    const Id segment = figure().bars().front().id;
    std::vector<Id> there, back;
    for (const LinkShape& link : figure().links()) {
        if (link.a == "client1" || link.b == "client1" || (link.a == "router1" && link.b == segment) ||
            (link.b == "router1" && link.a == segment)) {
            there.push_back(link.id);
        }
    }
    const auto to_segment = [&](const Id& node) {
        for (const LinkShape& link : figure().links()) {
            if ((link.a == node && link.b == segment) || (link.b == node && link.a == segment)) {
                return link.id;
            }
        }
        return Id();
    };
    back = {to_segment("server1"), there[1], there[0]};
    there.push_back(to_segment("se1"));
    view.show_path({{there, "client1", false},
                    {{to_segment("se1"), to_segment("server1")}, "se1", false},
                    {back, "server1", true}});
    view.select({"se1"}, false);
    view.set_zoom(1.2);
    view.fit();
    MiniMap map(&view);
    map.show();
    QTest::qWait(60);
    for (const CanvasTheme theme : {CanvasTheme::light, CanvasTheme::dark}) {
        view.set_theme(theme);
        const QImage image = view.grab().toImage();
        EXPECT_EQ(image.size(), view.size() * view.devicePixelRatio());
        if (!folder.isEmpty()) {
            image.save(QString::fromUtf8(folder) +
                       (theme == CanvasTheme::light ? "/live-light.png" : "/live-dark.png"));
        }
    }
}

} // namespace
} // namespace fulcrum::designer
