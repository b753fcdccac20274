// Joins a document, its figure and what a lab reports, and paints them. The scene has no graphics items: the
// figure is painted into the view's background, which Qt keeps as a picture and only scrolls while one pans;
// what moves by itself (selection, guides, a followed request) is painted over it.
#pragma once

#include <QGraphicsScene>
#include <functional>
#include <set>

#include "designer/canvas/document_editor.h"
#include "designer/canvas/figure.h"
#include "designer/canvas/live_picture.h"
#include "designer/canvas/packet_overlay.h"
#include "designer/canvas/palette.h"
#include "designer/canvas/path_overlay.h"
#include "designer/canvas/route_overlay.h"

namespace fulcrum::designer {

// What is drawn of a document: every address that the planner will use, a place for every item.
Document shown_document(const Document& document);

class CanvasScene : public QGraphicsScene {
    Q_OBJECT
public:
    explicit CanvasScene(DocumentEditor* editor, QObject* parent = nullptr);

    const DocumentEditor& editor() const { return *editor_; }
    const Figure& figure() const { return figure_; }
    const LivePicture& live() const { return live_; }
    const Document& shown() const { return shown_; } // the document with its addresses filled in
    CanvasTheme theme() const { return theme_; }
    const Palette& palette_of_theme() const { return Palette::of(theme_); }

    void set_theme(CanvasTheme theme);
    void set_labels(const LabelChoice& choice);
    void preview(const Layout& moved); // empty: back to the document

    // Ids that are not in the drawing are left out.
    const std::set<Id>& selection() const { return selection_; }
    void set_selection(std::set<Id> ids);
    const Id& hovered() const { return hovered_; }
    void set_hovered(const Id& id);
    void flash(const std::set<Id>& ids); // draws the eye to them for a moment
    bool knows(const Id& id) const;

    // Ids by value: the caller's may lie in the figure, and the first report lays that out anew.
    void set_item_state(Id id, const LivePicture::Item& item);
    void set_traffic(Id link, const LinkTraffic& traffic);
    void set_problems(std::unordered_map<Id, int> problems);
    void set_proofs(std::unordered_map<Id, bool> proofs);
    void show_path(const std::vector<PathLeg>& legs);
    void show_packets(std::vector<TravellingPacket> packets);
    const PacketOverlay& packets() const { return packets_; }
    void show_routes(std::vector<RouteArrow> arrows);
    const RouteOverlay& routes() const { return routes_; }
    void advance(double seconds); // moves what is animated
    bool is_animated() const { return !path_.empty() || flash_left_ > 0; }
    bool has_path() const { return !path_.empty(); }
    bool path_has_return() const { return path_.has_return(); }
    void clear_live();

    // Painted last, in scene coordinates: the mouse's own marks.
    void set_tool_painter(std::function<void(QPainter&)> paint) { tool_painter_ = std::move(paint); }
    void repaint_overlay(const QRectF& area);
    void repaint_all();

signals:
    void figure_changed();    // shapes, theme or states: for the mini-map
    void selection_changed(); // not named selectionChanged: that is the base's, about graphics items
    void animation_wanted();

protected:
    void drawBackground(QPainter* painter, const QRectF& exposed) override;
    void drawForeground(QPainter* painter, const QRectF& exposed) override;

private:
    void follow_document();
    void follow_change(const Change& change);
    void repaint_figure(const QRectF& area);
    void after_layout(const QRectF& touched);
    void repaint_packets();
    void keep_live_room();
    void paint_selection(QPainter& painter, const QRectF& exposed) const;
    void paint_outline(QPainter& painter, const Id& id, double grow) const;

    DocumentEditor* editor_;
    Document shown_;
    Figure figure_;
    LivePicture live_;
    PathOverlay path_;
    PacketOverlay packets_;
    RouteOverlay routes_;
    CanvasTheme theme_ = CanvasTheme::light;
    std::set<Id> selection_, flashing_;
    double flash_left_ = 0; // seconds
    Id hovered_;
    std::function<void(QPainter&)> tool_painter_;
};

} // namespace fulcrum::designer
