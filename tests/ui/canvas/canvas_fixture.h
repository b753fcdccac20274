// A view of a document, driven by simulated mouse and keys in scene coordinates.
#pragma once

#include <QApplication>
#include <QMouseEvent>
#include <QtTest/QTest>
#include <gtest/gtest.h>

#include "designer/canvas/canvas_scene.h"
#include "designer/canvas/canvas_view.h"
#include "designer/templates/templates.h"

namespace fulcrum::designer {

class CanvasFixture : public ::testing::Test {
protected:
    DocumentEditor editor;
    CanvasView view{&editor};

    void SetUp() override {
        view.resize(1200, 800);
        view.show();
        QApplication::processEvents();
    }

    void open(const std::string& template_id) {
        auto document = make_template(template_id);
        ASSERT_TRUE(document) << template_id;
        editor.reset(std::move(*document));
        QApplication::processEvents();
    }

    const Figure& figure() const { return view.canvas_scene()->figure(); }

    void send(QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::KeyboardModifiers modifiers = {}) {
        const QPoint pixel = view.mapFromScene(at);
        const bool down = type != QEvent::MouseButtonRelease && button != Qt::NoButton;
        QMouseEvent event(type, pixel, view.viewport()->mapToGlobal(pixel), button,
                          down ? button : Qt::NoButton, modifiers);
        QApplication::sendEvent(view.viewport(), &event);
    }
    void hover(QPointF at) { send(QEvent::MouseMove, at, Qt::NoButton); }
    void click(QPointF at, Qt::KeyboardModifiers modifiers = {}) {
        send(QEvent::MouseButtonPress, at, Qt::LeftButton, modifiers);
        send(QEvent::MouseButtonRelease, at, Qt::LeftButton, modifiers);
    }
    // Alt: without snapping.
    void drag(QPointF from, QPointF to, Qt::KeyboardModifiers modifiers = {}) {
        send(QEvent::MouseButtonPress, from, Qt::LeftButton, modifiers);
        for (int i = 1; i <= 4; ++i) {
            send(QEvent::MouseMove, from + (to - from) * i / 4.0, Qt::NoButton, modifiers);
        }
        send(QEvent::MouseButtonRelease, to, Qt::LeftButton, modifiers);
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(&view, key, modifiers); }

    QPointF centre(const Id& id) const { return figure().body(id).center(); }
    void undo_all() {
        while (editor.undo_stack()->canUndo()) {
            editor.undo_stack()->undo();
        }
    }
};

// A drawing of the size that has to pan and zoom without stutter: rows of segments with hosts, some hosts
// with two links.
Document make_large_drawing(std::size_t nodes, std::size_t links);

} // namespace fulcrum::designer
