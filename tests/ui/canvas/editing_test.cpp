// Editing by mouse and keys. The proof of each gesture is the document, not the picture.
#include <QClipboard>
#include <QMimeData>
#include <QPlainTextEdit>

#include "designer/document/file.h"
#include "tests/ui/canvas/canvas_fixture.h"

namespace fulcrum::designer {
namespace {

class Editing : public CanvasFixture {};

TEST_F(Editing, PlaceLinkMoveAndUndoEverything) {
    editor.reset({});
    view.set_zoom(1);
    view.centerOn(200, 100);
    const Document empty = editor.document();

    view.arm("segment");
    click({200, 100});
    view.arm("client");
    click({100, -60});
    view.arm("se");
    click({300, -60});
    ASSERT_EQ(editor.document().nodes.size(), 3u);
    EXPECT_EQ(editor.document().nodes[1].kind, NodeKind::client);
    EXPECT_EQ(editor.document().nodes[1].name, "client1");
    EXPECT_EQ(editor.document().layout.at(editor.document().nodes[1].id).x, 100);
    EXPECT_EQ(editor.document().layout.at(editor.document().nodes[1].id).y, -60);

    const Id client = editor.document().nodes[1].id, se = editor.document().nodes[2].id,
             segment = editor.document().nodes[0].id;
    view.set_link_tool(true);
    drag(centre(client), {150, 100});
    drag(centre(se), {300, 100});
    ASSERT_EQ(editor.document().links.size(), 2u);
    EXPECT_EQ(editor.document().links[0].a.node, client);
    EXPECT_EQ(editor.document().links[0].b.node, segment);
    key(Qt::Key_Escape);

    view.arm("vip");
    click({220, 100});
    ASSERT_EQ(editor.document().services.size(), 1u);
    view.arm("note");
    click({500, 0});
    ASSERT_EQ(editor.document().notes.size(), 1u);

    const Document before_move = editor.document();
    drag(centre(client), centre(client) + QPointF(-40, 20));
    EXPECT_EQ(editor.document().layout.at(client).x, 60);
    EXPECT_EQ(editor.document().layout.at(client).y, -40);
    editor.undo_stack()->undo();
    EXPECT_EQ(editor.document(), before_move);

    undo_all();
    EXPECT_EQ(editor.document(), empty);
    while (editor.undo_stack()->canRedo()) {
        editor.undo_stack()->redo();
    }
    EXPECT_EQ(editor.document().services.size(), 1u);
    EXPECT_EQ(editor.document().layout.at(client).x, 60);
}

TEST_F(Editing, AVipNeedsABar) {
    editor.reset({});
    view.set_zoom(1);
    QString hint;
    QObject::connect(&view, &CanvasView::status_hint, [&](const QString& text) { hint = text; });
    view.arm("vip");
    click({0, 0});
    EXPECT_TRUE(editor.document().services.empty());
    EXPECT_FALSE(hint.isEmpty());
    EXPECT_FALSE(editor.undo_stack()->canUndo());
}

TEST_F(Editing, LinkFromTheHandleOfAHoveredItem) {
    open("one-arm");
    const std::size_t links = editor.document().links.size();
    const QPointF handle = centre("client1") + QPointF(38, 0);
    hover(centre("client1"));
    hover(handle);
    drag(handle, centre("server1"));
    ASSERT_EQ(editor.document().links.size(), links + 1);
    EXPECT_EQ(editor.document().links.back().a.node, "client1");
    EXPECT_EQ(editor.document().links.back().b.node, "server1");
}

TEST_F(Editing, TwoClicksWithTheLinkToolAreALinkToo) {
    open("one-arm");
    const std::size_t links = editor.document().links.size();
    view.set_link_tool(true);
    click(centre("client1"));
    click(centre("server1"));
    EXPECT_EQ(editor.document().links.size(), links + 1);
}

TEST_F(Editing, RubberBandAndModifiersSelect) {
    open("one-arm");
    const QRectF servers =
        figure().body("server1").united(figure().body("server3")).adjusted(-20, -20, 20, 20);
    drag(servers.topLeft(), servers.bottomRight());
    EXPECT_EQ(view.selected(), (std::vector<Id>{"server1", "server2", "server3"}));
    click(centre("client1"), Qt::ControlModifier);
    EXPECT_EQ(view.selected(), (std::vector<Id>{"client1", "server1", "server2", "server3"}));
    click(centre("server2"), Qt::ShiftModifier);
    EXPECT_EQ(view.selected(), (std::vector<Id>{"client1", "server1", "server3"}));
    click(centre("server3")); // a plain click on one of several selects only it
    EXPECT_EQ(view.selected(), (std::vector<Id>{"server3"}));
}

TEST_F(Editing, AMoveTakesTheWholeSelectionAndIsOneStep) {
    open("one-arm");
    const Document before = editor.document();
    click(centre("server1"));
    click(centre("server2"), Qt::ControlModifier);
    drag(centre("server2"), centre("server2") + QPointF(0, 60), Qt::AltModifier);
    for (const Id id : {"server1", "server2"}) {
        EXPECT_EQ(editor.document().layout.at(id).y, before.layout.at(id).y + 60) << id;
        EXPECT_EQ(editor.document().layout.at(id).x, before.layout.at(id).x) << id;
    }
    EXPECT_EQ(editor.document().layout.at("server3"), before.layout.at("server3"));
    EXPECT_EQ(editor.undo_stack()->count(), 1);
}

TEST_F(Editing, SnapsInLineWithOthers) {
    open("one-arm");
    const double x = centre("server1").x();
    drag(centre("client1"), QPointF(x + 4, centre("client1").y()));
    EXPECT_EQ(editor.document().layout.at("client1").x, x);
}

TEST_F(Editing, EscapeWhileMovingLeavesTheDocumentAlone) {
    open("one-arm");
    const Document before = editor.document();
    const QRectF shown = figure().body("server1");
    send(QEvent::MouseButtonPress, centre("server1"), Qt::LeftButton);
    send(QEvent::MouseMove, shown.center() + QPointF(60, 60), Qt::NoButton);
    EXPECT_NE(figure().body("server1"), shown); // it is previewed
    key(Qt::Key_Escape);
    EXPECT_EQ(figure().body("server1"), shown);
    send(QEvent::MouseButtonRelease, shown.center() + QPointF(60, 60), Qt::LeftButton);
    EXPECT_EQ(editor.document(), before);
}

TEST_F(Editing, VipsSlideAlongTheirBar) {
    open("one-arm");
    view.set_zoom(1); // whole pixels are whole units
    const Id vip = editor.document().services[0].id;
    const QPointF before = centre(vip);
    drag(before, before + QPointF(50, 90), Qt::AltModifier);
    EXPECT_EQ(centre(vip), before + QPointF(50, 0));
    EXPECT_EQ(editor.document().layout.at(vip).x, before.x() + 50);
    EXPECT_EQ(editor.document().layout.at(vip).y, before.y());
}

TEST_F(Editing, ABarTakesItsVipsAlong) {
    open("one-arm");
    const Id vip = editor.document().services[0].id, segment = figure().vip(vip)->segment;
    view.set_zoom(1);
    const QPointF before = centre(vip);
    const QPointF grip = figure().bar(segment)->bar.center() + QPointF(20, 0);
    drag(grip, grip + QPointF(30, 40), Qt::AltModifier);
    EXPECT_EQ(centre(vip), before + QPointF(30, 40));
}

TEST_F(Editing, BarEndsArePulled) {
    open("one-arm");
    const Id segment = figure().bars().front().id;
    const QRectF before = figure().bar(segment)->bar;
    click(before.center() + QPointF(30, 0));
    ASSERT_EQ(view.selected(), std::vector<Id>{segment});
    drag(QPointF(before.right() - 2, before.center().y()), QPointF(before.right() + 98, before.center().y()));
    const QRectF after = figure().bar(segment)->bar;
    EXPECT_EQ(after.left(), before.left());
    EXPECT_NEAR(after.right(), before.right() + 98, 10);
    EXPECT_EQ(editor.document().layout.at(segment).width, after.width());
}

TEST_F(Editing, ArrowKeysNudgeAndMergeIntoOneStep) {
    open("one-arm");
    const Document before = editor.document();
    click(centre("server1"));
    for (int i = 0; i < 5; ++i) {
        key(Qt::Key_Right);
    }
    key(Qt::Key_Down, Qt::ShiftModifier);
    EXPECT_EQ(editor.document().layout.at("server1").x, before.layout.at("server1").x + 50);
    EXPECT_EQ(editor.document().layout.at("server1").y, before.layout.at("server1").y + 1);
    EXPECT_EQ(editor.undo_stack()->count(), 1);
    key(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(editor.document(), before);
}

TEST_F(Editing, DeleteTakesWhatHangsOnItAndComesBackWhole) {
    open("one-arm");
    const Document before = editor.document();
    click(centre("server1"));
    key(Qt::Key_Delete);
    EXPECT_EQ(editor.document().node("server1"), nullptr);
    EXPECT_LT(editor.document().links.size(), before.links.size());
    EXPECT_TRUE(view.selected().empty());
    EXPECT_EQ(figure().node("server1"), nullptr);
    editor.undo_stack()->undo();
    EXPECT_EQ(editor.document(), before);
    EXPECT_NE(figure().node("server1"), nullptr);
}

TEST_F(Editing, CopyIsADocumentAndPastesIntoAnotherWindow) {
    open("one-arm");
    click(centre("server1"));
    click(centre("server2"), Qt::ControlModifier);
    view.copy();
    const auto clip = parse_document(QGuiApplication::clipboard()->text().toStdString());
    ASSERT_TRUE(clip) << clip.error().message;
    EXPECT_EQ(clip->nodes.size(), 2u);

    DocumentEditor other_editor;
    CanvasView other(&other_editor);
    other.resize(600, 400);
    other.show();
    other.paste();
    EXPECT_EQ(other_editor.document().nodes.size(), 2u);
    EXPECT_EQ(other.selected().size(), 2u);

    const std::size_t nodes = editor.document().nodes.size();
    view.paste();
    EXPECT_EQ(editor.document().nodes.size(), nodes + 2);
    view.duplicate_selected();
    EXPECT_EQ(editor.document().nodes.size(), nodes + 4);
}

TEST_F(Editing, AForeignClipboardIsRefusedWithAHint) {
    open("one-arm");
    const Document before = editor.document();
    QGuiApplication::clipboard()->setText("{\"nodes\": [");
    QString hint;
    QObject::connect(&view, &CanvasView::status_hint, [&](const QString& text) { hint = text; });
    view.paste();
    EXPECT_EQ(editor.document(), before);
    EXPECT_FALSE(hint.isEmpty());
}

TEST_F(Editing, RenameInPlace) {
    open("one-arm");
    click(centre("server1"));
    key(Qt::Key_F2);
    auto* line = view.findChild<QPlainTextEdit*>();
    ASSERT_NE(line, nullptr);
    QTest::keyClicks(line, "web");
    QTest::keyClick(line, Qt::Key_Return);
    ASSERT_EQ(view.selected().size(), 1u);
    const NodeShape* node = figure().node(view.selected().front());
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->name, "web");
    EXPECT_EQ(editor.undo_stack()->count(), 1);

    QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    key(Qt::Key_F2);
    line = view.findChild<QPlainTextEdit*>();
    ASSERT_NE(line, nullptr);
    QTest::keyClicks(line, "other");
    QTest::keyClick(line, Qt::Key_Escape);
    EXPECT_EQ(editor.undo_stack()->count(), 1);
}

TEST_F(Editing, TabWalksAndReturnActivates) {
    open("one-arm");
    view.activateWindow();
    view.setFocus();
    QApplication::processEvents();
    QString activated;
    QObject::connect(&view, &CanvasView::item_activated, [&](const QString& id) { activated = id; });
    std::set<Id> seen;
    const std::size_t items = figure().nodes().size() + figure().bars().size() + figure().vips().size() +
                              figure().links().size() + figure().frames().size() + figure().notes().size();
    for (std::size_t i = 0; i < items; ++i) {
        key(Qt::Key_Tab);
        ASSERT_EQ(view.selected().size(), 1u);
        seen.insert(view.selected().front());
    }
    EXPECT_EQ(seen.size(), items);
    key(Qt::Key_Return);
    EXPECT_EQ(activated.toStdString(), view.selected().front());
}

TEST_F(Editing, AlignAndDistribute) {
    open("one-arm");
    drag(centre("server2"), centre("server2") + QPointF(17, 33), Qt::AltModifier);
    view.select({"server1", "server2", "server3"}, false);
    view.align(Qt::TopEdge);
    EXPECT_EQ(centre("server1").y(), centre("server2").y());
    view.distribute(Qt::Horizontal);
    EXPECT_NEAR(centre("server2").x() - centre("server1").x(), centre("server3").x() - centre("server2").x(),
                0.01);
    undo_all();
    EXPECT_EQ(editor.document(), *make_template("one-arm"));
}

TEST_F(Editing, GroupsAndZonesFromThePalette) {
    open("one-arm");
    const Id segment = figure().bars().front().id;
    view.select({segment}, false);
    view.arm("zone");
    click(figure().bar(segment)->bar.center() + QPointF(20, 0));
    ASSERT_EQ(editor.document().vrfs.size(), 1u);
    EXPECT_EQ(editor.document().node(segment)->vrf, editor.document().vrfs[0].id);
    ASSERT_NE(figure().frame(editor.document().vrfs[0].id), nullptr);
    EXPECT_TRUE(figure().frame(editor.document().vrfs[0].id)->frame.contains(figure().body("server1")));
}

TEST_F(Editing, DropFromThePalette) {
    editor.reset({});
    QMimeData mime;
    mime.setData(CanvasView::palette_mime, "router");
    const QPoint pixel(400, 300);
    QDragEnterEvent enter(pixel, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QApplication::sendEvent(view.viewport(), &enter);
    QDropEvent drop(pixel, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QApplication::sendEvent(view.viewport(), &drop);
    ASSERT_EQ(editor.document().nodes.size(), 1u);
    EXPECT_EQ(editor.document().nodes[0].kind, NodeKind::router);
    const QPointF at = view.mapToScene(pixel);
    EXPECT_NEAR(centre(editor.document().nodes[0].id).x(), at.x(), 10);
}

TEST_F(Editing, ZoomKeepsThePointUnderTheMouse) {
    open("one-arm");
    const QPoint pixel(300, 200);
    const QPointF before = view.mapToScene(pixel);
    const double zoom = view.zoom();
    QWheelEvent wheel(pixel, view.viewport()->mapToGlobal(pixel), {}, QPoint(0, 240), Qt::NoButton,
                      Qt::ControlModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(view.viewport(), &wheel);
    EXPECT_GT(view.zoom(), zoom * 1.2);
    EXPECT_NEAR(view.mapToScene(pixel).x(), before.x(), 2);
    EXPECT_NEAR(view.mapToScene(pixel).y(), before.y(), 2);
}

} // namespace
} // namespace fulcrum::designer
