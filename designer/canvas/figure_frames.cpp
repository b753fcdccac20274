// The shapes that lie around or beside the others: frames of groups and zones, notes.
#include <algorithm>
#include <array>

#include "designer/canvas/figure.h"
#include "designer/canvas/label_grid.h"
#include "designer/canvas/palette.h"
#include "designer/canvas/text_style.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double default_note_width = 190;
constexpr double frame_padding = 18;
constexpr double zone_padding = 30;

} // namespace

void Figure::lay_out_notes() {
    std::vector<NoteShape> next;
    std::size_t order = 0;
    for (const Note& note : shown_.notes) {
        const Placement placement = shown_placement(note.id, shown_.nodes.size() + order++);
        const double width = placement.width > 0 ? placement.width : default_note_width;
        NoteShape shape;
        shape.id = note.id;
        shape.text = QString::fromStdString(note.text);
        const double height = std::max(34.0, wrapped_height(TextStyle::note, shape.text, width - 20) + 18);
        shape.rect = QRectF(placement.x - width / 2, placement.y - height / 2, width, height);
        const NoteShape* old = this->note(note.id);
        if (old == nullptr || old->rect != shape.rect || old->text != shape.text) {
            touch(old == nullptr ? shape.rect : shape.rect.united(old->rect));
            changed_.insert(note.id);
        }
        next.push_back(std::move(shape));
    }
    for (const NoteShape& old : notes_) {
        if (std::none_of(next.begin(), next.end(), [&](const NoteShape& n) { return n.id == old.id; })) {
            touch(old.rect);
        }
    }
    notes_ = std::move(next);
    note_index_.number(notes_);
}

// A node lies in a zone when every way from it to a segment, not through an SE, ends in that zone: SEs serve
// several.
std::unordered_map<Id, std::vector<Id>> Figure::zone_members() const {
    std::unordered_map<Id, std::vector<Id>> members;
    std::unordered_map<Id, std::set<Id>> zones_of;
    for (const Node& segment : shown_.nodes) {
        if (segment.kind != NodeKind::segment) {
            continue;
        }
        std::vector<Id> ways{segment.id};
        std::unordered_set<Id> seen{segment.id};
        while (!ways.empty()) {
            const Id here = ways.back();
            ways.pop_back();
            const auto links = links_of_.find(here);
            if (links == links_of_.end()) {
                continue;
            }
            for (const std::size_t at : links->second) {
                const Link& link = shown_.links[at];
                const Id& other = link.a.node == here ? link.b.node : link.a.node;
                const Node* node = node_of(other);
                if (node == nullptr || node->kind == NodeKind::se || node->kind == NodeKind::segment ||
                    !seen.insert(other).second) {
                    continue;
                }
                zones_of[other].insert(segment.vrf);
                ways.push_back(other);
            }
        }
        if (!segment.vrf.empty()) {
            members[segment.vrf].push_back(segment.id);
        }
    }
    for (const auto& [node, zones] : zones_of) {
        if (zones.size() == 1 && !zones.begin()->empty()) {
            members[*zones.begin()].push_back(node);
        }
    }
    for (const auto& [service, segment] : segment_of_service_) {
        if (const Node* node = node_of(segment); node != nullptr && !node->vrf.empty()) {
            members[node->vrf].push_back(service);
        }
    }
    return members;
}

namespace {

// The first corner of the frame where no line and nothing else is in the way of a title of this size.
const QRectF* free_corner(const std::array<QRectF, 4>& corners, const LabelGrid& grid) {
    const auto found = std::find_if(corners.begin(), corners.end(),
                                    [&](const QRectF& corner) { return grid.is_free(corner); });
    return found == corners.end() ? nullptr : &*found;
}

std::array<QRectF, 4> corners_of(const QRectF& frame, QSizeF size) {
    const QRectF f = frame.adjusted(10, 5, -10, -5);
    return {QRectF(f.topLeft(), size), QRectF(QPointF(f.right() - size.width(), f.top()), size),
            QRectF(QPointF(f.left(), f.bottom() - size.height()), size),
            QRectF(QPointF(f.right() - size.width(), f.bottom() - size.height()), size)};
}

} // namespace

