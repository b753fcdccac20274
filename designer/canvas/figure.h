// A drawing as shapes in scene units: what stands where, which way links take, where each piece of writing
// found room. Knows no widget and no colours of a theme: the view, pictures, mini-map and hit tests all read
// the same figure.
//
// Follows its document by comparing: shapes whose inputs did not change keep their place and their labels,
// and `follow` tells which part of the scene looks different. 1,000 nodes with 1,500 links follow a move in
// milliseconds.
#pragma once

#include <QColor>
#include <QPolygonF>
#include <QRectF>
#include <QString>
#include <QStringList>
#include <array>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "designer/canvas/link_route.h"
#include "designer/document/document.h"

namespace fulcrum::designer {

class LabelGrid;

struct NodeShape { // every node but segments
    Id id;
    NodeKind kind = NodeKind::client;
    QPointF centre;
    QRectF icon;
    QString name;
    QString role;   // "active", "standby", "spare" of an SE; else empty
    QColor tint;    // server: its pool's colour
    QRectF caption; // name, then role and state in a second line where there is one
    Qt::Alignment caption_alignment = Qt::AlignHCenter;
    bool caption_on_line = false; // found no free place: printed on a patch of ground
};

struct BarShape { // segments
    Id id;
    QRectF bar;
    bool vertical = false;
    QString name, subnet;
    QColor color;
    QRectF text; // inside the bar, between the diamonds; empty when there is no room
};

struct VipShape {
    Id id;
    Id segment; // empty: its address lies in no segment of the drawing
    QPointF centre;
    QString name, address, mode; // "10.1.1.100:80", "in-line"
    bool address_by_hand = true;
    QRectF caption;
    Qt::Alignment caption_alignment = Qt::AlignHCenter;
    bool caption_on_line = false;
    QPointF tether; // outside every segment: the place it hangs on (its group); else equal to centre
};

struct EndLabel {
    QString interface, address;
    bool by_hand = true;
    bool two_lines = false;
    Qt::Alignment alignment = Qt::AlignLeft;
    QRectF rect; // empty: no room, or nothing to say
};

struct LinkShape {
    Id id, a, b;
    QPolygonF path; // from a to b
    std::array<EndLabel, 2> ends;
    QStringList remarks; // "MTU 9000", "20 ms", …
    QRectF middle;       // remarks and live rates; empty: no room
    bool drawn_up = true;
};

struct FrameShape {
    Id id;
    bool is_zone = false;
    QRectF frame;
    QStringList title; // one line, or several under each other
    QRectF title_rect;
    QColor color;
};

struct NoteShape {
    Id id;
    QRectF rect;
    QString text;
};

// What is at a point, the topmost first.
struct Hit {
    enum class Part { nothing, item, caption, bar_start, bar_end, link_handle };
    Id id;
    Part part = Part::nothing;
    explicit operator bool() const { return part != Part::nothing; }
};

struct LabelChoice {
    bool addresses = true, interfaces = true, rates = true;
    bool operator==(const LabelChoice&) const = default;
};

class Figure {
public:
    // `shown` has its addresses filled in; `drawn` is the document itself and tells which of them are by
    // hand. Returns the area that looks different.
    QRectF follow(const Document& shown, const Document& drawn);
    // Items shown elsewhere than the document says, while the mouse holds them. Empty: back to the document.
    QRectF preview(Layout moved);
    QRectF set_labels(const LabelChoice& choice);
    QRectF set_live(bool live); // leaves room for states and rates

    const std::vector<NodeShape>& nodes() const { return nodes_; }
    const std::vector<BarShape>& bars() const { return bars_; }
    const std::vector<VipShape>& vips() const { return vips_; }
    const std::vector<LinkShape>& links() const { return links_; }
    const std::vector<FrameShape>& frames() const { return frames_; } // zones first
    const std::vector<NoteShape>& notes() const { return notes_; }
    const NodeShape* node(const Id& id) const;
    const BarShape* bar(const Id& id) const;
    const VipShape* vip(const Id& id) const;
    const LinkShape* link(const Id& id) const;
    const FrameShape* frame(const Id& id) const;
    const NoteShape* note(const Id& id) const;

    bool is_live() const { return live_; }
    const LabelChoice& labels() const { return labels_; }
    bool empty() const { return nodes_.empty() && bars_.empty() && vips_.empty() && notes_.empty(); }
    QRectF bounds() const;                              // with all writing; empty for an empty drawing
    QRectF extent(const Id& id) const;                  // one item with its writing
    QRectF body(const Id& id) const;                    // without
    QRectF name_rect(const Id& id) const;               // where it is renamed
    Hit hit(QPointF at, double reach) const;            // reach: tolerance in scene units
    std::vector<Id> touching(const QRectF& area) const; // nodes, VIPs, notes and links, for the rubber band
    Placement placement_of(const Id& id) const;         // what the layout says, else where it is shown
    Placement previewed(const Id& id) const;            // the same, with what the mouse holds
    // Items that have to move along: VIPs of a segment, members of a frame.
    std::set<Id> with_companions(const std::set<Id>& ids) const;

private:
    struct Index {
        std::unordered_map<Id, std::size_t> at;

        template <class Shapes>
        void number(const Shapes& shapes) {
            at.clear();
            at.reserve(shapes.size());
            for (std::size_t i = 0; i < shapes.size(); ++i) {
                at.emplace(shapes[i].id, i);
            }
        }
        template <class Shape>
        const Shape* find(const std::vector<Shape>& shapes, const Id& id) const {
            const auto found = at.find(id);
            return found == at.end() ? nullptr : &shapes[found->second];
        }
    };

    QRectF lay_out();
    void lay_out_nodes();
    void lay_out_bars();
    void lay_out_vips();
    void lay_out_links();
    void lay_out_notes();
    void lay_out_frames(LabelGrid& grid);
    void place_bar_texts();
    void place_captions(LabelGrid& grid);
    void place_title(FrameShape& frame, const QStringList& parts, const LabelGrid& grid) const;
    void place_link_labels(LabelGrid& grid);
    void place_end_label(LinkShape& link, std::size_t end, LabelGrid& grid) const;
    void place_middle_label(LinkShape& link, LabelGrid& grid) const;
    Outline outline_of(const Id& id) const;
    const Node* node_of(const Id& id) const;
    Placement shown_placement(const Id& id, std::size_t order) const;
    Id segment_of(const Service& service) const;
    std::unordered_map<Id, std::vector<Id>> zone_members() const; // by VRF id
    void touch(const QRectF& area) { touched_ = touched_.united(area); }

    Document shown_;
    std::unordered_set<Id> auto_ends_[2]; // links whose end a, b has an address that nobody fixed
    std::unordered_set<Id> auto_vips_;    // services whose VIP nobody fixed
    Layout preview_;
    LabelChoice labels_;
    bool live_ = false;
    bool relabel_all_ = false;

    std::vector<NodeShape> nodes_;
    std::vector<BarShape> bars_;
    std::vector<VipShape> vips_;
    std::vector<LinkShape> links_;
    std::vector<FrameShape> frames_;
    std::vector<NoteShape> notes_;
    Index document_nodes_, node_index_, bar_index_, vip_index_, link_index_, frame_index_, note_index_;

    // During one lay_out
    std::unordered_map<Id, std::vector<std::size_t>> links_of_; // by node: positions in shown_.links
    std::unordered_map<Id, Id> segment_of_service_;
    std::unordered_set<Id> changed_; // shapes that moved or read differently: their writing is placed anew
    QRectF touched_;
};

} // namespace fulcrum::designer
