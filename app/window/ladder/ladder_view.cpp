#include "app/window/ladder/ladder_view.h"

#include <QHelpEvent>
#include <QScrollBar>
#include <QSvgGenerator>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "designer/canvas/picture_file.h"

namespace fulcrum::window {

namespace {
constexpr double smallest_zoom = 0.3, largest_zoom = 3, zoom_step = 1.2;
constexpr double picture_scale = 2; // of a PNG: sharp on paper and on dense screens
constexpr double largest_picture =
    16'000; // pixels a side: a request through hundreds of nodes is made smaller
} // namespace

LadderView::LadderView(const Theme* theme, QWidget* parent) : QAbstractScrollArea(parent), theme_(theme) {
    setObjectName("ladder_view");
    setAccessibleName(tr("Ladder of the request"));
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    viewport()->setMouseTracking(true);
    connect(theme_, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void LadderView::show_request(const capture::LadderRequest* request) {
    request_ = request != nullptr ? std::optional(*request) : std::nullopt;
    chosen_ = -1;
    lay_out();
    horizontalScrollBar()->setValue(0);
    verticalScrollBar()->setValue(0);
    viewport()->update();
}

void LadderView::set_icons(QHash<QString, QString> icons) {
    icons_ = std::move(icons);
    viewport()->update();
}

void LadderView::set_empty_text(const QString& text) {
    empty_text_ = text;
    viewport()->update();
}

void LadderView::set_zoom(double zoom) {
    zoom_ = std::clamp(zoom, smallest_zoom, largest_zoom);
    lay_out();
    viewport()->update();
    emit zoom_changed(zoom_);
}

void LadderView::lay_out() {
    chart_ = request_ ? LadderChart(*request_, viewport()->width() / zoom_) : LadderChart();
    const QSizeF whole = chart_.size() * zoom_;
    const QSize room = viewport()->size();
    const int header = static_cast<int>(LadderChart::header_height() * zoom_);
    horizontalScrollBar()->setRange(0, std::max(0, static_cast<int>(whole.width()) - room.width()));
    horizontalScrollBar()->setPageStep(room.width());
    horizontalScrollBar()->setSingleStep(40);
    verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(whole.height()) + header - room.height()));
    verticalScrollBar()->setPageStep(std::max(1, room.height() - header));
    verticalScrollBar()->setSingleStep(24);
}

LadderChart::Look LadderView::look() const {
    return {.colors = theme_->colors(), .theme = theme_->canvas_theme(), .icons = icons_, .chosen = chosen_};
}

void LadderView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), theme_->colors().ground);
    if (chart_.empty()) {
        painter.setPen(theme_->colors().muted);
        painter.drawText(viewport()->rect().adjusted(24, 12, -24, -12), Qt::AlignCenter | Qt::TextWordWrap,
                         empty_text_);
        return;
    }
    const double header = LadderChart::header_height();
    painter.translate(-horizontalScrollBar()->value(), 0);
    painter.scale(zoom_, zoom_);
    painter.save();
    painter.translate(0, header - verticalScrollBar()->value() / zoom_);
    chart_.paint(painter, look());
    painter.restore();
    // The names stay in sight, on ground of their own.
    painter.fillRect(QRectF(0, 0,
                            std::max(chart_.size().width(),
                                     (viewport()->width() + horizontalScrollBar()->value()) / zoom_),
                            header - 4),
                     theme_->colors().ground);
    chart_.paint_header(painter, look());
}

QPointF LadderView::to_chart(QPoint pixel) const {
    return QPointF((pixel.x() + horizontalScrollBar()->value()) / zoom_,
                   (pixel.y() + verticalScrollBar()->value()) / zoom_ - LadderChart::header_height());
}

