// The drawings of resources/icons, in the colours of a theme. An icon names its colours ("var(--ink,
// #3b4856)") and the palette answers; `tint` is the one colour that belongs to the item (a server's pool, a
// segment).
#pragma once

#include <QIcon>
#include <QPainter>
#include <QPixmap>

#include "designer/canvas/palette.h"

namespace fulcrum::designer {

// `name` is a file of resources/icons/actions ("launch"), of resources/icons/nodes ("se") or "fulcrum", the
// program's own. An unknown name gives an icon without a picture. Sharp at every size and pixel ratio.
QIcon themed_icon(const QString& name, CanvasTheme theme, const QColor& tint = {});

// A square picture `pixels` device pixels wide; cached, so that a thousand servers cost one drawing.
QPixmap icon_pixmap(const QString& name, CanvasTheme theme, int pixels, const QColor& tint = {});

// Drawn as vectors, for print and SVG.
void paint_icon(QPainter& painter, const QString& name, CanvasTheme theme, const QRectF& where,
                const QColor& tint = {});

} // namespace fulcrum::designer
