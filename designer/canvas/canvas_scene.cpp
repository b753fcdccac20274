#include "designer/canvas/canvas_scene.h"

#include <QGraphicsView>
#include <algorithm>
#include <cmath>

#include "designer/canvas/figure_painter.h"
#include "designer/document/auto_layout.h"
#include "designer/plan/plan.h"

namespace fulcrum::designer {

namespace {

constexpr double flash_seconds = 1.6;
constexpr double half_world = 50'000; // the canvas has no edge that anybody meets

double scale_of(const QPainter& painter) {
    return std::hypot(painter.worldTransform().m11(), painter.worldTransform().m12());
}

} // namespace

Document shown_document(const Document& document) {
    Document shown = fill_addresses(document);
    shown.layout = complete_layout(document);
    return shown;
}

CanvasScene::CanvasScene(DocumentEditor* editor, QObject* parent) : QGraphicsScene(parent), editor_(editor) {
    setItemIndexMethod(NoIndex);
    setSceneRect(-half_world, -half_world, 2 * half_world, 2 * half_world);
    connect(editor, &DocumentEditor::changed, this, &CanvasScene::follow_change);
    connect(editor, &DocumentEditor::was_reset, this, [this] {
        selection_.clear();
        hovered_.clear();
        live_.problems.clear();
        live_.proofs.clear();
        path_ = {};
        packets_ = {};
        routes_ = {};
        follow_document();
        emit selection_changed();
    });
    follow_document();
}

void CanvasScene::follow_change(const Change& change) {
    if (change.only_moves()) { // addresses do not depend on places
        shown_.layout = complete_layout(editor_->document());
        after_layout(figure_.follow(shown_, editor_->document()));
    } else {
        follow_document();
    }
    const auto gone = std::erase_if(selection_, [this](const Id& id) { return !knows(id); });
    if (gone != 0) {
        emit selection_changed();
    }
    if (!knows(hovered_)) {
        hovered_.clear();
    }
}

void CanvasScene::follow_document() {
    shown_ = shown_document(editor_->document());
    after_layout(figure_.follow(shown_, editor_->document()));
}

void CanvasScene::after_layout(const QRectF& touched) {
    if (!path_.empty()) {
        repaint_overlay(path_.bounds());
        path_.follow(figure_);
        repaint_overlay(path_.bounds());
    }
    if (!packets_.empty()) {
        repaint_packets();
        packets_.follow(figure_);
        repaint_packets();
    }
    if (!routes_.empty()) {
        repaint_overlay(routes_.bounds());
        routes_.follow(figure_);
        repaint_overlay(routes_.bounds());
    }
    if (!touched.isNull()) {
        repaint_figure(touched.adjusted(-14, -14, 14, 14));
        emit figure_changed();
    }
}

void CanvasScene::repaint_figure(const QRectF& area) {
    invalidate(area, BackgroundLayer | ForegroundLayer);
}

void CanvasScene::repaint_all() {
    for (QGraphicsView* view : views()) {
        view->resetCachedContent();
        view->viewport()->update();
    }
}

void CanvasScene::repaint_overlay(const QRectF& area) {
    if (!area.isEmpty()) {
        invalidate(area.adjusted(-14, -14, 14, 14), ForegroundLayer);
    }
}

void CanvasScene::set_theme(CanvasTheme theme) {
    if (theme == theme_) {
        return;
    }
    theme_ = theme;
    repaint_all();
    emit figure_changed();
}

void CanvasScene::set_labels(const LabelChoice& choice) {
    after_layout(figure_.set_labels(choice));
}

void CanvasScene::preview(const Layout& moved) {
    after_layout(figure_.preview(moved));
}

bool CanvasScene::knows(const Id& id) const {
    return !id.empty() &&
           (figure_.node(id) != nullptr || figure_.bar(id) != nullptr || figure_.vip(id) != nullptr ||
            figure_.link(id) != nullptr || figure_.frame(id) != nullptr || figure_.note(id) != nullptr);
}

void CanvasScene::set_selection(std::set<Id> ids) {
    std::erase_if(ids, [this](const Id& id) { return !knows(id); });
    if (ids == selection_) {
        return;
    }
    for (const auto* some : {&selection_, &ids}) {
        for (const Id& id : *some) {
            repaint_overlay(figure_.extent(id));
        }
    }
    selection_ = std::move(ids);
    emit selection_changed();
}

void CanvasScene::set_hovered(const Id& id) {
    if (id == hovered_) {
        return;
    }
    repaint_overlay(figure_.extent(hovered_));
    hovered_ = id;
    repaint_overlay(figure_.extent(hovered_));
}

void CanvasScene::flash(const std::set<Id>& ids) {
    flashing_ = ids;
    flash_left_ = ids.empty() ? 0 : flash_seconds;
    if (flash_left_ > 0) {
        emit animation_wanted();
    }
}

// The first report makes room for states and rates, the last one gone takes it back.
void CanvasScene::keep_live_room() {
    after_layout(figure_.set_live(live_.is_live()));
}

void CanvasScene::set_item_state(Id id, const LivePicture::Item& item) {
    const LivePicture::Item nothing;
    const auto known = live_.items.find(id);
    if ((known == live_.items.end() ? nothing : known->second) == item) {
        return;
    }
    if (item == nothing) {
        live_.items.erase(id);
    } else {
        live_.items[id] = item;
    }
    keep_live_room();
    QRectF area = figure_.extent(id);
    for (const LinkShape& link : figure_.links()) { // their end lamps tell of the node
        if (link.a == id || link.b == id) {
            area = area.united(figure_.extent(link.id));
        }
    }
    repaint_figure(area.adjusted(-6, -6, 6, 6));
    emit figure_changed();
}

void CanvasScene::set_traffic(Id link, const LinkTraffic& traffic) {
    const auto known = live_.traffic.find(link);
    if (known != live_.traffic.end() && known->second == traffic) {
        return;
    }
    live_.traffic[link] = traffic;
    keep_live_room();
    repaint_figure(figure_.extent(link));
}

void CanvasScene::set_problems(std::unordered_map<Id, int> problems) {
    if (problems == live_.problems) {
        return;
    }
    QRectF area;
    for (const auto* some : {&live_.problems, &problems}) {
        for (const auto& [id, severity] : *some) {
            area = area.united(figure_.extent(id).adjusted(-16, -16, 16, 16));
        }
    }
    live_.problems = std::move(problems);
    repaint_figure(area);
}

void CanvasScene::set_proofs(std::unordered_map<Id, bool> proofs) {
    if (proofs == live_.proofs) {
        return;
    }
    QRectF area;
    for (const auto* some : {&live_.proofs, &proofs}) {
        for (const auto& [id, holds] : *some) {
            area = area.united(figure_.extent(id).adjusted(-16, -16, 16, 16));
        }
    }
    live_.proofs = std::move(proofs);
    repaint_figure(area);
}

void CanvasScene::repaint_packets() {
    for (const QRectF& area : packets_.areas()) {
        invalidate(area, ForegroundLayer);
    }
}

void CanvasScene::show_packets(std::vector<TravellingPacket> packets) {
    repaint_packets();
    packets_.set(std::move(packets), figure_);
    repaint_packets();
}

void CanvasScene::show_routes(std::vector<RouteArrow> arrows) {
    repaint_overlay(routes_.bounds());
    routes_.set(std::move(arrows), figure_);
    repaint_overlay(routes_.bounds());
}

void CanvasScene::show_path(const std::vector<PathLeg>& legs) {
    repaint_overlay(path_.bounds());
    path_.set(legs, figure_);
    repaint_overlay(path_.bounds());
    if (!path_.empty()) {
        emit animation_wanted();
    }
}

void CanvasScene::advance(double seconds) {
    if (!path_.empty()) {
        path_.advance(seconds);
        repaint_overlay(path_.bounds());
    }
    if (flash_left_ > 0) {
        flash_left_ -= seconds;
        for (const Id& id : flashing_) {
            repaint_overlay(figure_.extent(id).adjusted(-24, -24, 24, 24));
        }
    }
}

void CanvasScene::clear_live() {
    live_.items.clear();
    live_.traffic.clear();
    live_.proofs.clear();
    show_path({});
    keep_live_room();
    repaint_figure(figure_.bounds());
    emit figure_changed();
}

void CanvasScene::drawBackground(QPainter* painter, const QRectF& exposed) {
    // Whoever invalidates more than can be seen gets no more painted than that.
    const QRectF area = exposed & painter->worldTransform().inverted().mapRect(QRectF(painter->viewport()));
    FigurePainter figure(*painter, figure_, live_, theme_, scale_of(*painter));
    figure.paint_ground(area);
    figure.paint(area);
}

void CanvasScene::paint_outline(QPainter& painter, const Id& id, double grow) const {
    if (const LinkShape* link = figure_.link(id)) {
        QPen wide = painter.pen();
        wide.setWidthF(7 + grow);
        wide.setCapStyle(Qt::RoundCap);
        QColor color = wide.color();
        color.setAlphaF(color.alphaF() * 0.45f);
        wide.setColor(color);
        painter.save();
        painter.setPen(wide);
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(link->path);
        painter.restore();
        return;
    }
    const QRectF body = figure_.body(id);
    const double pad = 4 + grow;
    if (const VipShape* vip = figure_.vip(id)) {
        const double half = vip_side / 2 + pad;
        painter.drawPolygon(QPolygonF{vip->centre + QPointF(0, -half), vip->centre + QPointF(half, 0),
                                      vip->centre + QPointF(0, half), vip->centre + QPointF(-half, 0)});
    } else if (!body.isEmpty()) {
        const double inset = figure_.frame(id) != nullptr ? grow : pad;
        painter.drawRoundedRect(body.adjusted(-inset, -inset, inset, inset), 10, 10);
    }
}

void CanvasScene::paint_selection(QPainter& painter, const QRectF& exposed) const {
    const Palette& palette = palette_of_theme();
    QPen pen(palette.accent, 2);
    pen.setCosmetic(true);
    for (const Id& id : selection_) {
        if (!exposed.intersects(figure_.body(id).adjusted(-20, -20, 20, 20))) {
            continue;
        }
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        paint_outline(painter, id, 0);
        if (const BarShape* bar = figure_.bar(id)) { // ends can be pulled
            painter.setBrush(palette.paper);
            const QPointF c = bar->bar.center();
            const QPointF reach =
                bar->vertical ? QPointF(0, bar->bar.height() / 2) : QPointF(bar->bar.width() / 2, 0);
            painter.drawEllipse(c - reach, 5, 5);
            painter.drawEllipse(c + reach, 5, 5);
        }
    }
    if (!hovered_.empty() && selection_.count(hovered_) == 0) {
        QPen faint(palette.accent, 1.2);
        faint.setCosmetic(true);
        painter.setPen(faint);
        painter.setBrush(Qt::NoBrush);
        paint_outline(painter, hovered_, -1);
    }
}

void CanvasScene::drawForeground(QPainter* painter, const QRectF& exposed) {
    painter->setRenderHint(QPainter::Antialiasing, true);
    paint_selection(*painter, exposed);
    if (flash_left_ > 0) {
        const double wave = std::abs(std::sin(flash_left_ / flash_seconds * 3 * M_PI));
        QColor color = palette_of_theme().accent;
        color.setAlphaF(static_cast<float>(wave));
        QPen pen(color, 3);
        pen.setCosmetic(true);
        painter->setPen(pen);
        painter->setBrush(Qt::NoBrush);
        for (const Id& id : flashing_) {
            paint_outline(*painter, id, 3 + 7 * (1 - wave));
        }
    }
    if (const QRectF crossed = path_.bounds().intersected(exposed); !crossed.isEmpty()) {
        path_.paint(*painter, palette_of_theme());
        FigurePainter(*painter, figure_, live_, theme_, scale_of(*painter)).paint_bar_texts(crossed);
    }
    if (routes_.bounds().intersects(exposed)) {
        routes_.paint(*painter, palette_of_theme());
    }
    packets_.paint(*painter, exposed, palette_of_theme());
    if (tool_painter_) {
        tool_painter_(*painter);
    }
}

} // namespace fulcrum::designer
