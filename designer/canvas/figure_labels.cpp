// Where writing finds room. The rule: nothing is ever printed over a name, an icon, a bar or another label;
// what finds no place is left out (the tooltip has it) rather than printed over something.
#include <algorithm>
#include <cmath>

#include "designer/canvas/figure.h"
#include "designer/canvas/label_grid.h"
#include "designer/canvas/text_style.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double caption_gap = 6;
constexpr double side_gap = 13;       // beside an item: clear of the handle that links are drawn from
constexpr double line_clearance = 5;  // between a label and its own line
constexpr double live_clearance = 12; // the same where a followed request needs its two lanes
constexpr double rate_width = 82;     // "↓ 999 Mbit/s"

struct Spot {
    QRectF rect;
    Qt::Alignment alignment;
};

// Around a body: below, above, right, left, in the order people expect a name.
std::vector<Spot> spots_around(const QRectF& body, QSizeF size) {
    const QPointF c = body.center();
    const double w = size.width(), h = size.height();
    const double below = body.bottom() + caption_gap, above = body.top() - caption_gap - h;
    const double right = body.right() + side_gap, left = body.left() - side_gap - w;
    return {
        {QRectF(c.x() - w / 2, below, w, h), Qt::AlignHCenter},
        {QRectF(c.x() - w / 2, above, w, h), Qt::AlignHCenter},
        {QRectF(right, c.y() - h / 2, w, h), Qt::AlignLeft},
        {QRectF(left, c.y() - h / 2, w, h), Qt::AlignRight},
        {QRectF(c.x() + 6, below, w, h), Qt::AlignLeft},
        {QRectF(c.x() - 6 - w, below, w, h), Qt::AlignRight},
        {QRectF(c.x() + 6, above, w, h), Qt::AlignLeft},
        {QRectF(c.x() - 6 - w, above, w, h), Qt::AlignRight},
    };
}

// Beside a diamond on a bar: clear of the bar, first straight over or under it, then leaning to a side.
std::vector<Spot> spots_at_bar(QPointF centre, bool vertical, QSizeF size) {
    const double w = size.width(), h = size.height(), clear = vip_side / 2 + caption_gap;
    std::vector<Spot> spots;
    const double half = bar_thickness / 2 + caption_gap;
    if (!vertical) {
        for (const double y : {-clear - h, clear}) {
            spots.push_back({QRectF(centre.x() - w / 2, centre.y() + y, w, h), Qt::AlignHCenter});
        }
        for (const double y : {-half - h, half}) {
            spots.push_back({QRectF(centre.x() + vip_side / 2 + 2, centre.y() + y, w, h), Qt::AlignLeft});
            spots.push_back(
                {QRectF(centre.x() - vip_side / 2 - 2 - w, centre.y() + y, w, h), Qt::AlignRight});
        }
        for (const double y : {-clear - h - 18, clear + 18}) {
            spots.push_back({QRectF(centre.x() - w / 2, centre.y() + y, w, h), Qt::AlignHCenter});
        }
    } else {
        for (const double y : {-h / 2, -h, 0.0}) {
            spots.push_back({QRectF(centre.x() + clear, centre.y() + y, w, h), Qt::AlignLeft});
            spots.push_back({QRectF(centre.x() - clear - w, centre.y() + y, w, h), Qt::AlignRight});
        }
    }
    return spots;
}

const Spot* choose(const std::vector<Spot>& spots, const LabelGrid& grid, bool& on_line) {
    on_line = false;
    for (const Spot& spot : spots) {
        if (grid.is_free(spot.rect.adjusted(-4, -1, 4, 1))) {
            return &spot;
        }
    }
    on_line = true; // over a line, on a patch of ground, is still readable; over other writing is not
    for (const Spot& spot : spots) {
        if (!grid.hits_rect(spot.rect)) {
            return &spot;
        }
    }
    return nullptr;
}

QString longest(const QStringList& lines) {
    QString best;
    for (const QString& line : lines) {
        if (text_width(TextStyle::address, line) > text_width(TextStyle::address, best)) {
            best = line;
        }
    }
    return best;
}

} // namespace

