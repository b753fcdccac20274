#include "app/window/look/elided_label.h"

namespace fulcrum::window {

ElidedLabel::ElidedLabel(QWidget* parent) : QLabel(parent) {
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

void ElidedLabel::set_text(const QString& text) {
    whole_ = text;
    setToolTip(text.toHtmlEscaped());
    fit();
}

void ElidedLabel::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    fit();
}

void ElidedLabel::fit() {
    setText(fontMetrics().elidedText(whole_, Qt::ElideRight, contentsRect().width()));
}

} // namespace fulcrum::window
