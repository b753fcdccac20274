// Fusion with outlines that are seen on a dark ground: its own are darker than the window, and there an empty
// check box is a black spot on black.
#pragma once

#include <QColor>
#include <QProxyStyle>

namespace fulcrum::window {

class OutlinedStyle : public QProxyStyle {
    Q_OBJECT
public:
    // `faint`: of what is disabled.
    OutlinedStyle(const QColor& outline, const QColor& faint)
        : QProxyStyle(QStringLiteral("Fusion")), outline_(outline), faint_(faint) {}

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;

private:
    void outline(const QStyleOption* option, QPainter* painter, double radius) const;

    QColor outline_, faint_;
};

} // namespace fulcrum::window
