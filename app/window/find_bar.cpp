#include "app/window/find_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include "app/window/properties/field_text.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

using namespace designer;

std::vector<Id> find_items(const Document& document, const QString& text) {
    std::vector<Id> hits;
    if (text.isEmpty()) {
        return hits;
    }
    const auto has = [&](const QString& field) { return field.contains(text, Qt::CaseInsensitive); };
    const auto end_has = [&](const LinkEnd& end) {
        return has(FieldText::of(end.address)) || has(FieldText::of(end.mac));
    };
    for (const Node& node : document.nodes) {
        bool hit = has(to_q(node.name)) || has(to_q(node.note)) || has(FieldText::of(node.subnet)) ||
                   has(FieldText::of(node.gateway));
        for (const Attached& at : links_of(document, node.id)) {
            hit = hit || end_has(*at.near);
        }
        if (hit) {
            hits.push_back(node.id);
        }
    }
    for (const Service& service : document.services) {
        if (has(to_q(service.name)) || has(FieldText::of(service.vip))) {
            hits.push_back(service.id);
        }
    }
    for (const Group& group : document.groups) {
        bool hit = has(to_q(group.name));
        for (const FloatingAddress& floating : group.floating) {
            hit = hit || has(to_q(floating.address.text()));
        }
        if (hit) {
            hits.push_back(group.id);
        }
    }
    for (const Vrf& vrf : document.vrfs) {
        if (has(to_q(vrf.name))) {
            hits.push_back(vrf.id);
        }
    }
    for (const Note& note : document.notes) {
        if (has(to_q(note.text))) {
            hits.push_back(note.id);
        }
    }
    return hits;
}

FindBar::FindBar(DocumentEditor* editor, QWidget* parent)
    : QFrame(parent), editor_(editor), text_(new QLineEdit(this)), count_(new QLabel(this)) {
    text_->setPlaceholderText(tr("Name, address, MAC or note"));
    text_->setClearButtonEnabled(true);
    text_->setMaximumWidth(320);
    const auto button = [this](const QString& text, const QString& hint) {
        auto* made = new QToolButton(this);
        made->setText(text);
        made->setToolTip(hint);
        made->setAccessibleName(hint);
        made->setAutoRaise(true);
        return made;
    };
    QToolButton* previous = button(QStringLiteral("↑"), tr("Previous (Shift+Return)"));
    QToolButton* next = button(QStringLiteral("↓"), tr("Next (Return)"));
    QToolButton* close = button(QStringLiteral("✕"), tr("Close (Esc)"));
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(10, 4, 6, 4);
    auto* label = new QLabel(tr("&Find"), this);
    label->setBuddy(text_);
    line->addWidget(label);
    line->addWidget(text_, 1);
    line->addWidget(previous);
    line->addWidget(next);
    line->addWidget(count_);
    line->addStretch();
    line->addWidget(close);
    count_->setForegroundRole(QPalette::PlaceholderText);
    connect(text_, &QLineEdit::textChanged, this, &FindBar::search);
    connect(previous, &QToolButton::clicked, this, [this] { go(-1); });
    connect(next, &QToolButton::clicked, this, [this] { go(1); });
    connect(close, &QToolButton::clicked, this, &FindBar::close_bar);
    hide();
}

void FindBar::open() {
    show();
    text_->setFocus(Qt::ShortcutFocusReason);
    text_->selectAll();
    search();
}

void FindBar::search() {
    hits_ = find_items(editor_->document(), text_->text().trimmed());
    at_ = 0;
    if (hits_.empty()) {
        count_->setText(text_->text().trimmed().isEmpty() ? QString() : tr("nothing found"));
        return;
    }
    go(0);
}

void FindBar::go(int by) {
    if (hits_.empty()) {
        return;
    }
    const auto size = static_cast<std::ptrdiff_t>(hits_.size());
    at_ = static_cast<std::size_t>((static_cast<std::ptrdiff_t>(at_) + by + size) % size);
    count_->setText(tr("%1 of %2").arg(at_ + 1).arg(hits_.size()));
    emit found(hits_[at_]);
}

void FindBar::close_bar() {
    hide();
    emit closed();
}

void FindBar::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Escape:
        close_bar();
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        go(event->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
        break;
    default:
        QFrame::keyPressEvent(event);
    }
}

} // namespace fulcrum::window