void Figure::place_bar_texts() {
    for (BarShape& bar : bars_) {
        const double low = bar.vertical ? bar.bar.top() : bar.bar.left();
        const double high = bar.vertical ? bar.bar.bottom() : bar.bar.right();
        std::vector<double> diamonds;
        for (const VipShape& vip : vips_) {
            if (vip.segment == bar.id) {
                diamonds.push_back(bar.vertical ? vip.centre.y() : vip.centre.x());
            }
        }
        std::sort(diamonds.begin(), diamonds.end());
        const double name_width = text_width(TextStyle::bar, bar.name);
        const double subnet_width = text_width(TextStyle::bar, bar.subnet);
        const double wanted = name_width + (bar.subnet.isEmpty() ? 0 : subnet_width + 12);
        double best_from = low, best_length = 0, from = low + 12;
        const auto offer = [&](double to) { // the leftmost stretch that holds everything, else the longest
            const double length = to - from;
            if (length > best_length && best_length < wanted) {
                best_from = from;
                best_length = length;
            }
        };
        for (const double diamond : diamonds) {
            offer(diamond - vip_side / 2 - 2);
            from = diamond + vip_side / 2 + 10;
        }
        offer(high - 12);
        const double length = std::min(best_length, wanted);
        bar.text = length < 24    ? QRectF()
                   : bar.vertical ? QRectF(bar.bar.left(), best_from, bar.bar.width(), length)
                                  : QRectF(best_from, bar.bar.top(), length, bar.bar.height());
    }
}

void Figure::place_captions(LabelGrid& grid) {
    // Captions that can stay do: only what changed, or what something moved onto, looks for a place.
    std::vector<NodeShape*> homeless;
    for (NodeShape& node : nodes_) {
        const bool keeps =
            changed_.count(node.id) == 0 && !node.caption.isEmpty() &&
            (node.caption_on_line ? !grid.hits_rect(node.caption) : grid.is_free(node.caption));
        if (keeps) {
            grid.add(node.caption);
        } else {
            homeless.push_back(&node);
        }
    }
    std::vector<VipShape*> homeless_vips;
    for (VipShape& vip : vips_) {
        const bool keeps = changed_.count(vip.id) == 0 && !vip.caption.isEmpty() &&
                           (vip.caption_on_line ? !grid.hits_rect(vip.caption) : grid.is_free(vip.caption));
        if (keeps) {
            grid.add(vip.caption);
        } else {
            homeless_vips.push_back(&vip);
        }
    }
    for (NodeShape* node : homeless) {
        touch(node->caption);
        double second = node->role.isEmpty() ? 0 : text_width(TextStyle::badge, node->role) + 14;
        if (live_) {
            second += text_width(TextStyle::badge, Words::tr("starting")) + 16;
        }
        const QSizeF size(std::max(text_width(TextStyle::name, node->name), second) + 2,
                          line_height(TextStyle::name) +
                              (second > 0 ? line_height(TextStyle::badge) + 3 : 0));
        const auto spots = spots_around(node->icon, size);
        const Spot* spot = choose(spots, grid, node->caption_on_line);
        // A name is never left out; when icons lie on top of each other, so do their names.
        node->caption = spot != nullptr ? spot->rect : spots.front().rect;
        node->caption_alignment = spot != nullptr ? spot->alignment : spots.front().alignment;
        grid.add(node->caption);
        changed_.insert(node->id);
    }
    for (VipShape* vip : homeless_vips) {
        touch(vip->caption);
        const double width = std::max({text_width(TextStyle::name, vip->name),
                                       labels_.addresses ? text_width(TextStyle::address, vip->address) : 0.0,
                                       text_width(TextStyle::badge, vip->mode) + 14});
        const double height = line_height(TextStyle::name) + line_height(TextStyle::badge) + 3 +
                              (labels_.addresses ? line_height(TextStyle::address) : 0);
        const BarShape* on = bar(vip->segment);
        const QRectF body(vip->centre - QPointF(vip_side, vip_side) / 2, QSizeF(vip_side, vip_side));
        const auto spots = on != nullptr ? spots_at_bar(vip->centre, on->vertical, QSizeF(width + 2, height))
                                         : spots_around(body, QSizeF(width + 2, height));
        const Spot* spot = choose(spots, grid, vip->caption_on_line);
        vip->caption = spot != nullptr ? spot->rect : spots.front().rect;
        vip->caption_alignment = spot != nullptr ? spot->alignment : spots.front().alignment;
        grid.add(vip->caption);
        changed_.insert(vip->id);
    }
}

void Figure::place_link_labels(LabelGrid& grid) {
    const auto may_stay = [&](const LinkShape& link, const QRectF& rect) {
        if (changed_.count(link.id) != 0) {
            return false;
        }
        if (rect.isEmpty()) { // found no room before; room appears only where something moved away
            return !touched_.intersects(link.path.boundingRect().adjusted(-4, -4, 4, 4));
        }
        return grid.is_free(rect);
    };
    std::vector<std::pair<LinkShape*, std::size_t>> homeless;
    std::vector<LinkShape*> homeless_middles;
    for (LinkShape& link : links_) {
        for (std::size_t end = 0; end < 2; ++end) {
            if (may_stay(link, link.ends[end].rect)) {
                grid.add(link.ends[end].rect);
            } else {
                homeless.emplace_back(&link, end);
            }
        }
        if (may_stay(link, link.middle)) {
            grid.add(link.middle);
        } else {
            homeless_middles.push_back(&link);
        }
    }
    for (const auto& [link, end] : homeless) {
        const QRectF before = link->ends[end].rect;
        place_end_label(*link, end, grid);
        if (before != link->ends[end].rect) {
            touch(before.united(link->ends[end].rect));
        }
    }
    for (LinkShape* link : homeless_middles) {
        const QRectF before = link->middle;
        place_middle_label(*link, grid);
        if (before != link->middle) {
            touch(before.united(link->middle));
        }
    }
}

