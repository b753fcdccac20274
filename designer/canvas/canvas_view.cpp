#include "designer/canvas/canvas_view.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QScrollBar>
#include <QTimer>
#include <algorithm>
#include <cmath>

#include "designer/canvas/canvas_view_p.h"
#include "designer/canvas/clipboard.h"
#include "designer/canvas/placement_edit.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double smallest_zoom = 0.04, largest_zoom = 6, largest_fit = 1.25;
constexpr double paste_step = 30;
constexpr int frame_ms = 33;
constexpr int corner_margin = 14;

} // namespace

CanvasView::CanvasView(DocumentEditor* editor, QWidget* parent)
    : QGraphicsView(parent), d_(std::make_unique<Private>(this, editor)) {
    setScene(&d_->scene);
    setObjectName(QStringLiteral("canvas"));
    setAccessibleName(tr("Drawing"));
    setCacheMode(CacheBackground); // the figure is painted there: panning only scrolls the picture
    setViewportUpdateMode(MinimalViewportUpdate);
    setOptimizationFlag(DontSavePainterState);
    setOptimizationFlag(DontAdjustForAntialiasing);
    setTransformationAnchor(NoAnchor);
    setResizeAnchor(NoAnchor);
    setHorizontalScrollBarPolicy(
        Qt::ScrollBarAlwaysOff); // the canvas has no edge; the mini-map shows where one is
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    viewport()->setMouseTracking(true);
    setAcceptDrops(true);
    setDragMode(NoDrag);

    connect(&d_->scene, &CanvasScene::selection_changed, this, &CanvasView::selection_changed);
    connect(&d_->scene, &CanvasScene::animation_wanted, this, [this] {
        d_->since_frame.start();
        d_->animation.start(frame_ms);
    });
    connect(&d_->animation, &QTimer::timeout, this, [this] {
        d_->scene.advance(static_cast<double>(d_->since_frame.restart()) / 1000.0);
        if (!d_->scene.is_animated() || !isVisible()) {
            d_->animation.stop();
        }
    });
    connect(editor, &DocumentEditor::was_reset, this, [this] {
        d_->tool.cancel();
        d_->pastes = 0;
        fit();
    });
    d_->scene.set_tool_painter([this](QPainter& painter) { d_->tool.paint(painter); });
    centerOn(0, 0);
}

CanvasView::~CanvasView() {
    d_->scene.set_tool_painter({});
    setScene(nullptr);
}

CanvasScene* CanvasView::canvas_scene() const {
    return &d_->scene;
}

std::vector<Id> CanvasView::selected() const {
    return {d_->scene.selection().begin(), d_->scene.selection().end()};
}

void CanvasView::select(const std::vector<Id>& ids, bool centre) {
    d_->scene.set_selection({ids.begin(), ids.end()});
    QRectF area;
    for (const Id& id : d_->scene.selection()) {
        area = area.united(d_->scene.figure().extent(id));
    }
    if (area.isEmpty()) {
        return;
    }
    d_->scene.flash(d_->scene.selection());
    const QRectF seen = mapToScene(viewport()->rect()).boundingRect();
    if (centre && !seen.contains(area)) {
        if (area.width() > seen.width() || area.height() > seen.height()) {
            d_->show_area(area.adjusted(-40, -40, 40, 40));
        } else {
            centerOn(area.center());
        }
    }
}

void CanvasView::Private::show_area(const QRectF& area) {
    const QSizeF room = view->viewport()->size();
    if (area.isEmpty() || room.isEmpty()) {
        return;
    }
    const double factor = std::min(room.width() / area.width(), room.height() / area.height());
    view->set_zoom(std::min(factor, largest_fit));
    view->centerOn(area.center());
    emit view->view_changed();
}

void CanvasView::fit() {
    const QRectF bounds = d_->scene.figure().bounds();
    if (bounds.isEmpty()) {
        set_zoom(1);
        centerOn(0, 0);
        emit view_changed();
        return;
    }
    d_->show_area(bounds.adjusted(-36, -36, 36, 36));
    d_->is_fitted = true;
}

double CanvasView::zoom() const {
    return transform().m11();
}

void CanvasView::set_zoom(double factor) {
    zoom_by(factor / zoom());
}

void CanvasView::zoom_by(double factor) {
    d_->zoom_around(viewport()->rect().center(), factor);
}

void CanvasView::Private::zoom_around(QPoint pixel, double factor) {
    const double wanted = std::clamp(view->zoom() * factor, smallest_zoom, largest_zoom);
    if (std::abs(wanted - view->zoom()) < 1e-6) {
        return;
    }
    const QPointF before = view->mapToScene(pixel);
    view->setTransform(QTransform::fromScale(wanted, wanted));
    const QPoint moved = view->mapFromScene(before) - pixel;
    view->horizontalScrollBar()->setValue(view->horizontalScrollBar()->value() + moved.x());
    view->verticalScrollBar()->setValue(view->verticalScrollBar()->value() + moved.y());
    emit view->zoom_changed(wanted);
    is_fitted = false;
    emit view->view_changed();
}

