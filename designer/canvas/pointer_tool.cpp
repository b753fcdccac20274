#include "designer/canvas/pointer_tool.h"

#include <QApplication>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "designer/canvas/canvas_view.h"
#include "designer/canvas/icons.h"
#include "designer/canvas/link_route.h"
#include "designer/canvas/move_guides.h"
#include "designer/canvas/placement_edit.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double handle_radius = 7;
constexpr double shortest_bar = 80;

std::optional<NodeKind> node_kind_of(const QString& palette_entry) {
    for (const NodeKind kind :
         {NodeKind::client, NodeKind::server, NodeKind::se, NodeKind::router, NodeKind::segment}) {
        if (palette_entry ==
            QLatin1String(name_of(kind).data(), static_cast<qsizetype>(name_of(kind).size()))) {
            return kind;
        }
    }
    return std::nullopt;
}

Placement placement_at(QPointF at) {
    Placement placement;
    placement.x = at.x();
    placement.y = at.y();
    return placement;
}

} // namespace

PointerTool::PointerTool(CanvasView* view, DocumentEditor* editor, CanvasScene* scene)
    : view_(view), editor_(editor), scene_(scene) {}

double PointerTool::reach() const {
    return 5 / std::max(0.05, view_->zoom());
}

QPointF PointerTool::scene_position(const QMouseEvent* event) const {
    return view_->mapToScene(event->position().toPoint());
}

// Beside the upper right of an icon: pulled from there, a link begins.
std::optional<QPointF> PointerTool::handle_of(const Id& id) const {
    if (const NodeShape* node = scene_->figure().node(id)) {
        return node->centre + QPointF(icon_side / 2 + 10, 0);
    }
    return std::nullopt;
}

Id PointerTool::link_target(QPointF at) const {
    const Hit hit = scene_->figure().hit(at, reach());
    if (!hit) {
        return {};
    }
    if (const VipShape* vip = scene_->figure().vip(hit.id)) {
        return vip->segment; // a diamond lies on its bar: the bar is meant
    }
    return scene_->figure().node(hit.id) != nullptr || scene_->figure().bar(hit.id) != nullptr ? hit.id
                                                                                               : Id();
}

void PointerTool::set_doing(Doing doing) {
    doing_ = doing;
    update_cursor();
}

void PointerTool::update_cursor() {
    Qt::CursorShape shape = Qt::ArrowCursor;
    if (doing_ == Doing::panning) {
        shape = Qt::ClosedHandCursor;
    } else if (hand_) {
        shape = Qt::OpenHandCursor;
    } else if (!armed_.isEmpty() || link_tool_ || doing_ == Doing::linking) {
        shape = Qt::CrossCursor;
    } else if (doing_ == Doing::moving) {
        shape = Qt::SizeAllCursor;
    } else if (doing_ == Doing::resizing) {
        const BarShape* bar = scene_->figure().bar(pressed_);
        shape = bar != nullptr && bar->vertical ? Qt::SizeVerCursor : Qt::SizeHorCursor;
    }
    view_->viewport()->setCursor(shape);
}

void PointerTool::arm(const QString& palette_entry) {
    cancel();
    armed_ = palette_entry;
    link_tool_ = false;
    show_ghost(armed_, std::nullopt);
    if (!armed_.isEmpty()) {
        emit view_->status_hint(Words::tr("Click to place it; Shift keeps the tool, Escape puts it away"));
    }
    update_cursor();
}

void PointerTool::set_link_tool(bool on) {
    cancel();
    armed_.clear();
    link_tool_ = on;
    if (on) {
        emit view_->status_hint(Words::tr("Drag from one item to another to link them"));
    }
    update_cursor();
}

void PointerTool::set_hand(bool on) {
    hand_ = on;
    update_cursor();
}

bool PointerTool::cancel() {
    const bool was_busy = doing_ != Doing::nothing || !armed_.isEmpty() || link_tool_ || !link_from_.empty();
    if (doing_ == Doing::moving || doing_ == Doing::resizing) {
        scene_->preview({});
    }
    moving_.clear();
    guides_.clear();
    link_from_.clear();
    armed_.clear();
    link_tool_ = false;
    show_ghost({}, std::nullopt);
    set_doing(Doing::nothing);
    mark_dirty();
    return was_busy;
}

