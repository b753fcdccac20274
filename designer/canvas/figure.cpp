#include "designer/canvas/figure.h"

#include <algorithm>
#include <cmath>

#include "designer/canvas/label_grid.h"
#include "designer/canvas/palette.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double default_bar_length = 280;
constexpr double bar_overhang = 48; // beyond the outermost drop

// Keeps what is known of an entity under its id; a new one starts empty.
template <class Shape, class Index>
Shape taken(std::vector<Shape>& shapes, const Index& index, const Id& id, bool& known) {
    const auto found = index.at.find(id);
    known = found != index.at.end();
    if (known) {
        return std::move(shapes[found->second]);
    }
    Shape shape;
    shape.id = id;
    return shape;
}

} // namespace

QRectF Figure::follow(const Document& shown, const Document& drawn) {
    shown_ = shown;
    for (auto& ends : auto_ends_) {
        ends.clear();
    }
    for (const Link& link : drawn.links) {
        if (!link.a.address || link.a.auto_address) {
            auto_ends_[0].insert(link.id);
        }
        if (!link.b.address || link.b.auto_address) {
            auto_ends_[1].insert(link.id);
        }
    }
    auto_vips_.clear();
    for (const Service& service : drawn.services) {
        if (!service.vip) {
            auto_vips_.insert(service.id);
        }
    }
    return lay_out();
}

QRectF Figure::preview(Layout moved) {
    preview_ = std::move(moved);
    return lay_out();
}

QRectF Figure::set_labels(const LabelChoice& choice) {
    if (choice == labels_) {
        return {};
    }
    labels_ = choice;
    relabel_all_ = true;
    return lay_out();
}

QRectF Figure::set_live(bool live) {
    if (live == live_) {
        return {};
    }
    live_ = live;
    relabel_all_ = true;
    return lay_out();
}

QRectF Figure::lay_out() {
    touched_ = {};
    changed_.clear();
    document_nodes_.number(shown_.nodes);
    links_of_.clear();
    for (std::size_t i = 0; i < shown_.links.size(); ++i) {
        links_of_[shown_.links[i].a.node].push_back(i);
        links_of_[shown_.links[i].b.node].push_back(i);
    }
    segment_of_service_.clear();
    for (const Service& service : shown_.services) {
        segment_of_service_[service.id] = segment_of(service);
    }
    if (relabel_all_) {
        for (const Node& node : shown_.nodes) {
            changed_.insert(node.id);
        }
        for (const Link& link : shown_.links) {
            changed_.insert(link.id);
        }
        for (const Service& service : shown_.services) {
            changed_.insert(service.id);
        }
        touch(bounds());
        relabel_all_ = false;
    }
    lay_out_nodes();
    lay_out_bars();
    lay_out_links();
    lay_out_vips();
    lay_out_notes();
    place_bar_texts();

    LabelGrid grid;
    for (const NodeShape& node : nodes_) {
        grid.add(node.icon);
    }
    for (const BarShape& bar : bars_) {
        grid.add(bar.bar);
    }
    for (const VipShape& vip : vips_) {
        grid.add(QRectF(vip.centre - QPointF(vip_side, vip_side) / 2, QSizeF(vip_side, vip_side)));
    }
    for (const NoteShape& note : notes_) {
        grid.add(note.rect);
    }
    for (const LinkShape& link : links_) {
        for (qsizetype i = 1; i < link.path.size(); ++i) {
            grid.add(QLineF(link.path[i - 1], link.path[i]));
        }
    }
    place_captions(grid);
    lay_out_frames(grid);
    place_link_labels(grid);

    for (const NodeShape& node : nodes_) {
        if (changed_.count(node.id) != 0) {
            touch(extent(node.id));
        }
    }
    for (const VipShape& vip : vips_) {
        if (changed_.count(vip.id) != 0) {
            touch(extent(vip.id));
        }
    }
    for (const LinkShape& link : links_) {
        if (changed_.count(link.id) != 0) {
            touch(extent(link.id));
        }
    }
    return touched_;
}

