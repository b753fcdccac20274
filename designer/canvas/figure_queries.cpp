// What is where in a figure.
#include <algorithm>
#include <cmath>

#include "designer/canvas/figure.h"

namespace fulcrum::designer {

const NodeShape* Figure::node(const Id& id) const {
    return node_index_.find(nodes_, id);
}
const BarShape* Figure::bar(const Id& id) const {
    return bar_index_.find(bars_, id);
}
const VipShape* Figure::vip(const Id& id) const {
    return vip_index_.find(vips_, id);
}
const LinkShape* Figure::link(const Id& id) const {
    return link_index_.find(links_, id);
}
const FrameShape* Figure::frame(const Id& id) const {
    return frame_index_.find(frames_, id);
}
const NoteShape* Figure::note(const Id& id) const {
    return note_index_.find(notes_, id);
}
const Node* Figure::node_of(const Id& id) const {
    return document_nodes_.find(shown_.nodes, id);
}

namespace {

QRectF vip_body(const VipShape& vip) {
    return {vip.centre - QPointF(vip_side, vip_side) / 2, QSizeF(vip_side, vip_side)};
}

bool in_diamond(const VipShape& vip, QPointF at, double reach) {
    return std::abs(at.x() - vip.centre.x()) + std::abs(at.y() - vip.centre.y()) <= vip_side / 2 + reach;
}

bool on_border(const QRectF& frame, QPointF at, double reach) {
    return frame.adjusted(-reach, -reach, reach, reach).contains(at) &&
           !frame.adjusted(reach, reach, -reach, -reach).contains(at);
}

} // namespace

QRectF Figure::body(const Id& id) const {
    if (const NodeShape* shape = node(id)) {
        return shape->icon;
    }
    if (const BarShape* shape = bar(id)) {
        return shape->bar;
    }
    if (const VipShape* shape = vip(id)) {
        return vip_body(*shape);
    }
    if (const LinkShape* shape = link(id)) {
        return shape->path.boundingRect().adjusted(-1, -1, 1,
                                                   1); // a straight line's rectangle would be empty
    }
    if (const FrameShape* shape = frame(id)) {
        return shape->frame;
    }
    if (const NoteShape* shape = note(id)) {
        return shape->rect;
    }
    return {};
}

QRectF Figure::extent(const Id& id) const {
    if (const NodeShape* shape = node(id)) {
        return shape->icon.adjusted(-8, -8, 8, 8).united(shape->caption);
    }
    if (const VipShape* shape = vip(id)) {
        QRectF all = vip_body(*shape).united(shape->caption);
        if (shape->tether != shape->centre) {
            all = all.united(QRectF(shape->centre, shape->tether).normalized());
        }
        return all.adjusted(-4, -4, 4, 4);
    }
    if (const LinkShape* shape = link(id)) {
        QRectF all = body(id).adjusted(-12, -12, 12, 12).united(shape->middle);
        for (const EndLabel& end : shape->ends) {
            all = all.united(end.rect);
        }
        return all;
    }
    const QRectF plain = body(id);
    return plain.isEmpty() ? plain : plain.adjusted(-4, -4, 4, 4);
}

QRectF Figure::name_rect(const Id& id) const {
    if (const NodeShape* shape = node(id)) {
        return shape->caption;
    }
    if (const BarShape* shape = bar(id)) {
        return shape->bar;
    }
    if (const VipShape* shape = vip(id)) {
        return shape->caption;
    }
    if (const FrameShape* shape = frame(id)) {
        return shape->title_rect;
    }
    return body(id);
}

QRectF Figure::bounds() const {
    QRectF all;
    for (const NodeShape& shape : nodes_) {
        all = all.united(shape.icon.adjusted(-8, -8, 8, 8).united(shape.caption));
    }
    for (const BarShape& shape : bars_) {
        all = all.united(shape.bar);
    }
    for (const VipShape& shape : vips_) {
        all = all.united(vip_body(shape)).united(shape.caption);
    }
    for (const LinkShape& shape : links_) {
        all = all.united(shape.path.boundingRect()).united(shape.middle);
        for (const EndLabel& end : shape.ends) {
            all = all.united(end.rect);
        }
    }
    for (const FrameShape& shape : frames_) {
        all = all.united(shape.frame);
    }
    for (const NoteShape& shape : notes_) {
        all = all.united(shape.rect);
    }
    return all;
}

Hit Figure::hit(QPointF at, double reach) const {
    using Part = Hit::Part;
    for (auto shape = vips_.rbegin(); shape != vips_.rend(); ++shape) {
        if (in_diamond(*shape, at, reach)) {
            return {shape->id, Part::item};
        }
    }
    for (auto shape = nodes_.rbegin(); shape != nodes_.rend(); ++shape) {
        const QPointF off = at - shape->centre;
        if (std::hypot(off.x(), off.y()) <= icon_side / 2 + reach) {
            return {shape->id, Part::item};
        }
    }
    for (auto shape = notes_.rbegin(); shape != notes_.rend(); ++shape) {
        if (shape->rect.contains(at)) {
            return {shape->id, Part::item};
        }
    }
    for (auto shape = bars_.rbegin(); shape != bars_.rend(); ++shape) {
        if (shape->bar.adjusted(-reach, -reach, reach, reach).contains(at)) {
            const double along = shape->vertical ? at.y() : at.x();
            const double low = shape->vertical ? shape->bar.top() : shape->bar.left();
            const double high = shape->vertical ? shape->bar.bottom() : shape->bar.right();
            constexpr double handle = 10;
            return {shape->id, along < low + handle    ? Part::bar_start
                               : along > high - handle ? Part::bar_end
                                                       : Part::item};
        }
    }
    for (const NodeShape& shape : nodes_) {
        if (shape.caption.contains(at)) {
            return {shape.id, Part::caption};
        }
    }
    for (const VipShape& shape : vips_) {
        if (shape.caption.contains(at)) {
            return {shape.id, Part::caption};
        }
    }
    const LinkShape* nearest = nullptr;
    double nearest_distance = 3 + reach;
    for (const LinkShape& shape : links_) {
        const QRectF around =
            shape.path.boundingRect().adjusted(-8 - reach, -8 - reach, 8 + reach, 8 + reach);
        if (!around.contains(at)) {
            continue;
        }
        const double distance = distance_to(shape.path, at);
        if (distance <= nearest_distance) {
            nearest = &shape;
            nearest_distance = distance;
        }
    }
    if (nearest != nullptr) {
        return {nearest->id, Part::item};
    }
    for (auto shape = frames_.rbegin(); shape != frames_.rend(); ++shape) {
        if (shape->title_rect.contains(at)) {
            return {shape->id, Part::caption};
        }
        if (on_border(shape->frame, at, 3 + reach)) {
            return {shape->id, Part::item};
        }
    }
    return {};
}

std::vector<Id> Figure::touching(const QRectF& area) const {
    std::vector<Id> ids;
    for (const NodeShape& shape : nodes_) {
        if (area.contains(shape.centre)) {
            ids.push_back(shape.id);
        }
    }
    for (const VipShape& shape : vips_) {
        if (area.contains(shape.centre)) {
            ids.push_back(shape.id);
        }
    }
    for (const BarShape& shape : bars_) {
        if (area.contains(shape.bar)) {
            ids.push_back(shape.id);
        }
    }
    for (const NoteShape& shape : notes_) {
        if (area.contains(shape.rect)) {
            ids.push_back(shape.id);
        }
    }
    for (const LinkShape& shape : links_) {
        if (area.contains(shape.path.boundingRect())) {
            ids.push_back(shape.id);
        }
    }
    return ids;
}

Placement Figure::placement_of(const Id& id) const {
    if (const auto laid = shown_.layout.find(id); laid != shown_.layout.end()) {
        return laid->second;
    }
    Placement placement;
    const QPointF centre = body(id).center();
    placement.x = std::round(centre.x());
    placement.y = std::round(centre.y());
    return placement;
}

Placement Figure::previewed(const Id& id) const {
    const auto held = preview_.find(id);
    return held == preview_.end() ? placement_of(id) : held->second;
}

std::set<Id> Figure::with_companions(const std::set<Id>& ids) const {
    std::set<Id> all;
    const auto zones = shown_.vrfs.empty() ? std::unordered_map<Id, std::vector<Id>>() : zone_members();
    for (const Id& id : ids) {
        if (const Group* group = shown_.group(id)) {
            all.insert(group->members.begin(), group->members.end());
        } else if (const auto zone = zones.find(id); zone != zones.end()) {
            all.insert(zone->second.begin(), zone->second.end());
        } else if (link(id) == nullptr && frame(id) == nullptr) {
            all.insert(id);
        }
    }
    std::set<Id> riders;
    for (const VipShape& shape : vips_) {
        if (!shape.segment.empty() && all.count(shape.segment) != 0) {
            riders.insert(shape.id);
        }
    }
    all.merge(riders);
    return all;
}

} // namespace fulcrum::designer