void PointerTool::press(QMouseEvent* event) {
    press_pixel_ = last_pixel_ = event->position().toPoint();
    press_at_ = now_at_ = scene_position(event);
    if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && hand_)) {
        set_doing(Doing::panning);
        return;
    }
    const Hit hit = scene_->figure().hit(press_at_, reach());
    if (event->button() == Qt::RightButton) {
        if (hit && scene_->selection().count(hit.id) == 0) {
            scene_->set_selection({hit.id});
        } else if (!hit) {
            scene_->set_selection({});
        }
        return;
    }
    if (event->button() != Qt::LeftButton || doing_ != Doing::nothing) {
        return;
    }
    if (!armed_.isEmpty()) {
        const bool keep = (event->modifiers() & Qt::ShiftModifier) != 0;
        const QString entry = armed_;
        if (place(entry, press_at_) && !keep) {
            arm({});
        }
        return;
    }
    if (!link_from_.empty()) { // the second click of a link made by two clicks
        set_doing(Doing::linking);
        return;
    }
    for (const Id* id :
         {&scene_->hovered(), scene_->selection().size() == 1 ? &*scene_->selection().begin() : nullptr}) {
        const auto handle = id == nullptr ? std::nullopt : handle_of(*id);
        if (handle &&
            std::hypot(handle->x() - press_at_.x(), handle->y() - press_at_.y()) <= handle_radius + reach()) {
            link_from_ = *id;
            set_doing(Doing::linking);
            return;
        }
    }
    if (link_tool_) {
        link_from_ = link_target(press_at_);
        if (!link_from_.empty()) {
            set_doing(Doing::linking);
            emit view_->status_hint(Words::tr("Drag to another item to link it"));
        }
        return;
    }
    const bool adds = (event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier)) != 0;
    if (!hit) {
        if (!adds) {
            scene_->set_selection({});
        }
        set_doing(Doing::banding);
        return;
    }
    pressed_ = hit.id;
    std::set<Id> selection = scene_->selection();
    const bool was_selected = selection.count(hit.id) != 0;
    narrow_on_release_ = was_selected && !adds && selection.size() > 1;
    if (adds) {
        if (was_selected) {
            selection.erase(hit.id);
        } else {
            selection.insert(hit.id);
        }
        scene_->set_selection(selection);
        if (was_selected) {
            return;
        }
    } else if (!was_selected) {
        scene_->set_selection({hit.id});
    }
    if (hit.part == Hit::Part::bar_start || hit.part == Hit::Part::bar_end) {
        if (was_selected && scene_->selection().size() == 1) {
            resizes_start_ = hit.part == Hit::Part::bar_start;
            set_doing(Doing::resizing);
            return;
        }
    }
    set_doing(Doing::pressed);
}

void PointerTool::move(QMouseEvent* event) {
    now_at_ = scene_position(event);
    const QPoint pixel = event->position().toPoint();
    switch (doing_) {
    case Doing::panning:
        view_->pan(pixel - last_pixel_);
        break;
    case Doing::pressed:
        if ((pixel - press_pixel_).manhattanLength() >= QApplication::startDragDistance()) {
            begin_move();
            drag(now_at_, event->modifiers());
        }
        break;
    case Doing::moving:
        drag(now_at_, event->modifiers());
        break;
    case Doing::resizing:
        resize(now_at_);
        break;
    case Doing::linking:
        scene_->set_hovered(link_target(now_at_));
        break;
    case Doing::banding:
        break;
    case Doing::nothing:
        if (!armed_.isEmpty()) {
            show_ghost(armed_, now_at_);
        } else if (!link_from_.empty() || link_tool_) {
            scene_->set_hovered(link_target(now_at_));
        } else {
            hover(now_at_);
        }
        break;
    }
    last_pixel_ = pixel;
    mark_dirty();
}

void PointerTool::hover(QPointF at) {
    const Id& known = scene_->hovered();
    if (const auto handle = handle_of(known)) { // on the way to the handle the item stays lit
        if (std::hypot(handle->x() - at.x(), handle->y() - at.y()) <= handle_radius + 2 * reach()) {
            view_->viewport()->setCursor(Qt::CrossCursor);
            return;
        }
    }
    const Hit hit = scene_->figure().hit(at, reach());
    scene_->set_hovered(hit.id);
    const bool on_end = (hit.part == Hit::Part::bar_start || hit.part == Hit::Part::bar_end) &&
                        scene_->selection() == std::set<Id>{hit.id};
    const BarShape* bar = scene_->figure().bar(hit.id);
    if (hand_) {
        update_cursor();
    } else if (on_end && bar != nullptr) {
        view_->viewport()->setCursor(bar->vertical ? Qt::SizeVerCursor : Qt::SizeHorCursor);
    } else {
        view_->viewport()->setCursor(Qt::ArrowCursor);
    }
}