Placement Figure::shown_placement(const Id& id, std::size_t order) const {
    if (const auto held = preview_.find(id); held != preview_.end()) {
        return held->second;
    }
    if (const auto laid = shown_.layout.find(id); laid != shown_.layout.end()) {
        return laid->second;
    }
    // A drawing whose layout was left out still has to be seen: rows of eight.
    Placement placement;
    placement.x = static_cast<double>(order % 8) * 160;
    placement.y = static_cast<double>(order / 8) * 160;
    return placement;
}

void Figure::lay_out_nodes() {
    std::unordered_map<Id, QColor> tint_of;
    for (std::size_t i = 0; i < shown_.pools.size(); ++i) {
        for (const PoolMember& member : shown_.pools[i].members) {
            tint_of.emplace(member.server, pool_color(shown_.pools[i].color, i));
        }
    }
    std::unordered_map<Id, QString> role_of;
    for (const Group& group : shown_.groups) {
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            if (group.ha == HaMode::active_standby) {
                role_of.emplace(group.members[i], i == 0 ? Words::tr("active") : Words::tr("standby"));
            } else if (group.ha == HaMode::n_plus_m) {
                const bool spare = i + group.spares >= group.members.size() && i > 0;
                role_of.emplace(group.members[i], spare ? Words::tr("spare") : Words::tr("active"));
            }
        }
    }
    std::vector<NodeShape> next;
    next.reserve(shown_.nodes.size());
    for (std::size_t i = 0; i < shown_.nodes.size(); ++i) {
        const Node& node = shown_.nodes[i];
        if (node.kind == NodeKind::segment) {
            continue;
        }
        bool known = false;
        NodeShape shape = taken(nodes_, node_index_, node.id, known);
        const Placement placement = shown_placement(node.id, i);
        const QPointF centre(placement.x, placement.y);
        const QString name = display_name(node.name, node.id);
        const auto role = role_of.find(node.id);
        const QString role_text = role == role_of.end() ? QString() : role->second;
        const auto tint = tint_of.find(node.id);
        const QColor color = tint == tint_of.end() ? QColor(0x8b97a3) : tint->second;
        if (!known || shape.centre != centre || shape.name != name || shape.role != role_text ||
            shape.tint != color || shape.kind != node.kind) {
            if (known) {
                touch(shape.icon.adjusted(-16, -16, 16, 16).united(shape.caption));
            }
            shape.kind = node.kind;
            shape.centre = centre;
            shape.icon = QRectF(centre - QPointF(icon_side, icon_side) / 2, QSizeF(icon_side, icon_side));
            shape.name = name;
            shape.role = role_text;
            shape.tint = color;
            changed_.insert(node.id);
        }
        next.push_back(std::move(shape));
        if (known) {
            node_index_.at.erase(node.id);
        }
    }
    for (const auto& [id, at] : node_index_.at) { // gone
        touch(nodes_[at].icon.adjusted(-16, -16, 16, 16).united(nodes_[at].caption));
    }
    nodes_ = std::move(next);
    node_index_.number(nodes_);
}

Id Figure::segment_of(const Service& service) const {
    if (!service.vip) {
        return {};
    }
    const Group* group = shown_.group(service.group);
    Id first;
    for (const Node& node : shown_.nodes) {
        if (node.kind != NodeKind::segment || !node.subnet || !node.subnet->contains(*service.vip) ||
            node.vrf != service.vrf) {
            continue;
        }
        if (first.empty()) {
            first = node.id;
        }
        const auto links = links_of_.find(node.id);
        if (group == nullptr || links == links_of_.end()) {
            continue;
        }
        for (const std::size_t at : links->second) {
            const Link& link = shown_.links[at];
            const Id& other = link.a.node == node.id ? link.b.node : link.a.node;
            if (std::find(group->members.begin(), group->members.end(), other) != group->members.end()) {
                return node.id;
            }
        }
    }
    return first;
}

