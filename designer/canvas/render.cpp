// Pictures of drawings, without a window.
#include <QFileInfo>
#include <QImage>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <cmath>

#include "designer/canvas/canvas_scene.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/figure_painter.h"
#include "designer/canvas/picture_file.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double margin = 28;
constexpr int largest_side =
    16'000; // pixels; beyond it a PNG is of no use and QImage may have no memory for it

struct Sheet {
    Figure figure;
    QRectF area;

    explicit Sheet(const Document& document) {
        figure.follow(shown_document(document), document);
        area = figure.bounds();
        area = area.isEmpty() ? QRectF(0, 0, 320, 200) : area.adjusted(-margin, -margin, margin, margin);
    }
};

void paint_sheet(QPainter& painter, const Sheet& sheet, CanvasTheme theme, QSizeF size, bool vector) {
    const double scale = std::min(size.width() / sheet.area.width(), size.height() / sheet.area.height());
    painter.fillRect(QRectF(QPointF(), size), Palette::of(theme).ground);
    painter.translate(size.width() / 2, size.height() / 2);
    painter.scale(scale, scale);
    painter.translate(-sheet.area.center());
    const LivePicture nothing_live;
    FigurePainter(painter, sheet.figure, nothing_live, theme, scale, vector).paint(sheet.area);
}

bool render_svg(const Sheet& sheet, const Document& document, CanvasTheme theme, QIODevice& device) {
    QSvgGenerator generator;
    generator.setOutputDevice(&device);
    const QSizeF size = sheet.area.size();
    generator.setSize(size.toSize());
    generator.setViewBox(QRectF(QPointF(), size));
    generator.setTitle(QString::fromStdString(document.name));
    generator.setDescription(QString::fromStdString(document.description));
    QPainter painter;
    if (!painter.begin(&generator)) {
        return false;
    }
    paint_sheet(painter, sheet, theme, size, true);
    return painter.end();
}

bool render_pdf(const Sheet& sheet, const Document& document, CanvasTheme theme, QIODevice& device) {
    QPdfWriter writer(&device);
    writer.setTitle(QString::fromStdString(document.name));
    writer.setCreator(QStringLiteral("Fulcrum"));
    // One page as large as the drawing; a scene unit is a point at 96 to the inch.
    writer.setPageSize(QPageSize(sheet.area.size() * 0.75, QPageSize::Point, {}, QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    QPainter painter;
    if (!painter.begin(&writer)) {
        return false;
    }
    paint_sheet(painter, sheet, theme, QSizeF(writer.width(), writer.height()), true);
    return painter.end();
}

} // namespace

QImage render_image(const Document& document, CanvasTheme theme, QSize size) {
    const Sheet sheet(document);
    if (size.isEmpty()) {
        size = sheet.area.size().toSize();
    }
    const int longest = std::max(size.width(), size.height());
    if (longest > largest_side) {
        size = size * (static_cast<double>(largest_side) / longest);
    }
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&image);
    paint_sheet(painter, sheet, theme, size, false);
    return image;
}

QString render_file(const Document& document, CanvasTheme theme, const QString& file) {
    const QString format = QFileInfo(file).suffix().toLower();
    if (format == QLatin1String("png")) {
        const Sheet sheet(document);
        // Twice the natural size: sharp on any screen and in print.
        return save_image(file, render_image(document, theme, sheet.area.size().toSize() * 2));
    }
    if (format == QLatin1String("svg")) {
        return save_picture(
            file, [&](QIODevice& device) { return render_svg(Sheet(document), document, theme, device); });
    }
    if (format == QLatin1String("pdf")) {
        return save_picture(
            file, [&](QIODevice& device) { return render_pdf(Sheet(document), document, theme, device); });
    }
    return Words::tr("%1: a picture is written as .png, .svg or .pdf").arg(file);
}

} // namespace fulcrum::designer
