// The figure alone: nothing printed over anything, following by comparison, speed.
#include <QElapsedTimer>

#include "designer/canvas/label_grid.h"
#include "tests/ui/canvas/canvas_fixture.h"

namespace fulcrum::designer {
namespace {

struct Printed {
    std::string what;
    QRectF rect;
};

std::vector<Printed> writing_of(const Figure& figure) {
    std::vector<Printed> all;
    for (const NodeShape& node : figure.nodes()) {
        all.push_back({node.id + " name", node.caption});
        all.push_back({node.id + " icon", node.icon});
    }
    for (const VipShape& vip : figure.vips()) {
        all.push_back({vip.id + " name", vip.caption});
    }
    for (const BarShape& bar : figure.bars()) {
        all.push_back({bar.id + " bar", bar.bar});
    }
    for (const FrameShape& frame : figure.frames()) {
        all.push_back({frame.id + " title", frame.title_rect});
    }
    for (const LinkShape& link : figure.links()) {
        for (const EndLabel& end : link.ends) {
            if (!end.rect.isEmpty()) {
                all.push_back({link.id + " end", end.rect});
            }
        }
        if (!link.middle.isEmpty()) {
            all.push_back({link.id + " middle", link.middle});
        }
    }
    return all;
}

void expect_nothing_printed_over(const Figure& figure, const std::string& drawing) {
    const auto all = writing_of(figure);
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = i + 1; j < all.size(); ++j) {
            EXPECT_FALSE(all[i].rect.intersects(all[j].rect))
                << drawing << ": " << all[i].what << " over " << all[j].what;
        }
    }
    for (const LinkShape& link : figure.links()) {
        for (const LinkShape& other : figure.links()) {
            for (const EndLabel& end : other.ends) {
                for (qsizetype i = 1; i < link.path.size() && !end.rect.isEmpty(); ++i) {
                    EXPECT_FALSE(crosses(QLineF(link.path[i - 1], link.path[i]), end.rect))
                        << drawing << ": link " << link.id << " through a label of " << other.id;
                }
            }
        }
    }
}

TEST(FigureTest, NothingIsPrintedOverAnythingInAnyTemplate) {
    for (const TemplateInfo& info : templates()) {
        const auto document = make_template(info.id);
        ASSERT_TRUE(document);
        for (const bool live : {false, true}) {
            Figure figure;
            figure.follow(shown_document(*document), *document);
            figure.set_live(live);
            expect_nothing_printed_over(figure, info.id);
            if (!live) { // with room for rates some may give way; a still drawing shows every address
                for (const LinkShape& link : figure.links()) {
                    for (const EndLabel& end : link.ends) {
                        EXPECT_TRUE(end.interface.isEmpty() || !end.rect.isEmpty())
                            << info.id << " " << link.id;
                    }
                }
            }
        }
    }
}

TEST(FigureTest, LinksDropOntoBarsAtRightAngles) {
    for (const TemplateInfo& info : templates()) {
        const auto document = make_template(info.id);
        Figure figure;
        figure.follow(shown_document(*document), *document);
        for (const LinkShape& link : figure.links()) {
            const BarShape* bar = figure.bar(link.b) != nullptr ? figure.bar(link.b) : figure.bar(link.a);
            if (bar == nullptr) {
                continue;
            }
            const QPolygonF path = figure.bar(link.b) != nullptr ? link.path : reversed_path(link.path);
            const QPointF last = path[path.size() - 2] - path.back();
            EXPECT_TRUE(std::abs(last.x()) < 0.01 || std::abs(last.y()) < 0.01) << info.id << " " << link.id;
            EXPECT_TRUE(bar->bar.adjusted(-0.1, -0.1, 0.1, 0.1).contains(path.back()))
                << info.id << " " << link.id;
        }
    }
}

TEST(FigureTest, FollowingEqualsDrawingAnew) {
    DocumentEditor editor;
    CanvasScene scene(&editor);
    editor.reset(*make_template("in-line"));
    const Document start = editor.document();
    Document next = add_node(start, NodeKind::server, {.x = 900, .y = 500});
    editor.edit(next, "add");
    next = remove_items(editor.document(), {"server2"});
    editor.edit(next, "remove");
    next = editor.document();
    next.layout["server1"].y += 120;
    editor.edit(next, "move");

    Figure fresh;
    fresh.follow(shown_document(editor.document()), editor.document());
    ASSERT_EQ(scene.figure().nodes().size(), fresh.nodes().size());
    for (const NodeShape& node : fresh.nodes()) {
        EXPECT_EQ(scene.figure().node(node.id)->icon, node.icon) << node.id;
    }
    ASSERT_EQ(scene.figure().links().size(), fresh.links().size());
    for (const LinkShape& link : fresh.links()) {
        EXPECT_EQ(scene.figure().link(link.id)->path, link.path) << link.id;
    }
    expect_nothing_printed_over(scene.figure(), "after edits");
    editor.undo_stack()->setIndex(0);
    EXPECT_EQ(editor.document(), start);
    expect_nothing_printed_over(scene.figure(), "after undo");
}

// What changed is inside the area that is repainted: else stale pixels stay on the screen.
TEST(FigureTest, TheTouchedAreaHoldsWhatMoved) {
    const auto document = make_template("in-line");
    Figure figure;
    figure.follow(shown_document(*document), *document);
    const QRectF before = figure.extent("server1");
    Document next = *document;
    next.layout["server1"].x += 40;
    next.layout["server1"].y += 200;
    const QRectF touched = figure.follow(shown_document(next), next);
    EXPECT_TRUE(touched.contains(before.adjusted(6, 6, -6, -6)));
    EXPECT_TRUE(touched.contains(figure.extent("server1").adjusted(6, 6, -6, -6)));
    EXPECT_FALSE(touched.contains(figure.body("client1"))); // and not simply everything
}

TEST(FigureTest, AThousandNodesInTime) {
    const Document document = make_large_drawing(1000, 1500);
    Figure figure;
    QElapsedTimer timer;
    timer.start();
    figure.follow(document, document);
    const double first_ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    Document next = document;
    next.layout["server503"].x += 30;
    timer.start();
    figure.follow(next, next);
    const double move_ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    std::printf("[ timing   ] figure of 1,000 nodes and 1,500 links: %.1f ms, after a move %.1f ms\n",
                first_ms, move_ms);
    EXPECT_EQ(figure.nodes().size() + figure.bars().size(), 1000u);
    EXPECT_EQ(figure.links().size(), 1500u);
}

} // namespace
} // namespace fulcrum::designer