void Figure::lay_out_bars() {
    std::vector<BarShape> next;
    std::size_t order = 0;
    std::unordered_map<Id, std::vector<Id>> services_on;
    for (const auto& [service, segment] : segment_of_service_) {
        services_on[segment].push_back(service);
    }
    for (std::size_t i = 0; i < shown_.nodes.size(); ++i) {
        const Node& node = shown_.nodes[i];
        if (node.kind != NodeKind::segment) {
            continue;
        }
        bool known = false;
        BarShape shape = taken(bars_, bar_index_, node.id, known);
        const Placement placement = shown_placement(node.id, i);
        const QPointF centre(placement.x, placement.y);
        const double middle = placement.vertical ? placement.y : placement.x;
        double from = middle - (placement.width > 0 ? placement.width : default_bar_length) / 2;
        double to = middle + (placement.width > 0 ? placement.width : default_bar_length) / 2;
        if (placement.width <= 0) {
            const auto reach = [&](QPointF p, bool any_side) {
                const double along = placement.vertical ? p.y() : p.x();
                const double across = std::abs(placement.vertical ? p.x() - centre.x() : p.y() - centre.y());
                if (any_side || across > icon_side) { // beside the bar's end it is met there, not covered
                    from = std::min(from, along - bar_overhang);
                    to = std::max(to, along + bar_overhang);
                }
            };
            if (const auto links = links_of_.find(node.id); links != links_of_.end()) {
                for (const std::size_t at : links->second) {
                    const Link& link = shown_.links[at];
                    if (const NodeShape* other =
                            this->node(link.a.node == node.id ? link.b.node : link.a.node)) {
                        reach(other->centre, false);
                    }
                }
            }
            for (const Id& service : services_on[node.id]) {
                if (preview_.count(service) != 0 || shown_.layout.count(service) != 0) {
                    const Placement at = shown_placement(service, 0);
                    reach(QPointF(at.x, at.y), true);
                }
            }
        }
        const QRectF bar = placement.vertical
                               ? QRectF(centre.x() - bar_thickness / 2, from, bar_thickness, to - from)
                               : QRectF(from, centre.y() - bar_thickness / 2, to - from, bar_thickness);
        const QString name = display_name(node.name, node.id);
        const QString subnet =
            node.subnet ? QString::fromStdString(node.subnet->network().text()) : QString();
        const QColor color = segment_color(node.color, order++);
        if (!known || shape.bar != bar || shape.vertical != placement.vertical || shape.name != name ||
            shape.subnet != subnet || shape.color != color) {
            touch(shape.bar.adjusted(-20, -20, 20, 20));
            touch(bar.adjusted(-20, -20, 20, 20));
            shape.bar = bar;
            shape.vertical = placement.vertical;
            shape.name = name;
            shape.subnet = subnet;
            shape.color = color;
            changed_.insert(node.id);
        }
        next.push_back(std::move(shape));
        if (known) {
            bar_index_.at.erase(node.id);
        }
    }
    for (const auto& [id, at] : bar_index_.at) {
        touch(bars_[at].bar.adjusted(-20, -20, 20, 20));
    }
    bars_ = std::move(next);
    bar_index_.number(bars_);
}

Outline Figure::outline_of(const Id& id) const {
    Outline outline;
    if (const BarShape* bar = this->bar(id)) {
        outline.kind = NodeKind::segment;
        outline.bar = bar->bar;
        outline.vertical = bar->vertical;
        outline.centre = bar->bar.center();
    } else if (const NodeShape* node = this->node(id)) {
        outline.kind = node->kind;
        outline.centre = node->centre;
    }
    return outline;
}