namespace {

// A rectangle of `size` beside the path after `distance`, clear of it; side 1 is to the right of a line that
// runs down and below one that runs sideways, -1 the other.
QRectF beside(const PathPoint& point, QSizeF size, int side, double clearance) {
    QPointF normal(-point.direction.y(), point.direction.x());
    const bool steep = std::abs(point.direction.y()) > std::abs(point.direction.x());
    if ((steep ? normal.x() : normal.y()) < 0) {
        normal = -normal;
    }
    normal *= side;
    const double away =
        std::abs(normal.x()) * size.width() / 2 + std::abs(normal.y()) * size.height() / 2 + clearance;
    const QPointF centre = point.at + normal * away;
    return {centre.x() - size.width() / 2, centre.y() - size.height() / 2, size.width(), size.height()};
}

double half_along(QPointF direction, QSizeF size) {
    return std::abs(direction.x()) * size.width() / 2 + std::abs(direction.y()) * size.height() / 2;
}

} // namespace

void Figure::place_end_label(LinkShape& link, std::size_t end, LabelGrid& grid) const {
    EndLabel& label = link.ends[end];
    label.rect = {};
    const QString interface = labels_.interfaces ? label.interface : QString();
    const QString address = labels_.addresses ? label.address : QString();
    if (interface.isEmpty() && address.isEmpty()) {
        return;
    }
    const QPolygonF path = end == 0 ? link.path : reversed_path(link.path);
    const double clearance = live_ ? live_clearance : line_clearance;
    const double length = length_of(path);
    const double reach = bar(end == 0 ? link.b : link.a) != nullptr ? 0.85 : 0.6;
    const double h = line_height(TextStyle::address);
    const double iface_width = text_width(TextStyle::address, interface);
    const double address_width = text_width(TextStyle::address, address);
    const bool both = !interface.isEmpty() && !address.isEmpty();
    struct Form {
        QSizeF size;
        bool two_lines;
    };
    const Form one{QSizeF(iface_width + address_width + (both ? 4 : 0), h), false};
    const Form two{QSizeF(std::max(iface_width, address_width), 2 * h - 1), true};
    const QPointF start = point_along(path, 1).direction;
    std::vector<Form> forms{one};
    if (both) {
        forms = std::abs(start.y()) > std::abs(start.x()) ? std::vector<Form>{two, one}
                                                          : std::vector<Form>{one, two};
    }
    const auto place = [&](const Form& form, double away) {
        // Nearer to its own end than to the other, so that nobody takes it for the other's; a bar has none.
        const double first = half_along(start, form.size) + 2;
        for (double at = first; at <= std::max(first, length * reach) && at <= length; at += 7) {
            const PathPoint point = point_along(path, at);
            for (const int side : {1, -1}) {
                // Over a line that runs sideways, right of one that runs down.
                const bool steep = std::abs(point.direction.y()) > std::abs(point.direction.x());
                const QRectF rect = beside(point, form.size, steep ? side : -side, away);
                if (grid.is_free(rect)) {
                    label.rect = rect;
                    label.two_lines = form.two_lines;
                    label.alignment = !steep || !form.two_lines          ? Qt::AlignHCenter
                                      : rect.center().x() > point.at.x() ? Qt::AlignLeft
                                                                         : Qt::AlignRight;
                    grid.add(rect);
                    return true;
                }
            }
        }
        return false;
    };
    for (const Form& form : forms) {
        if (place(form, clearance)) {
            return;
        }
    }
    // Several interfaces leave along one line: the last ones are written over the first.
    place(one, clearance + h + 1);
}

void Figure::place_middle_label(LinkShape& link, LabelGrid& grid) const {
    link.middle = {};
    const bool rates = live_ && labels_.rates;
    const auto lines = link.remarks.size() + (rates ? 2 : 0);
    if (lines == 0) {
        return;
    }
    const double width =
        std::max(rates ? rate_width : 0, text_width(TextStyle::address, longest(link.remarks)));
    const QSizeF size(width, static_cast<double>(lines) * line_height(TextStyle::address));
    const double clearance = live_ ? live_clearance : line_clearance;
    const double length = length_of(link.path);
    for (const double share : {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82}) {
        const PathPoint point = point_along(link.path, length * share);
        for (const int side : {1, -1}) {
            const QRectF rect = beside(point, size, side, clearance);
            if (grid.is_free(rect)) {
                link.middle = rect;
                grid.add(rect);
                return;
            }
        }
    }
}

} // namespace fulcrum::designer
