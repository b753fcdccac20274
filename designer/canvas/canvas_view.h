// The drawing surface: shows a DocumentEditor's document, turns mouse and keyboard into edits, and shows what
// a running lab reports. Knows nothing of labs itself: whoever knows calls the set_… functions.
#pragma once

#include <QGraphicsView>
#include <QHash>
#include <QMimeData>

#include "designer/canvas/document_editor.h"
#include "designer/canvas/live_picture.h"
#include "designer/canvas/palette.h"

namespace fulcrum::designer {

class CanvasScene;

class CanvasView : public QGraphicsView {
    Q_OBJECT
public:
    explicit CanvasView(DocumentEditor* editor, QWidget* parent = nullptr);
    ~CanvasView() override;

    // What a palette entry carries when dragged; also the tool armed by a click on it.
    static constexpr const char* palette_mime =
        "application/x-fulcrum-palette"; // "client" … "segment", "vip",
                                         // "note", "group", "zone"

    std::vector<Id> selected() const; // nodes, links, services, notes, groups, vrfs
    void select(const std::vector<Id>& ids, bool centre = true); // also flashes them: "points at the item"
    void fit(); // stays fitted when the view is resized, until it is zoomed or moved
    void zoom_by(double factor);
    void set_zoom(double factor); // 1 is 100 %
    double zoom() const;
    void
    set_link_tool(bool on); // the next press-drag-release links two items; also: drag from an item's handle
    void arm(const QString& palette_entry); // the next click places it; empty: disarm
    void set_theme(CanvasTheme theme);
    void set_labels(bool addresses, bool interfaces, bool rates);
    void set_hand_tool(bool on); // a press pans instead of selecting

    // Live picture
    void set_node_state(const Id& node, LiveState state, const QString& detail);
    void set_link_traffic(const Id& link, const LinkTraffic& traffic);
    void set_service_state(const Id& service, LiveState state, const QString& detail); // the VIP diamond
    void show_path(const std::vector<PathLeg>& legs);         // animated; empty: none
    void show_packets(std::vector<TravellingPacket> packets); // at one moment of a playback; empty: none
    void show_routes(std::vector<RouteArrow> arrows);         // empty: none
    void set_proofs(std::unordered_map<Id, bool> holds);      // a tick or a cross on the item
    void clear_live();
    void set_problems(
        const QHash<QString, int>& severity_by_item); // 0 error, 1 warning, 2 note: a mark on the item

    CanvasScene* canvas_scene() const;

public slots:
    void copy();
    void cut();
    void paste();
    void duplicate_selected();
    void delete_selected();
    void select_all();
    void align(Qt::Edge edge);                // of the selection
    void align_centres(Qt::Orientation line); // onto one horizontal or vertical line
    void distribute(Qt::Orientation direction);
    void turn_selected();   // segments: lying ↔ standing
    void link_selected();   // two items, without a mouse
    void rename_selected(); // in place

signals:
    void selection_changed();
    void item_activated(const QString& id);                            // double click, or Return
    void context_menu_wanted(const QString& id, const QPoint& global); // empty id: the ground
    void zoom_changed(double factor);
    void status_hint(const QString& text); // "Drag to another item to link it"
    void view_changed();                   // panned, zoomed or resized: for the mini-map

protected:
    bool viewportEvent(QEvent* event) override; // tooltips, pinch
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool focusNextPrevChild(bool next) override; // Tab goes from item to item

private:
    friend class PointerTool;
    void pan(QPoint pixels);
    void keep_visible(QPointF at); // scrolls along while something is dragged to the edge
    void rename_in_place(const Id& id);

    class Private;
    std::unique_ptr<Private> d_;
};

// Renders a drawing without a window: for `fulcrum render` and for the gallery's thumbnails. `size` zero:
// natural.
QImage render_image(const Document& document, CanvasTheme theme, QSize size = {});
// format: png, svg or pdf by the file's extension; an error text, empty when good.
QString render_file(const Document& document, CanvasTheme theme, const QString& file);

} // namespace fulcrum::designer