void Figure::lay_out_links() {
    std::unordered_map<Id, int> interfaces;       // next interface number by node
    std::unordered_map<std::string, int> between; // links so far between the same two
    std::vector<LinkShape> next;
    next.reserve(shown_.links.size());
    for (const Link& link : shown_.links) {
        const int numbers[2] = {interfaces[link.a.node]++, interfaces[link.b.node]++};
        const bool ordered = link.a.node < link.b.node;
        const int n =
            between[ordered ? link.a.node + '\n' + link.b.node : link.b.node + '\n' + link.a.node]++;
        const int lane = n % 2 == 1 ? (n + 1) / 2 : -n / 2; // 0, 1, -1, 2, …
        bool known = false;
        LinkShape shape = taken(links_, link_index_, link.id, known);
        const QRectF before = shape.path.boundingRect();
        // A lane's side is meant as seen from the first of the two by name, whichever way the link was drawn.
        const Outline a = outline_of(link.a.node), b = outline_of(link.b.node);
        QPolygonF path = ordered ? route_link(a, b, lane) : reversed_path(route_link(b, a, lane));
        std::array<EndLabel, 2> ends;
        const LinkEnd* link_ends[2] = {&link.a, &link.b};
        for (std::size_t end = 0; end < 2; ++end) {
            const Node* near = node_of(link_ends[end]->node);
            const Node* far = node_of(link_ends[1 - end]->node);
            if (near == nullptr || near->kind == NodeKind::segment) {
                continue;
            }
            ends[end].interface = QStringLiteral("eth%1").arg(numbers[end]);
            ends[end].by_hand = auto_ends_[end].count(link.id) == 0;
            if (const auto& address = link_ends[end]->address) {
                const bool told_by_bar = far != nullptr && far->kind == NodeKind::segment && far->subnet &&
                                         far->subnet->network() == address->network();
                ends[end].address =
                    QString::fromStdString(told_by_bar ? address->address.text() : address->text());
            }
        }
        const QStringList remarks = remarks_of(link);
        const auto same_text = [](const EndLabel& x, const EndLabel& y) {
            return x.interface == y.interface && x.address == y.address && x.by_hand == y.by_hand;
        };
        if (!known || shape.path != path || shape.a != link.a.node || shape.b != link.b.node ||
            shape.drawn_up != link.up || shape.remarks != remarks || !same_text(shape.ends[0], ends[0]) ||
            !same_text(shape.ends[1], ends[1])) {
            touch(before.adjusted(-12, -12, 12, 12));
            for (const EndLabel& end : shape.ends) {
                touch(end.rect);
            }
            touch(shape.middle);
            changed_.insert(link.id);
            changed_.insert(link.a.node); // a caption looks for the side without lines
            changed_.insert(link.b.node);
            shape.a = link.a.node;
            shape.b = link.b.node;
            shape.path = std::move(path);
            shape.ends = std::move(ends);
            shape.remarks = remarks;
            shape.drawn_up = link.up;
        }
        next.push_back(std::move(shape));
        if (known) {
            link_index_.at.erase(link.id);
        }
    }
    for (const auto& [id, at] : link_index_.at) {
        touch(links_[at].path.boundingRect().adjusted(-12, -12, 12, 12));
        touch(links_[at].ends[0].rect);
        touch(links_[at].ends[1].rect);
        touch(links_[at].middle);
        changed_.insert(links_[at].a);
        changed_.insert(links_[at].b);
    }
    links_ = std::move(next);
    link_index_.number(links_);
}

