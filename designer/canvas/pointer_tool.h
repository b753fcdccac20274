// What the mouse does on the canvas: place, select, move, link, resize a bar, rub a band, pan. Each gesture
// ends in at most one edit of the document; while it lasts, the scene only previews.
#pragma once

#include <QMouseEvent>
#include <QPainter>
#include <optional>

#include "designer/canvas/canvas_scene.h"

namespace fulcrum::designer {

class CanvasView;

class PointerTool {
public:
    PointerTool(CanvasView* view, DocumentEditor* editor, CanvasScene* scene);

    void press(QMouseEvent* event);
    void move(QMouseEvent* event);
    void release(QMouseEvent* event);
    void double_click(QMouseEvent* event);
    void leave();
    bool cancel(); // Escape: whatever is under way, then the armed tool; false when there was nothing

    void arm(const QString& palette_entry);
    const QString& armed() const { return armed_; }
    void set_link_tool(bool on);
    bool link_tool() const { return link_tool_; }
    void set_hand(bool on); // also while space is held
    bool hand() const { return hand_; }

    // Places a palette entry as an edit; false, with a hint, when it cannot be there.
    bool place(const QString& palette_entry, QPointF at);
    void show_ghost(const QString& palette_entry, std::optional<QPointF> at); // of what is dragged in

    void paint(QPainter& painter) const;
    bool is_idle() const { return doing_ == Doing::nothing; }

private:
    enum class Doing { nothing, pressed, moving, banding, linking, resizing, panning };

    void hover(QPointF at);
    void begin_move();
    void drag(QPointF at, Qt::KeyboardModifiers modifiers);
    void finish_move();
    void resize(QPointF at);
    void finish_resize();
    void finish_link(QPointF at);
    void finish_band(Qt::KeyboardModifiers modifiers);
    void set_doing(Doing doing);
    void update_cursor();
    void mark_dirty(); // repaint where this tool painted and paints
    QRectF painted_area() const;
    Id link_target(QPointF at) const; // a node or bar; empty: nothing that can be linked
    std::optional<QPointF> handle_of(const Id& id) const;
    double reach() const; // a finger's width in scene units
    QPointF scene_position(const QMouseEvent* event) const;

    CanvasView* view_;
    DocumentEditor* editor_;
    CanvasScene* scene_;

    Doing doing_ = Doing::nothing;
    bool link_tool_ = false, hand_ = false;
    QString armed_;

    QPoint press_pixel_, last_pixel_;
    QPointF press_at_, now_at_;
    Id pressed_; // item under the press
    bool narrow_on_release_ =
        false;      // a plain click on one of several selected selects only it, unless it becomes a move
    Layout moving_; // where the moved items were
    std::vector<QLineF> guides_;
    Id link_from_;
    bool resizes_start_ = false;
    QString ghost_;
    std::optional<QPointF> ghost_at_;
    QRectF last_painted_;
};

} // namespace fulcrum::designer
