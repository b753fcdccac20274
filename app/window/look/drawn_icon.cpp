#include "app/window/look/drawn_icon.h"

#include <QPainter>
#include <QPixmap>

namespace fulcrum::window {

QIcon drawn_icon(int side, const QColor& ink, double stroke, qreal pixel_ratio,
                 const std::function<void(QPainter&)>& paint) {
    QPixmap picture(QSize(side, side) * pixel_ratio);
    picture.setDevicePixelRatio(pixel_ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(ink, stroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(ink);
    paint(painter);
    painter.end();
    return picture;
}

} // namespace fulcrum::window