void PointerTool::begin_move() {
    moving_.clear();
    for (const Id& id : scene_->figure().with_companions(scene_->selection())) {
        moving_[id] = scene_->figure().placement_of(id);
    }
    narrow_on_release_ = false;
    set_doing(moving_.empty() ? Doing::nothing : Doing::moving);
}

void PointerTool::drag(QPointF at, Qt::KeyboardModifiers modifiers) {
    if (moving_.empty()) {
        return;
    }
    const auto held = moving_.find(pressed_);
    const Placement& anchor = held != moving_.end() ? held->second : moving_.begin()->second;
    QPointF delta = at - press_at_;
    guides_.clear();
    if ((modifiers & Qt::AltModifier) == 0) {
        std::vector<QPointF> others;
        const QRectF seen = view_->mapToScene(view_->viewport()->rect()).boundingRect();
        for (const NodeShape& node : scene_->figure().nodes()) {
            if (moving_.count(node.id) == 0 && seen.contains(node.centre)) {
                others.push_back(node.centre);
            }
        }
        const Snapped snapped =
            snap_move(QPointF(anchor.x, anchor.y), delta, others, 6 / std::max(0.3, view_->zoom()));
        delta = snapped.delta;
        guides_ = snapped.guides;
    }
    Layout preview = moving_;
    for (auto& [id, placement] : preview) {
        placement.x += delta.x();
        placement.y += delta.y();
    }
    scene_->preview(preview);
    view_->keep_visible(at);
}

void PointerTool::finish_move() {
    Layout placements;
    for (const auto& [id, before] : moving_) {
        Placement placement = scene_->figure().previewed(id);
        const VipShape* vip = scene_->figure().vip(id);
        if (vip != nullptr && !vip->segment.empty()) { // the bar held it
            placement.x = vip->centre.x();
            placement.y = vip->centre.y();
        }
        placement.x = std::round(placement.x); // whole units keep files readable
        placement.y = std::round(placement.y);
        placements[id] = placement;
    }
    const Document next = with_placements(editor_->document(), placements);
    guides_.clear();
    moving_.clear();
    set_doing(Doing::nothing);
    scene_->preview({});
    editor_->edit(next, Words::tr("Move"));
}

void PointerTool::resize(QPointF at) {
    const BarShape* bar = scene_->figure().bar(pressed_);
    if (bar == nullptr) {
        return;
    }
    if (moving_.empty()) {
        moving_[pressed_] = scene_->figure().placement_of(pressed_);
    }
    double low = bar->vertical ? bar->bar.top() : bar->bar.left();
    double high = bar->vertical ? bar->bar.bottom() : bar->bar.right();
    const QPointF snapped = snap_to_grid(at);
    const double along = bar->vertical ? snapped.y() : snapped.x();
    if (resizes_start_) {
        low = std::min(along, high - shortest_bar);
    } else {
        high = std::max(along, low + shortest_bar);
    }
    Placement placement = moving_[pressed_];
    placement.width = high - low;
    (bar->vertical ? placement.y : placement.x) = (low + high) / 2;
    scene_->preview({{pressed_, placement}});
}

void PointerTool::finish_resize() {
    const bool changed = !moving_.empty();
    const Placement placement = scene_->figure().previewed(pressed_);
    moving_.clear();
    set_doing(Doing::nothing);
    scene_->preview({});
    if (changed) {
        editor_->edit(with_placements(editor_->document(), {{pressed_, placement}}),
                      Words::tr("Resize segment"));
    }
}

void PointerTool::finish_link(QPointF at) {
    const Id from = link_from_;
    const Id to = link_target(at);
    if (to == from && (QPointF(press_at_) - at).manhattanLength() < reach() * 2) {
        set_doing(Doing::nothing); // a click, not a pull: the next click names the other end
        emit view_->status_hint(Words::tr("Now click the item to link it with"));
        return;
    }
    link_from_.clear();
    set_doing(Doing::nothing);
    if (to.empty() || to == from) {
        return;
    }
    const Document next = add_link(editor_->document(), from, to);
    if (next == editor_->document()) {
        emit view_->status_hint(Words::tr("These two cannot be linked"));
        return;
    }
    editor_->edit(next, Words::tr("Link"));
}

