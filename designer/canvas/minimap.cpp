#include "designer/canvas/minimap.h"

#include <QMouseEvent>
#include <QPainter>

#include "designer/canvas/canvas_scene.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/figure_painter.h"

namespace fulcrum::designer {

namespace {

constexpr int corner_margin = 14;

} // namespace

MiniMap::MiniMap(CanvasView* view) : QWidget(view), view_(view) {
    setObjectName(QStringLiteral("mini_map"));
    setAccessibleName(tr("Mini-map"));
    setToolTip(tr("The whole drawing; drag the frame to move"));
    resize(sizeHint());
    connect(view->canvas_scene(), &CanvasScene::figure_changed, this, &MiniMap::refresh);
    connect(view, &CanvasView::view_changed, this, [this] { update(); });
    view->installEventFilter(this);
    stay_in_corner();
}

void MiniMap::refresh() {
    picture_ = {};
    update();
}

void MiniMap::stay_in_corner() {
    if (parentWidget() == view_) {
        move(view_->width() - width() - corner_margin, view_->height() - height() - corner_margin);
    }
}

bool MiniMap::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) {
        stay_in_corner();
    }
    return QWidget::eventFilter(watched, event);
}

void MiniMap::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    refresh();
}

QRectF MiniMap::seen() const {
    return view_->mapToScene(view_->viewport()->rect()).boundingRect();
}

QTransform MiniMap::to_map() const {
    const QRectF inner = QRectF(rect()).adjusted(6, 6, -6, -6);
    const double scale = std::min(inner.width() / world_.width(), inner.height() / world_.height());
    QTransform transform;
    transform.translate(inner.center().x(), inner.center().y());
    transform.scale(scale, scale);
    transform.translate(-world_.center().x(), -world_.center().y());
    return transform;
}

void MiniMap::paintEvent(QPaintEvent*) {
    const CanvasScene* scene = view_->canvas_scene();
    const Palette& palette = scene->palette_of_theme();
    if (picture_.isNull()) {
        world_ = scene->figure().bounds();
        world_ = world_.isEmpty() ? QRectF(-400, -300, 800, 600) : world_.adjusted(-60, -60, 60, 60);
        picture_ = QPixmap(size() * devicePixelRatioF());
        picture_.setDevicePixelRatio(devicePixelRatioF());
        picture_.fill(palette.paper);
        QPainter painter(&picture_);
        const QTransform transform = to_map();
        painter.setTransform(transform);
        FigurePainter(painter, scene->figure(), {}, scene->theme(), transform.m11()).paint(world_);
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.drawPixmap(0, 0, picture_);
    QColor veil = palette.accent;
    veil.setAlphaF(0.10f);
    painter.setBrush(veil);
    painter.setPen(QPen(palette.accent, 1.4));
    painter.drawRect(to_map().mapRect(seen()).intersected(QRectF(rect()).adjusted(1, 1, -1, -1)));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.grid.darker(115), 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
}

void MiniMap::go_to(QPointF at) {
    if (!world_.isEmpty()) {
        view_->centerOn(to_map().inverted().map(at));
    }
}

void MiniMap::mousePressEvent(QMouseEvent* event) {
    go_to(event->position());
}

void MiniMap::mouseMoveEvent(QMouseEvent* event) {
    if ((event->buttons() & Qt::LeftButton) != 0) {
        go_to(event->position());
    }
}

} // namespace fulcrum::designer