int LadderView::arrow_at(QPointF at) const {
    for (std::size_t i = 0; i < chart_.arrows().size(); ++i) {
        if (chart_.arrows()[i].area.contains(at)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

QString LadderView::tip_at(QPointF at) const {
    if (const int arrow = arrow_at(at); arrow >= 0) {
        return chart_.arrows()[static_cast<std::size_t>(arrow)].tip;
    }
    for (const LadderChart::Joint& joint : chart_.joints()) {
        if (joint.area.contains(at)) {
            return joint.tip;
        }
    }
    return {};
}

void LadderView::choose(int arrow) {
    if (arrow >= static_cast<int>(chart_.arrows().size()) || arrow == chosen_) {
        return;
    }
    chosen_ = arrow;
    if (arrow >= 0) {
        const LadderChart::Arrow& now = chart_.arrows()[static_cast<std::size_t>(arrow)];
        const double header = LadderChart::header_height() * zoom_;
        QScrollBar* bar = verticalScrollBar();
        const double top = now.area.top() * zoom_, bottom = now.area.bottom() * zoom_ + header;
        if (top < bar->value()) {
            bar->setValue(static_cast<int>(top));
        } else if (bottom > bar->value() + viewport()->height()) {
            bar->setValue(static_cast<int>(bottom) - viewport()->height());
        }
        QStringList said{now.time, now.title};
        for (const LadderRewrite& note : now.rewritten) {
            said << note.whole;
        }
        setAccessibleDescription(said.join(QStringLiteral(", ")));
        emit arrow_chosen(arrow);
    }
    viewport()->update();
}

void LadderView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    lay_out();
}

void LadderView::wheelEvent(QWheelEvent* event) {
    if (event->modifiers().testFlag(Qt::ControlModifier)) {
        set_zoom(zoom_ * std::pow(zoom_step, event->angleDelta().y() / 120.0));
        event->accept();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void LadderView::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(chart_.arrows().size()) - 1;
    switch (event->key()) {
    case Qt::Key_Down:
        choose(std::min(chosen_ + 1, last));
        break;
    case Qt::Key_Up:
        choose(std::max(chosen_ - 1, std::min(0, last)));
        break;
    case Qt::Key_Home:
        choose(std::min(0, last));
        break;
    case Qt::Key_End:
        choose(last);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (chosen_ >= 0) {
            emit arrow_opened(chosen_);
        }
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        set_zoom(zoom_ * zoom_step);
        break;
    case Qt::Key_Minus:
        set_zoom(zoom_ / zoom_step);
        break;
    case Qt::Key_0:
        set_zoom(1);
        break;
    default:
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    event->accept();
}

void LadderView::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) {
        choose(arrow_at(to_chart(event->position().toPoint())));
    }
}

void LadderView::mouseDoubleClickEvent(QMouseEvent* event) {
    const int arrow = arrow_at(to_chart(event->position().toPoint()));
    if (event->button() == Qt::LeftButton && arrow >= 0) {
        choose(arrow);
        emit arrow_opened(arrow);
    }
}

bool LadderView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString text = tip_at(to_chart(help->pos()));
        if (text.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), text, viewport());
        }
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

QString LadderView::export_picture(const QString& file) const {
    const LadderChart chart = request_ ? LadderChart(*request_) : LadderChart();
    const QSizeF size = chart.size() + QSizeF(0, LadderChart::header_height());
    LadderChart::Look plain = look();
    plain.chosen = -1;
    if (file.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
        return designer::save_picture(file, [&](QIODevice& device) {
            QSvgGenerator svg;
            svg.setOutputDevice(&device);
            svg.setSize(size.toSize());
            svg.setViewBox(QRectF(QPointF(), size));
            svg.setTitle(tr("Ladder of a request"));
            QPainter painter;
            if (!painter.begin(&svg)) {
                return false;
            }
            chart.paint_picture(painter, plain);
            return painter.end();
        });
    }
    const double scale =
        std::min({picture_scale, largest_picture / size.width(), largest_picture / size.height()});
    QImage image((size * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&image);
    painter.scale(scale, scale);
    chart.paint_picture(painter, plain);
    painter.end();
    return designer::save_image(file, image);
}

} // namespace fulcrum::window