void PointerTool::finish_band(Qt::KeyboardModifiers modifiers) {
    const QRectF band = QRectF(press_at_, now_at_).normalized();
    set_doing(Doing::nothing);
    std::set<Id> selection;
    if ((modifiers & (Qt::ControlModifier | Qt::ShiftModifier)) != 0) {
        selection = scene_->selection();
    }
    const auto inside = scene_->figure().touching(band);
    selection.insert(inside.begin(), inside.end());
    scene_->set_selection(std::move(selection));
}

void PointerTool::release(QMouseEvent* event) {
    now_at_ = scene_position(event);
    switch (doing_) {
    case Doing::moving:
        finish_move();
        break;
    case Doing::resizing:
        finish_resize();
        break;
    case Doing::linking:
        finish_link(now_at_);
        break;
    case Doing::banding:
        finish_band(event->modifiers());
        break;
    case Doing::pressed:
        set_doing(Doing::nothing);
        if (narrow_on_release_) {
            scene_->set_selection({pressed_});
        }
        break;
    case Doing::panning:
    case Doing::nothing:
        set_doing(Doing::nothing);
        break;
    }
    narrow_on_release_ = false;
    mark_dirty();
}

void PointerTool::double_click(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !armed_.isEmpty() || link_tool_ || hand_) {
        press(event); // two quick placements are two placements
        return;
    }
    const Hit hit = scene_->figure().hit(scene_position(event), reach());
    if (!hit) {
        return;
    }
    if (hit.part == Hit::Part::caption || scene_->figure().note(hit.id) != nullptr) {
        view_->rename_in_place(hit.id);
    } else {
        emit view_->item_activated(QString::fromStdString(hit.id));
    }
}

void PointerTool::leave() {
    if (doing_ == Doing::nothing) {
        scene_->set_hovered({});
        show_ghost({}, std::nullopt);
        mark_dirty();
    }
}

bool PointerTool::place(const QString& entry, QPointF at) {
    const QPointF where = snap_to_grid(at);
    const Document& document = editor_->document();
    Id created;
    Document next = document;
    const Hit hit = scene_->figure().hit(at, reach());
    std::vector<Id> targets(scene_->selection().begin(), scene_->selection().end());
    if (hit && scene_->selection().count(hit.id) == 0) {
        targets = {hit.id};
    }
    QString text, refusal;
    if (const auto kind = node_kind_of(entry)) {
        next = add_node(document, *kind, placement_at(where), &created);
        text = Words::tr("Add %1").arg(kind_text(*kind).toLower());
    } else if (entry == QLatin1String("vip")) {
        const BarShape* nearest = nullptr;
        double best = 60;
        for (const BarShape& bar : scene_->figure().bars()) {
            const double dx = std::max({bar.bar.left() - at.x(), at.x() - bar.bar.right(), 0.0});
            const double dy = std::max({bar.bar.top() - at.y(), at.y() - bar.bar.bottom(), 0.0});
            if (std::hypot(dx, dy) < best) {
                best = std::hypot(dx, dy);
                nearest = &bar;
            }
        }
        if (nearest != nullptr) {
            next = add_service(document, nearest->id, placement_at(where), &created);
        }
        text = Words::tr("Add virtual service");
        refusal = Words::tr("A virtual service lies on a segment: place it on a bar");
    } else if (entry == QLatin1String("note")) {
        next = add_note(document, placement_at(where), Words::tr("Note").toStdString(), &created);
        text = Words::tr("Add note");
    } else if (entry == QLatin1String("group")) {
        next = add_group(document, targets, &created);
        text = Words::tr("Group service engines");
        refusal = Words::tr("A group holds service engines: select them, or click one");
    } else if (entry == QLatin1String("zone")) {
        next = add_zone(document, targets, &created);
        text = Words::tr("Add zone");
        refusal = Words::tr("A zone holds segments: select them, or click one");
    }
    if (next == document) {
        emit view_->status_hint(refusal);
        return false;
    }
    editor_->edit(next, text);
    scene_->set_selection({created});
    return true;
}

void PointerTool::show_ghost(const QString& entry, std::optional<QPointF> at) {
    ghost_ = entry;
    ghost_at_ = at;
    mark_dirty();
}