void CanvasView::pan(QPoint pixels) {
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - pixels.x());
    verticalScrollBar()->setValue(verticalScrollBar()->value() - pixels.y());
}

void CanvasView::keep_visible(QPointF at) {
    constexpr int edge = 24, step = 12;
    const QPoint pixel = mapFromScene(at);
    const QRect inner = viewport()->rect().adjusted(edge, edge, -edge, -edge);
    const int dx = pixel.x() < inner.left() ? step : pixel.x() > inner.right() ? -step : 0;
    const int dy = pixel.y() < inner.top() ? step : pixel.y() > inner.bottom() ? -step : 0;
    if (dx != 0 || dy != 0) {
        pan({dx, dy});
    }
}

void CanvasView::set_link_tool(bool on) {
    d_->tool.set_link_tool(on);
}

void CanvasView::set_hand_tool(bool on) {
    d_->tool.set_hand(on);
}

void CanvasView::arm(const QString& palette_entry) {
    d_->tool.arm(palette_entry);
    if (!palette_entry.isEmpty()) {
        setFocus();
    }
}

void CanvasView::set_theme(CanvasTheme theme) {
    d_->scene.set_theme(theme);
    d_->place_legend();
}

void CanvasView::set_labels(bool addresses, bool interfaces, bool rates) {
    d_->scene.set_labels({addresses, interfaces, rates});
}

void CanvasView::set_node_state(const Id& node, LiveState state, const QString& detail) {
    d_->scene.set_item_state(node, {state, detail});
}

void CanvasView::set_service_state(const Id& service, LiveState state, const QString& detail) {
    d_->scene.set_item_state(service, {state, detail});
}

void CanvasView::set_link_traffic(const Id& link, const LinkTraffic& traffic) {
    d_->scene.set_traffic(link, traffic);
}

void CanvasView::show_path(const std::vector<PathLeg>& legs) {
    d_->scene.show_path(legs);
    d_->place_legend();
}

void CanvasView::show_packets(std::vector<TravellingPacket> packets) {
    d_->scene.show_packets(std::move(packets));
}

void CanvasView::show_routes(std::vector<RouteArrow> arrows) {
    d_->scene.show_routes(std::move(arrows));
}

void CanvasView::set_proofs(std::unordered_map<Id, bool> holds) {
    d_->scene.set_proofs(std::move(holds));
}

void CanvasView::clear_live() {
    d_->scene.clear_live();
    d_->place_legend();
}

void CanvasView::Private::place_legend() {
    if (!scene.has_path()) {
        legend.hide();
        return;
    }
    legend.show_for(scene.theme(), scene.path_has_return());
    legend.move(corner_margin, view->height() - legend.height() - corner_margin);
}

void CanvasView::set_problems(const QHash<QString, int>& severity_by_item) {
    std::unordered_map<Id, int> problems;
    for (auto it = severity_by_item.begin(); it != severity_by_item.end(); ++it) {
        problems[it.key().toStdString()] = it.value();
    }
    d_->scene.set_problems(std::move(problems));
}

void CanvasView::copy() {
    if (!d_->scene.selection().empty()) {
        put_on_clipboard(subset(d_->scene.shown(), selected()));
        d_->pastes = 0;
    }
}

void CanvasView::cut() {
    if (!d_->scene.selection().empty()) {
        copy();
        d_->editor->edit(remove_items(d_->editor->document(), selected()), tr("Cut"));
    }
}

void CanvasView::paste() {
    const auto clip = take_from_clipboard();
    if (!clip) {
        emit status_hint(tr("The clipboard holds no part of a drawing"));
        return;
    }
    // Beside the original where it is in sight, else in the middle of the view.
    Figure figure;
    figure.follow(*clip, *clip);
    const QRectF bounds = figure.bounds(), seen = mapToScene(viewport()->rect()).boundingRect();
    ++d_->pastes;
    QPointF offset(paste_step * d_->pastes, paste_step * d_->pastes);
    if (!seen.intersects(bounds.translated(offset))) {
        offset += seen.center() - bounds.center();
    }
    std::vector<Id> created;
    const Document next = designer::paste(d_->editor->document(), *clip, std::round(offset.x()),
                                          std::round(offset.y()), &created);
    d_->editor->edit(next, tr("Paste"));
    d_->scene.set_selection({created.begin(), created.end()});
}

