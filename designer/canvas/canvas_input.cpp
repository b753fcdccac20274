// Keys, wheel, gestures, drops and tooltips of a CanvasView. What the mouse draws is in PointerTool.
#include <QApplication>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QNativeGestureEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "designer/canvas/canvas_view_p.h"
#include "designer/canvas/item_tip.h"
#include "designer/canvas/move_guides.h"
#include "designer/canvas/placement_edit.h"

namespace fulcrum::designer {

namespace {

constexpr double key_zoom = 1.2;

QString palette_entry_of(const QMimeData* mime) {
    return QString::fromUtf8(mime->data(QString::fromLatin1(CanvasView::palette_mime)));
}

} // namespace

void CanvasView::mousePressEvent(QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    d_->tool.press(event);
}

void CanvasView::mouseMoveEvent(QMouseEvent* event) {
    d_->tool.move(event);
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event) {
    d_->tool.release(event);
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event) {
    d_->tool.double_click(event);
}

void CanvasView::wheelEvent(QWheelEvent* event) {
    if ((event->modifiers() & Qt::ControlModifier) != 0) {
        d_->zoom_around(event->position().toPoint(), std::pow(1.0015, event->angleDelta().y()));
        event->accept();
        return;
    }
    const QPoint pixels = event->pixelDelta().isNull() ? event->angleDelta() / 2 : event->pixelDelta();
    const bool sideways = (event->modifiers() & Qt::ShiftModifier) != 0 && pixels.x() == 0;
    pan(sideways ? QPoint(pixels.y(), 0) : pixels);
    event->accept();
}

bool CanvasView::viewportEvent(QEvent* event) {
    switch (event->type()) {
    case QEvent::ToolTip: {
        auto* help = static_cast<QHelpEvent*>(event);
        const QPointF at = mapToScene(help->pos());
        const Hit hit = d_->scene.figure().hit(at, 5 / zoom());
        QString text = d_->scene.routes().tip_at(at); // lies over the items
        if (text.isEmpty() && hit) {
            text = item_tip(d_->scene.shown(), d_->scene.live(), hit.id);
        }
        if (text.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), text, viewport());
        }
        return true;
    }
    case QEvent::NativeGesture: {
        auto* gesture = static_cast<QNativeGestureEvent*>(event);
        if (gesture->gestureType() == Qt::ZoomNativeGesture) {
            d_->zoom_around(gesture->position().toPoint(), 1 + gesture->value());
            return true;
        }
        break;
    }
    case QEvent::Leave:
        d_->tool.leave();
        break;
    default:
        break;
    }
    return QGraphicsView::viewportEvent(event);
}

void CanvasView::contextMenuEvent(QContextMenuEvent* event) {
    Id id;
    QPoint global = event->globalPos();
    if (event->reason() == QContextMenuEvent::Keyboard) {
        if (!d_->scene.selection().empty()) {
            id = *d_->scene.selection().begin();
            global = viewport()->mapToGlobal(mapFromScene(d_->scene.figure().body(id).center()));
        }
    } else {
        id = d_->scene.figure().hit(mapToScene(event->pos()), 5 / zoom()).id;
    }
    emit context_menu_wanted(QString::fromStdString(id), global);
    event->accept();
}

std::vector<Id> CanvasView::Private::cycle_order() const {
    std::vector<Id> order;
    for (const Node& node : editor->document().nodes) {
        order.push_back(node.id);
    }
    for (const VipShape& vip : scene.figure().vips()) {
        order.push_back(vip.id);
    }
    for (const LinkShape& link : scene.figure().links()) {
        order.push_back(link.id);
    }
    for (const FrameShape& frame : scene.figure().frames()) {
        order.push_back(frame.id);
    }
    for (const NoteShape& note : scene.figure().notes()) {
        order.push_back(note.id);
    }
    return order;
}

void CanvasView::Private::cycle(bool forward) {
    const std::vector<Id> order = cycle_order();
    if (order.empty()) {
        return;
    }
    std::size_t next = forward ? 0 : order.size() - 1;
    if (!scene.selection().empty()) {
        const Id& current = forward ? *scene.selection().rbegin() : *scene.selection().begin();
        const auto found = std::find(order.begin(), order.end(), current);
        if (found != order.end()) {
            const auto at = static_cast<std::size_t>(found - order.begin());
            next = (at + (forward ? 1 : order.size() - 1)) % order.size();
        }
    }
    scene.set_selection({order[next]});
    const QRectF extent = scene.figure().extent(order[next]);
    if (!view->mapToScene(view->viewport()->rect()).boundingRect().contains(extent)) {
        view->centerOn(extent.center());
    }
}

void CanvasView::Private::nudge(int dx, int dy) {
    Layout places;
    for (const Id& id : scene.figure().with_companions(scene.selection())) {
        Placement placement = scene.figure().placement_of(id);
        placement.x += dx;
        placement.y += dy;
        places[id] = placement;
    }
    editor->edit(with_placements(editor->document(), places), CanvasView::tr("Move"), true);
}

bool CanvasView::focusNextPrevChild(bool next) {
    // Tab walks through the items; Ctrl+Tab or an empty drawing goes on to the next widget.
    const bool leaves = (QApplication::keyboardModifiers() & Qt::ControlModifier) != 0 ||
                        d_->scene.figure().empty() || !hasFocus();
    if (leaves) {
        return QGraphicsView::focusNextPrevChild(next);
    }
    d_->cycle(next);
    return true;
}

