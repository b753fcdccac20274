#include "app/window/palette_panel.h"

#include <QApplication>
#include <QDrag>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QMouseEvent>
#include <QScrollArea>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/theme.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

namespace {
constexpr int columns = 2;
constexpr int icon_pixels = 40;
constexpr int grid_gap = 4;
constexpr int side_margin = 6;
} // namespace

PaletteButton::PaletteButton(QString entry, const QString& caption, const QString& hint, QWidget* parent)
    : QToolButton(parent), entry_(std::move(entry)) {
    setText(caption);
    setToolTip(hint);
    setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    setIconSize({icon_pixels, icon_pixels});
    setAutoRaise(true);
    setCheckable(!entry_.isEmpty());
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PaletteButton::mousePressEvent(QMouseEvent* event) {
    pressed_at_ = event->pos();
    QToolButton::mousePressEvent(event);
}

void PaletteButton::mouseMoveEvent(QMouseEvent* event) {
    const bool far_enough =
        (event->pos() - pressed_at_).manhattanLength() >= QApplication::startDragDistance();
    if (entry_.isEmpty() || !event->buttons().testFlag(Qt::LeftButton) || !far_enough) {
        QToolButton::mouseMoveEvent(event);
        return;
    }
    setDown(false);
    auto* data = new QMimeData;
    data->setData(designer::CanvasView::palette_mime, entry_.toUtf8());
    auto* drag = new QDrag(this);
    drag->setMimeData(data);
    drag->setPixmap(icon().pixmap(icon_pixels, icon_pixels));
    drag->setHotSpot({icon_pixels / 2, icon_pixels / 2});
    drag->exec(Qt::CopyAction);
}

PalettePanel::PalettePanel(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), search_(new QLineEdit(this)) {
    search_->setPlaceholderText(tr("Search"));
    search_->setClearButtonEnabled(true);
    search_->setAccessibleName(tr("Search the palette"));
    auto* content = new QWidget;
    const auto title = [content](const QString& text) {
        auto* label = new QLabel(text, content);
        label->setForegroundRole(QPalette::PlaceholderText);
        return label;
    };
    items_title_ = title(tr("Draw"));
    generators_title_ = title(tr("Several at once"));
    nothing_ = title(tr("Nothing by that name."));
    nothing_->setWordWrap(true);
    items_ = new QGridLayout;
    generators_ = new QGridLayout;
    for (QGridLayout* grid : {items_, generators_}) {
        grid->setSpacing(grid_gap);
        for (int column = 0; column < columns; ++column) {
            grid->setColumnStretch(column, 1);
        }
    }
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(side_margin, 4, side_margin, 8);
    column->addWidget(items_title_);
    column->addLayout(items_);
    column->addSpacing(6);
    column->addWidget(generators_title_);
    column->addLayout(generators_);
    column->addWidget(nothing_);
    column->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 6, 0, 0);
    auto* search_line = new QHBoxLayout;
    search_line->setContentsMargins(side_margin, 0, side_margin, 0);
    search_line->addWidget(search_);
    outer->addLayout(search_line);
    outer->addWidget(scroll);

    add_item("client", tr("Client"), tr("Sends requests"), tr("host user browser"));
    add_item("server", tr("Server"), tr("Answers requests"), tr("host backend real"));
    add_item("se", tr("Service engine"), tr("Balances: our own engine"), tr("SE load balancer"));
    add_item("router", tr("Router"), tr("Forwards between segments"), tr("gateway"));
    add_item("segment", tr("Segment"), tr("A subnet that nodes are linked to"),
             tr("network switch bridge subnet"));
    add_item("vip", tr("VIP"), tr("A virtual service: place it on a segment"), tr("virtual service address"));
    add_item("note", tr("Note"), tr("Words on the drawing"), tr("text comment"));
    connect(search_, &QLineEdit::textChanged, this, &PalettePanel::place);
    connect(theme_, &Theme::changed, this, &PalettePanel::dress);
}

void PalettePanel::add_item(const QString& entry, const QString& caption, const QString& hint,
                            const QString& words) {
    auto* button = new PaletteButton(entry, caption,
                                     hint + '\n' + tr("Click, then click on the canvas; or drag."), this);
    button->setObjectName("palette_" + entry);
    connect(button, &QToolButton::clicked, this, [this, button](bool on) {
        set_armed(on ? button->entry() : QString());
        emit armed(on ? button->entry() : QString());
    });
    entries_.push_back({button, entry, caption + ' ' + words + ' ' + entry, false});
    place();
    dress();
}

void PalettePanel::add_generator(const QString& icon, const QString& caption, const QString& hint,
                                 std::function<void()> run) {
    auto* button = new PaletteButton({}, caption, hint, this);
    connect(button, &QToolButton::clicked, this, std::move(run));
    entries_.push_back({button, icon, caption + ' ' + hint, true});
    place();
    dress();
}

void PalettePanel::place() {
    int items = 0;
    int generators = 0;
    for (const Entry& entry : entries_) {
        const bool shown = entry.words.contains(search_->text().trimmed(), Qt::CaseInsensitive);
        entry.button->setVisible(shown);
        QGridLayout* grid = entry.is_generator ? generators_ : items_;
        grid->removeWidget(entry.button);
        if (shown) {
            int& count = entry.is_generator ? generators : items;
            grid->addWidget(entry.button, count / columns, count % columns);
            ++count;
        }
    }
    items_title_->setVisible(items > 0);
    generators_title_->setVisible(generators > 0);
    nothing_->setVisible(items + generators == 0);
}

void PalettePanel::dress() {
    int widest = 0;
    for (const Entry& entry : entries_) {
        entry.button->setIcon(designer::themed_icon(entry.icon, theme_->canvas_theme()));
        widest = std::max(widest, entry.button->sizeHint().width());
    }
    for (const Entry& entry : entries_) { // so that items and generators stand in the same columns
        entry.button->setMinimumWidth(widest);
    }
    const int scroll_bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    setMinimumWidth(columns * widest + (columns - 1) * grid_gap + 2 * side_margin + scroll_bar);
}

void PalettePanel::set_armed(const QString& armed_entry) {
    for (const Entry& entry : entries_) {
        entry.button->setChecked(!armed_entry.isEmpty() && entry.button->entry() == armed_entry);
    }
}

void PalettePanel::focus_search() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

} // namespace fulcrum::window
