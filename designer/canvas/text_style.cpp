#include "designer/canvas/text_style.h"

#include <QFontMetricsF>
#include <QGuiApplication>
#include <QHash>
#include <array>
#include <cmath>
#include <optional>

namespace fulcrum::designer {

namespace {

constexpr std::size_t style_count = 6;

QFont make_font(TextStyle style) {
    QFont font = QGuiApplication::font();
    // The application's own face first; the others serve a platform without a theme, and Chinese.
    font.setFamilies({font.family(), QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans"),
                      QStringLiteral("Noto Sans CJK SC")});
    font.setStyleHint(QFont::SansSerif);
    // Hinted widths change with the zoom, and labels would outgrow the place that was found for them.
    font.setHintingPreference(QFont::PreferNoHinting);
    font.setBold(false);
    switch (style) {
    case TextStyle::name:
        font.setPixelSize(13);
        font.setWeight(QFont::DemiBold);
        break;
    case TextStyle::address:
        font.setPixelSize(11);
        break;
    case TextStyle::bar:
        font.setPixelSize(12);
        font.setWeight(QFont::DemiBold);
        break;
    case TextStyle::title:
        font.setPixelSize(12);
        font.setWeight(QFont::DemiBold);
        break;
    case TextStyle::badge:
        font.setPixelSize(10);
        font.setWeight(QFont::DemiBold);
        break;
    case TextStyle::note:
        font.setPixelSize(12);
        break;
    }
    return font;
}

struct Face {
    QFont font;
    QFontMetricsF metrics;
    QHash<QString, double> widths;

    explicit Face(TextStyle style) : font(make_font(style)), metrics(font) {}
};

Face& face_of(TextStyle style) {
    static std::array<std::optional<Face>, style_count> faces;
    auto& face = faces[static_cast<std::size_t>(style)];
    if (!face) {
        face.emplace(style);
    }
    return *face;
}

} // namespace

const QFont& font_of(TextStyle style) {
    return face_of(style).font;
}

double text_width(TextStyle style, const QString& text) {
    constexpr qsizetype cache_limit = 20'000; // names come and go while people type
    Face& face = face_of(style);
    if (const auto known = face.widths.constFind(text); known != face.widths.constEnd()) {
        return *known;
    }
    if (face.widths.size() > cache_limit) {
        face.widths.clear();
    }
    const double width = std::ceil(face.metrics.horizontalAdvance(text)) + 1;
    face.widths.insert(text, width);
    return width;
}

double line_height(TextStyle style) {
    const QFontMetricsF& metrics = face_of(style).metrics;
    return std::ceil(metrics.ascent() + metrics.descent());
}

double text_ascent(TextStyle style) {
    return face_of(style).metrics.ascent();
}

QString elided(TextStyle style, const QString& text, double width) {
    if (text_width(style, text) <= width) {
        return text;
    }
    return face_of(style).metrics.elidedText(text, Qt::ElideRight, width);
}

double wrapped_height(TextStyle style, const QString& text, double width) {
    return std::ceil(
        face_of(style)
            .metrics.boundingRect(QRectF(0, 0, width, 1e6), Qt::TextWordWrap | Qt::AlignLeft, text)
            .height());
}

} // namespace fulcrum::designer
