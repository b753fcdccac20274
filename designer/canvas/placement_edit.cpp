#include "designer/canvas/placement_edit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace fulcrum::designer {

namespace {

Id unused_id(const Document& document, const std::string& stem) {
    std::set<Id> used;
    const auto note_all = [&](const auto& entities) {
        for (const auto& entity : entities) {
            used.insert(entity.id);
        }
    };
    note_all(document.nodes);
    note_all(document.links);
    note_all(document.groups);
    note_all(document.vrfs);
    note_all(document.pools);
    note_all(document.services);
    note_all(document.address_pools);
    note_all(document.notes);
    for (int n = 1;; ++n) {
        Id id = stem + std::to_string(n);
        if (used.count(id) == 0) {
            return id;
        }
    }
}

Placement centred(const QRectF& box) {
    Placement placement;
    placement.x = box.center().x();
    placement.y = box.center().y();
    return placement;
}

} // namespace

Document with_placements(const Document& document, const Layout& placements) {
    Document next = document;
    for (const auto& [id, placement] : placements) {
        next.layout[id] = placement;
    }
    return next;
}

Document add_note(const Document& document, Placement where, const std::string& text, Id* created) {
    Document next = document;
    const Id id = unused_id(document, "note");
    next.notes.push_back({id, text});
    next.layout[id] = where;
    if (created != nullptr) {
        *created = id;
    }
    return next;
}

Document set_note_text(const Document& document, const Id& note, const std::string& text) {
    Document next = document;
    for (Note& entity : next.notes) {
        if (entity.id == note) {
            entity.text = text;
        }
    }
    return next;
}

Document add_group(const Document& document, const std::vector<Id>& members, Id* created) {
    Group group;
    for (const Id& id : members) {
        if (const Node* node = document.node(id); node != nullptr && node->kind == NodeKind::se) {
            group.members.push_back(id);
        }
    }
    if (group.members.empty()) {
        return document;
    }
    Document next = document;
    for (Group& other : next.groups) {
        std::erase_if(other.members, [&](const Id& id) {
            return std::find(group.members.begin(), group.members.end(), id) != group.members.end();
        });
    }
    group.id = unused_id(document, "group");
    group.name = group.id;
    if (created != nullptr) {
        *created = group.id;
    }
    next.groups.push_back(std::move(group));
    return next;
}

Document add_zone(const Document& document, const std::vector<Id>& members, Id* created) {
    Document next = document;
    Vrf zone;
    zone.id = unused_id(document, "zone");
    zone.name = zone.id;
    bool any = false;
    for (const Id& id : members) {
        if (Node* node = next.node(id); node != nullptr && node->kind == NodeKind::segment) {
            node->vrf = zone.id;
            any = true;
        }
    }
    if (!any) {
        return document;
    }
    if (created != nullptr) {
        *created = zone.id;
    }
    next.vrfs.push_back(std::move(zone));
    return next;
}

Layout align_boxes(const std::map<Id, QRectF>& boxes, Qt::Edge edge) {
    QRectF all;
    for (const auto& [id, box] : boxes) {
        all = all.united(box);
    }
    Layout layout;
    for (auto [id, box] : boxes) {
        switch (edge) {
        case Qt::LeftEdge:
            box.moveLeft(all.left());
            break;
        case Qt::RightEdge:
            box.moveRight(all.right());
            break;
        case Qt::TopEdge:
            box.moveTop(all.top());
            break;
        case Qt::BottomEdge:
            box.moveBottom(all.bottom());
            break;
        }
        layout[id] = centred(box);
    }
    return layout;
}

Layout align_centres(const std::map<Id, QRectF>& boxes, Qt::Orientation line) {
    double sum = 0;
    for (const auto& [id, box] : boxes) {
        sum += line == Qt::Horizontal ? box.center().y() : box.center().x();
    }
    const double middle = boxes.empty() ? 0 : std::round(sum / static_cast<double>(boxes.size()));
    Layout layout;
    for (const auto& [id, box] : boxes) {
        layout[id] = centred(box);
        (line == Qt::Horizontal ? layout[id].y : layout[id].x) = middle;
    }
    return layout;
}

Layout distribute_boxes(const std::map<Id, QRectF>& boxes, Qt::Orientation direction) {
    const bool across = direction == Qt::Horizontal;
    std::vector<std::pair<Id, QRectF>> row(boxes.begin(), boxes.end());
    const auto low = [&](const QRectF& box) { return across ? box.left() : box.top(); };
    const auto size = [&](const QRectF& box) { return across ? box.width() : box.height(); };
    std::stable_sort(row.begin(), row.end(),
                     [&](const auto& a, const auto& b) { return low(a.second) < low(b.second); });
    Layout layout;
    if (row.size() < 3) {
        return layout;
    }
    const double span = low(row.back().second) + size(row.back().second) - low(row.front().second);
    const double filled = std::accumulate(
        row.begin(), row.end(), 0.0, [&](double sum, const auto& entry) { return sum + size(entry.second); });
    const double gap = (span - filled) / static_cast<double>(row.size() - 1);
    double at = low(row.front().second);
    for (auto& [id, box] : row) {
        if (across) {
            box.moveLeft(at);
        } else {
            box.moveTop(at);
        }
        at += size(box) + gap;
        layout[id] = centred(box);
    }
    return layout;
}

} // namespace fulcrum::designer