void CanvasView::keyPressEvent(QKeyEvent* event) {
    const bool none = (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) == 0;
    const bool shift = (event->modifiers() & Qt::ShiftModifier) != 0;
    const bool any_selected = !d_->scene.selection().empty();
    const auto arrow = [&](int x, int y) {
        if (any_selected) {
            const int step = shift ? 1 : static_cast<int>(snap_step);
            d_->nudge(x * step, y * step);
        } else {
            pan({-x * 60, -y * 60});
        }
    };
    if (event->matches(QKeySequence::Copy)) {
        copy();
    } else if (event->matches(QKeySequence::Cut)) {
        cut();
    } else if (event->matches(QKeySequence::Paste)) {
        paste();
    } else if (event->matches(QKeySequence::SelectAll)) {
        select_all();
    } else if (event->key() == Qt::Key_D && event->modifiers() == Qt::ControlModifier) {
        duplicate_selected();
    } else if (event->matches(QKeySequence::Undo)) {
        d_->editor->undo_stack()->undo();
    } else if (event->matches(QKeySequence::Redo)) {
        d_->editor->undo_stack()->redo();
    } else if (event->key() == Qt::Key_Plus || (event->key() == Qt::Key_Equal && none)) {
        zoom_by(key_zoom);
    } else if (event->key() == Qt::Key_Minus) {
        zoom_by(1 / key_zoom);
    } else if (event->key() == Qt::Key_0 && event->modifiers() == Qt::ControlModifier) {
        set_zoom(1);
    } else if (!none) {
        QGraphicsView::keyPressEvent(event);
    } else {
        switch (event->key()) {
        case Qt::Key_Escape:
            if (!d_->tool.cancel()) {
                d_->scene.set_selection({});
            }
            emit status_hint({});
            break;
        case Qt::Key_Delete:
        case Qt::Key_Backspace:
            delete_selected();
            break;
        case Qt::Key_Left:
            arrow(-1, 0);
            break;
        case Qt::Key_Right:
            arrow(1, 0);
            break;
        case Qt::Key_Up:
            arrow(0, -1);
            break;
        case Qt::Key_Down:
            arrow(0, 1);
            break;
        case Qt::Key_F2:
            rename_selected();
            break;
        case Qt::Key_F:
            fit();
            break;
        case Qt::Key_L:
            link_selected();
            break;
        case Qt::Key_R:
            turn_selected();
            break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (!d_->tool.armed().isEmpty()) { // placing without a mouse: in the middle of what is seen
                if (d_->tool.place(d_->tool.armed(), mapToScene(viewport()->rect().center()))) {
                    d_->tool.arm({});
                }
            } else if (d_->scene.selection().size() == 1) {
                emit item_activated(QString::fromStdString(*d_->scene.selection().begin()));
            }
            break;
        case Qt::Key_Space:
            if (!event->isAutoRepeat()) {
                d_->hand_before_space = d_->tool.hand();
                d_->tool.set_hand(true);
            }
            break;
        default:
            event->ignore(); // the window's shortcuts
            break;
        }
    }
}

void CanvasView::keyReleaseEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
        d_->tool.set_hand(d_->hand_before_space);
        return;
    }
    QGraphicsView::keyReleaseEvent(event);
}

void CanvasView::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasFormat(QString::fromLatin1(palette_mime))) {
        event->acceptProposedAction();
    } else {
        event->ignore(); // files are the window's
    }
}

void CanvasView::dragMoveEvent(QDragMoveEvent* event) {
    if (event->mimeData()->hasFormat(QString::fromLatin1(palette_mime))) {
        d_->tool.show_ghost(palette_entry_of(event->mimeData()), mapToScene(event->position().toPoint()));
        event->acceptProposedAction();
    } else {
        event->ignore();
    }
}

void CanvasView::dragLeaveEvent(QDragLeaveEvent* event) {
    d_->tool.show_ghost({}, std::nullopt);
    event->accept();
}

void CanvasView::dropEvent(QDropEvent* event) {
    d_->tool.show_ghost({}, std::nullopt);
    if (!event->mimeData()->hasFormat(QString::fromLatin1(palette_mime))) {
        event->ignore();
        return;
    }
    d_->tool.place(palette_entry_of(event->mimeData()), mapToScene(event->position().toPoint()));
    setFocus();
    event->acceptProposedAction();
}

void CanvasView::scrollContentsBy(int dx, int dy) {
    QGraphicsView::scrollContentsBy(dx, dy);
    d_->is_fitted = false;
    emit view_changed();
}

void CanvasView::resizeEvent(QResizeEvent* event) {
    const bool was_fitted = d_->is_fitted;
    QGraphicsView::resizeEvent(event);
    if (was_fitted) { // a bar that comes up over the canvas must not push what is seen out of it
        fit();
    }
    d_->place_legend();
    emit view_changed();
}

void CanvasView::showEvent(QShowEvent* event) {
    QGraphicsView::showEvent(event);
    if (d_->fit_when_shown) {
        d_->fit_when_shown = false;
        fit();
    }
    if (d_->scene.is_animated()) {
        d_->since_frame.start();
        d_->animation.start();
    }
}

} // namespace fulcrum::designer
