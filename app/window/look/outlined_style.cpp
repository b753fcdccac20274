#include "app/window/look/outlined_style.h"

#include <QPainter>
#include <QStyleOption>

namespace fulcrum::window {

namespace {
constexpr double box_radius = 1, field_radius = 2; // as Fusion has them
}

void OutlinedStyle::outline(const QStyleOption* option, QPainter* painter, double radius) const {
    if ((option->state & State_HasFocus) != 0 && (option->state & State_KeyboardFocusChange) != 0) {
        return; // Fusion has drawn one in the accent's colour
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(Qt::NoBrush);
    painter->setPen((option->state & State_Enabled) != 0 ? outline_ : faint_);
    painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    painter->restore();
}

void OutlinedStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                  const QWidget* widget) const {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    switch (element) {
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        outline(option, painter, box_radius);
        break;
    case PE_IndicatorRadioButton:
        outline(option, painter, option->rect.width() / 2.0);
        break;
    case PE_FrameLineEdit:
        if ((option->state & State_HasFocus) == 0) {
            outline(option, painter, field_radius);
        }
        break;
    default:
        break;
    }
}

void OutlinedStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                       QPainter* painter, const QWidget* widget) const {
    QProxyStyle::drawComplexControl(control, option, painter, widget);
    if (control == CC_SpinBox && (option->state & State_HasFocus) == 0) {
        outline(option, painter, field_radius);
    }
}

} // namespace fulcrum::window
