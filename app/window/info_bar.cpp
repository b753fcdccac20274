#include "app/window/info_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "app/window/theme.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

InfoBar::InfoBar(const Theme* theme, QWidget* parent)
    : QFrame(parent), theme_(theme), picture_(new QLabel(this)), text_(new QLabel(this)),
      offers_(new QHBoxLayout) {
    setObjectName("info_bar");
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setText(QStringLiteral("✕"));
    close->setToolTip(tr("Dismiss"));
    close->setAccessibleName(close->toolTip());
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(10, 5, 6, 5);
    line->addWidget(picture_);
    line->addWidget(text_, 1);
    line->addLayout(offers_);
    line->addWidget(close);
    connect(close, &QToolButton::clicked, this, [this] {
        dismiss();
        emit dismissed();
    });
    connect(theme_, &Theme::changed, this, &InfoBar::dress);
    hide();
}

void InfoBar::tell(InfoKind kind, const QString& html, const QList<Offer>& offers) {
    kind_ = kind;
    text_->setText(html);
    while (QLayoutItem* item = offers_->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const Offer& offer : offers) {
        auto* button = new QPushButton(offer.text, this);
        connect(button, &QPushButton::clicked, this, offer.taken);
        offers_->addWidget(button);
    }
    dress();
    show();
}

void InfoBar::dismiss() {
    hide();
}

QString InfoBar::text() const {
    return text_->text();
}

void InfoBar::dress() {
    const ThemeColors& colors = theme_->colors();
    const QColor edge = kind_ == InfoKind::trouble ? colors.error
                        : kind_ == InfoKind::good  ? colors.good
                                                   : colors.accent;
    const QColor ground = designer::mixed(colors.surface, edge, 0.12);
    setStyleSheet(QStringLiteral("#info_bar { background: %1; border: none; border-left: 4px solid %2; "
                                 "border-bottom: 1px solid %3; }")
                      .arg(ground.name(), edge.name(), colors.line.name()));
    const char* picture = kind_ == InfoKind::trouble ? "error" : kind_ == InfoKind::good ? "check" : "info";
    picture_->setPixmap(designer::themed_icon(picture, theme_->canvas_theme()).pixmap(18, 18));
}

} // namespace fulcrum::window