// In one line along an edge where links leave room; else line under line in a column of its own on the left.
void Figure::place_title(FrameShape& frame, const QStringList& parts, const LabelGrid& grid) const {
    const double line = line_height(TextStyle::title);
    frame.title = {parts.join(QStringLiteral(" · "))};
    const QSizeF flat(text_width(TextStyle::title, frame.title.front()), line);
    const double missing = flat.width() + 20 - frame.frame.width();
    const QRectF widened = missing > 0 ? frame.frame.adjusted(-missing / 2, 0, missing / 2, 0) : frame.frame;
    if (const QRectF* corner = free_corner(corners_of(widened, flat), grid)) {
        frame.frame = widened;
        frame.title_rect = *corner;
        return;
    }
    double width = 0;
    for (const QString& part : parts) {
        width = std::max(width, text_width(TextStyle::title, part));
    }
    const QSizeF column(width, line * static_cast<double>(parts.size()));
    frame.title = parts;
    frame.frame.setHeight(std::max(frame.frame.height(), column.height() + 10));
    if (const QRectF* corner = free_corner(corners_of(frame.frame, column), grid)) {
        frame.title_rect = *corner;
        return;
    }
    frame.frame.setLeft(frame.frame.left() - column.width());
    const auto corners = corners_of(frame.frame, column);
    const QRectF* corner = free_corner(corners, grid);
    frame.title_rect = corner != nullptr ? *corner : corners.front();
}

void Figure::lay_out_frames(LabelGrid& grid) {
    std::vector<FrameShape> next;
    std::vector<QStringList> titles;
    const auto around = [&](const std::vector<Id>& ids, double side, double above, double below) {
        QRectF frame;
        for (const Id& id : ids) {
            frame = frame.united(extent(id));
        }
        return frame.isEmpty() ? frame : frame.adjusted(-side, -above, side, below);
    };
    std::size_t order = 0;
    auto zones = shown_.vrfs.empty() ? std::unordered_map<Id, std::vector<Id>>() : zone_members();
    for (const Vrf& vrf : shown_.vrfs) {
        FrameShape shape;
        shape.id = vrf.id;
        shape.is_zone = true;
        shape.color = zone_color(vrf.color, order++);
        shape.frame = around(zones[vrf.id], zone_padding, zone_padding + 16, zone_padding);
        titles.push_back({Words::tr("Zone %1").arg(display_name(vrf.name, vrf.id))});
        next.push_back(std::move(shape));
    }
    for (const Group& group : shown_.groups) {
        FrameShape shape;
        shape.id = group.id;
        shape.color = Palette::of(CanvasTheme::light).se;
        shape.frame = around(group.members, frame_padding, frame_padding + 16, frame_padding + 8);
        QStringList title{display_name(group.name, group.id)};
        if (group.members.size() > 1) { // one alone is neither active nor standby to anybody
            title << ha_text(group.ha);
        }
        QStringList floating;
        for (const FloatingAddress& address : group.floating) {
            floating << QString::fromStdString(address.address.text());
        }
        if (!floating.isEmpty()) {
            title << Words::tr("floating %1").arg(floating.join(QStringLiteral(", ")));
        }
        titles.push_back(std::move(title));
        next.push_back(std::move(shape));
    }
    for (std::size_t i = 0; i < next.size(); ++i) {
        FrameShape& shape = next[i];
        if (!shape.frame.isEmpty()) {
            place_title(shape, titles[i], grid);
            grid.add(shape.title_rect);
            // Link labels keep off the dashed border too.
            grid.add(QLineF(shape.frame.topLeft(), shape.frame.topRight()));
            grid.add(QLineF(shape.frame.bottomLeft(), shape.frame.bottomRight()));
            grid.add(QLineF(shape.frame.topLeft(), shape.frame.bottomLeft()));
            grid.add(QLineF(shape.frame.topRight(), shape.frame.bottomRight()));
        }
        const FrameShape* old = frame(shape.id);
        if (old == nullptr || old->frame != shape.frame || old->title != shape.title ||
            old->title_rect != shape.title_rect || old->color != shape.color) {
            touch(shape.frame.adjusted(-4, -4, 4, 4));
            if (old != nullptr) {
                touch(old->frame.adjusted(-4, -4, 4, 4));
            }
        }
    }
    for (const FrameShape& old : frames_) {
        if (std::none_of(next.begin(), next.end(), [&](const FrameShape& n) { return n.id == old.id; })) {
            touch(old.frame.adjusted(-4, -4, 4, 4));
        }
    }
    frames_ = std::move(next);
    frame_index_.number(frames_);
}

} // namespace fulcrum::designer