QRectF PointerTool::painted_area() const {
    QRectF area;
    if (doing_ == Doing::banding || doing_ == Doing::linking || !link_from_.empty()) {
        QPointF from = press_at_;
        if (!link_from_.empty()) {
            from = scene_->figure().body(link_from_).center();
        }
        area = QRectF(from, now_at_).normalized().adjusted(-6, -6, 6, 6);
    }
    for (const QLineF& guide : guides_) {
        area = area.united(QRectF(guide.p1(), guide.p2()).normalized().adjusted(-3, -3, 3, 3));
    }
    if (ghost_at_) {
        area = area.united(QRectF(*ghost_at_ - QPointF(160, 40), QSizeF(320, 80)));
    }
    for (const Id* id :
         {&scene_->hovered(), scene_->selection().size() == 1 ? &*scene_->selection().begin() : nullptr}) {
        if (const auto handle = id == nullptr ? std::nullopt : handle_of(*id)) {
            area = area.united(QRectF(*handle - QPointF(12, 12), QSizeF(24, 24)));
        }
    }
    return area;
}

void PointerTool::mark_dirty() {
    const QRectF area = painted_area();
    scene_->repaint_overlay(last_painted_);
    scene_->repaint_overlay(area);
    last_painted_ = area;
}

void PointerTool::paint(QPainter& painter) const {
    const Palette& palette = scene_->palette_of_theme();
    QPen thin(palette.accent, 1.2);
    thin.setCosmetic(true);
    painter.setRenderHint(QPainter::Antialiasing, true);
    if (doing_ == Doing::banding) {
        QColor fill = palette.accent;
        fill.setAlphaF(0.12f);
        painter.setPen(thin);
        painter.setBrush(fill);
        painter.drawRect(QRectF(press_at_, now_at_).normalized());
    }
    for (const QLineF& guide : guides_) {
        QPen pen = thin;
        pen.setStyle(Qt::DashLine);
        painter.setPen(pen);
        painter.drawLine(guide);
    }
    if (!link_from_.empty()) {
        QPen pen(palette.accent, 2.2, Qt::DashLine, Qt::RoundCap);
        painter.setPen(pen);
        QPointF from = scene_->figure().body(link_from_).center();
        if (const BarShape* bar = scene_->figure().bar(link_from_)) {
            from = QPointF(std::clamp(now_at_.x(), bar->bar.left(), bar->bar.right()),
                           std::clamp(now_at_.y(), bar->bar.top(), bar->bar.bottom()));
        }
        painter.drawLine(from, now_at_);
        painter.setBrush(palette.accent);
        painter.drawEllipse(now_at_, 4, 4);
    }
    const bool shows_handles = doing_ == Doing::nothing && armed_.isEmpty() && !hand_ && view_->zoom() > 0.35;
    if (shows_handles) {
        for (const Id* id : {&scene_->hovered(),
                             scene_->selection().size() == 1 ? &*scene_->selection().begin() : nullptr}) {
            if (const auto handle = id == nullptr ? std::nullopt : handle_of(*id)) {
                painter.setPen(QPen(palette.ground, 1.5));
                painter.setBrush(palette.accent);
                painter.drawEllipse(*handle, handle_radius, handle_radius);
                painter.setPen(QPen(Qt::white, 1.6, Qt::SolidLine, Qt::RoundCap));
                painter.drawLine(*handle - QPointF(3.2, 0), *handle + QPointF(3.2, 0));
                painter.drawLine(*handle - QPointF(0, 3.2), *handle + QPointF(0, 3.2));
            }
        }
    }
    if (ghost_at_ && !ghost_.isEmpty()) {
        const QPointF at = snap_to_grid(*ghost_at_);
        painter.setOpacity(0.6);
        if (ghost_ == QLatin1String("segment")) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(segment_color({}, scene_->figure().bars().size()));
            painter.drawRoundedRect(QRectF(at - QPointF(140, bar_thickness / 2), QSizeF(280, bar_thickness)),
                                    7, 7);
        } else {
            const double side = ghost_ == QLatin1String("vip") ? vip_side : icon_side;
            paint_icon(painter, ghost_, scene_->theme(),
                       QRectF(at - QPointF(side, side) / 2, QSizeF(side, side)));
        }
        painter.setOpacity(1);
    }
}

} // namespace fulcrum::designer