void CanvasView::duplicate_selected() {
    if (d_->scene.selection().empty()) {
        return;
    }
    std::vector<Id> created;
    const Document next = duplicate(d_->editor->document(), selected(), paste_step, paste_step, &created);
    d_->editor->edit(next, tr("Duplicate"));
    d_->scene.set_selection({created.begin(), created.end()});
}

void CanvasView::delete_selected() {
    if (!d_->scene.selection().empty()) {
        d_->editor->edit(remove_items(d_->editor->document(), selected()), tr("Delete"));
    }
}

void CanvasView::select_all() {
    std::set<Id> all;
    const Figure& figure = d_->scene.figure();
    const auto add = [&](const auto& shapes) {
        for (const auto& shape : shapes) {
            all.insert(shape.id);
        }
    };
    add(figure.nodes());
    add(figure.bars());
    add(figure.vips());
    add(figure.links());
    add(figure.notes());
    d_->scene.set_selection(std::move(all));
}

std::map<Id, QRectF> CanvasView::Private::selected_boxes() const {
    std::map<Id, QRectF> boxes;
    for (const Id& id : scene.selection()) {
        if (scene.figure().link(id) == nullptr && scene.figure().frame(id) == nullptr) {
            boxes[id] = scene.figure().body(id);
        }
    }
    return boxes;
}

// Boxes know no length and direction of bars: those stay.
void CanvasView::Private::move_to(const Layout& places, const QString& text) {
    Layout next;
    for (const auto& [id, place] : places) {
        Placement placement = scene.figure().placement_of(id);
        const QPointF shown = scene.figure().body(id).center();
        placement.x += place.x - shown.x();
        placement.y += place.y - shown.y();
        next[id] = placement;
    }
    editor->edit(with_placements(editor->document(), next), text);
}

void CanvasView::align(Qt::Edge edge) {
    d_->move_to(align_boxes(d_->selected_boxes(), edge), tr("Align"));
}

void CanvasView::align_centres(Qt::Orientation line) {
    d_->move_to(designer::align_centres(d_->selected_boxes(), line), tr("Align"));
}

void CanvasView::distribute(Qt::Orientation direction) {
    d_->move_to(distribute_boxes(d_->selected_boxes(), direction), tr("Distribute"));
}

void CanvasView::turn_selected() {
    Layout next;
    for (const Id& id : d_->scene.selection()) {
        if (d_->scene.figure().bar(id) != nullptr) {
            next[id] = d_->scene.figure().placement_of(id);
            next[id].vertical = !next[id].vertical;
        }
    }
    d_->editor->edit(with_placements(d_->editor->document(), next), tr("Turn segment"));
}

void CanvasView::link_selected() {
    std::vector<Id> ends;
    for (const Id& id : d_->scene.selection()) {
        if (d_->scene.figure().node(id) != nullptr || d_->scene.figure().bar(id) != nullptr) {
            ends.push_back(id);
        }
    }
    if (ends.size() != 2) {
        emit status_hint(tr("Select the two items to link"));
        return;
    }
    const Document next = add_link(d_->editor->document(), ends[0], ends[1]);
    if (next == d_->editor->document()) {
        emit status_hint(tr("These two cannot be linked"));
        return;
    }
    d_->editor->edit(next, tr("Link"));
}

void CanvasView::rename_selected() {
    if (d_->scene.selection().size() == 1) {
        rename_in_place(*d_->scene.selection().begin());
    }
}

void CanvasView::rename_in_place(const Id& id) {
    const CanvasScene& scene = d_->scene;
    const Document& document = d_->editor->document();
    if (scene.figure().link(id) != nullptr || !scene.knows(id)) {
        return;
    }
    QString text;
    const auto find = [&](const auto& entities) {
        for (const auto& entity : entities) {
            if (entity.id == id) {
                text = display_name(entity.name, entity.id);
            }
        }
    };
    find(document.nodes);
    find(document.services);
    find(document.groups);
    find(document.vrfs);
    const NoteShape* note = scene.figure().note(id);
    if (note != nullptr) {
        text = note->text;
    }
    const QRect where = mapFromScene(scene.figure().name_rect(id)).boundingRect();
    delete d_->name_editor;
    const bool is_note = note != nullptr;
    d_->name_editor = new NameEditor(this, where, text, is_note, [this, id, is_note](const QString& name) {
        const Document& now = d_->editor->document();
        if (is_note) {
            d_->editor->edit(set_note_text(now, id, name.toStdString()), tr("Edit note"));
            return;
        }
        d_->editor->edit(rename(now, id, name.toStdString()), tr("Rename"));
        if (!d_->scene.knows(id)) { // an id that was the name follows it
            d_->scene.set_selection({name.toStdString()});
        }
    });
}

} // namespace fulcrum::designer