void Figure::lay_out_vips() {
    std::vector<VipShape> next;
    std::vector<QPointF> taken_places;
    std::size_t outside = 0;
    for (const Service& service : shown_.services) {
        bool known = false;
        VipShape shape = taken(vips_, vip_index_, service.id, known);
        VipShape fresh;
        fresh.id = service.id;
        fresh.segment = segment_of_service_[service.id];
        fresh.name = display_name(service.name, service.id);
        fresh.mode = mode_text(service.mode);
        fresh.address_by_hand = auto_vips_.count(service.id) == 0;
        if (service.vip) {
            fresh.address = QString::fromStdString(service.vip->text());
            const QString ports = ports_text(service.ports);
            if (!ports.isEmpty()) {
                fresh.address += QLatin1Char(':') + ports;
            }
        }
        const bool placed = preview_.count(service.id) != 0 || shown_.layout.count(service.id) != 0;
        const BarShape* bar = this->bar(fresh.segment);
        if (bar != nullptr) {
            const double margin =
                std::min(vip_side * 0.7, (bar->vertical ? bar->bar.height() : bar->bar.width()) / 2);
            const double low = (bar->vertical ? bar->bar.top() : bar->bar.left()) + margin;
            const double high = (bar->vertical ? bar->bar.bottom() : bar->bar.right()) - margin;
            const auto at = [&](double along) {
                return bar->vertical ? QPointF(bar->bar.center().x(), along)
                                     : QPointF(along, bar->bar.center().y());
            };
            if (placed) {
                const Placement placement = shown_placement(service.id, 0);
                fresh.centre = at(std::clamp(bar->vertical ? placement.y : placement.x, low, high));
            } else { // the first place away from drops and other diamonds
                fresh.centre = at(low);
                for (double along = low; along <= high; along += 8) {
                    const QPointF p = at(along);
                    const bool near_vip =
                        std::any_of(taken_places.begin(), taken_places.end(), [&](QPointF other) {
                            return std::hypot(p.x() - other.x(), p.y() - other.y()) < 110;
                        });
                    const auto drops = links_of_.find(bar->id);
                    const bool near_drop =
                        drops != links_of_.end() &&
                        std::any_of(drops->second.begin(), drops->second.end(), [&](std::size_t link) {
                            const QPolygonF& path = links_[link].path;
                            const QPointF end = links_[link].a == bar->id ? path.first() : path.last();
                            return std::hypot(p.x() - end.x(), p.y() - end.y()) < 60;
                        });
                    if (!near_vip && !near_drop) {
                        fresh.centre = p;
                        break;
                    }
                }
            }
            fresh.tether = fresh.centre;
        } else {
            const Group* group = shown_.group(service.group);
            const NodeShape* carrier =
                group == nullptr || group->members.empty() ? nullptr : node(group->members.front());
            if (placed) {
                const Placement placement = shown_placement(service.id, 0);
                fresh.centre = QPointF(placement.x, placement.y);
            } else if (carrier != nullptr) {
                fresh.centre = carrier->centre + QPointF(-110, -70);
            } else {
                fresh.centre = QPointF(-120, static_cast<double>(outside) * 120);
            }
            ++outside;
            fresh.tether = carrier != nullptr ? carrier->centre : fresh.centre;
        }
        taken_places.push_back(fresh.centre);
        if (!known || shape.centre != fresh.centre || shape.name != fresh.name ||
            shape.address != fresh.address || shape.mode != fresh.mode || shape.segment != fresh.segment ||
            shape.tether != fresh.tether || shape.address_by_hand != fresh.address_by_hand) {
            if (known) {
                const QRectF tether = QRectF(shape.centre, shape.tether).normalized();
                touch(tether.adjusted(-vip_side, -vip_side, vip_side, vip_side).united(shape.caption));
            }
            changed_.insert(service.id);
            if (!fresh.segment.empty()) {
                changed_.insert(fresh.segment);
            }
            shape = std::move(fresh);
        }
        next.push_back(std::move(shape));
        if (known) {
            vip_index_.at.erase(service.id);
        }
    }
    for (const auto& [id, at] : vip_index_.at) {
        const QPointF half(vip_side, vip_side);
        touch(QRectF(vips_[at].centre - half, vips_[at].centre + half).united(vips_[at].caption));
        touch(QRectF(vips_[at].centre, vips_[at].tether).normalized().adjusted(-4, -4, 4, 4));
    }
    vips_ = std::move(next);
    vip_index_.number(vips_);
}

} // namespace fulcrum::designer
