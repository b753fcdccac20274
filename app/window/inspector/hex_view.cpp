#include "app/window/inspector/hex_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontDatabase>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>

#include "app/window/theme.h"
#include "designer/canvas/palette.h"

namespace fulcrum::window {

namespace {

constexpr int per_line = 16;
constexpr int margin = 8;

// Columns in widths of a digit, from behind the offset: two digits and a blank for each byte, one more blank
// in the middle, then the text.
int hex_column(int in_line) {
    return 2 + in_line * 3 + (in_line >= per_line / 2 ? 1 : 0);
}
constexpr int text_begins = 2 + per_line * 3 + 2;
int text_column(int in_line) {
    return text_begins + in_line + (in_line >= per_line / 2 ? 1 : 0);
}
constexpr int line_ends = text_begins + per_line + 1;

QChar printable(char byte) {
    return byte >= 0x20 && byte < 0x7f ? QChar(QLatin1Char(byte)) : QChar(u'·');
}

} // namespace

HexView::HexView(const Theme* theme, QWidget* parent) : QAbstractScrollArea(parent), theme_(theme) {
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Bytes of the packet"));
    viewport()->setCursor(Qt::IBeamCursor);
    connect(theme_, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
    measure();
}

int HexView::lines() const {
    return static_cast<int>((bytes_.size() + per_line - 1) / per_line);
}

void HexView::measure() {
    const QFontMetrics metrics = fontMetrics();
    line_height_ = metrics.height() + 2;
    digit_width_ = std::max(1, metrics.horizontalAdvance('0'));
    offset_digits_ = bytes_.size() > 0xffff ? 6 : 4;
    const int page = std::max(1, viewport()->height() / line_height_);
    verticalScrollBar()->setRange(0, std::max(0, lines() - page));
    verticalScrollBar()->setPageStep(page);
    const int width = (offset_digits_ + line_ends) * digit_width_ + 2 * margin;
    horizontalScrollBar()->setRange(0, std::max(0, width - viewport()->width()));
    horizontalScrollBar()->setPageStep(viewport()->width());
}

QSize HexView::sizeHint() const {
    return {(4 + line_ends) * digit_width_ + 2 * margin + verticalScrollBar()->sizeHint().width() + 2,
            line_height_ * 10};
}

void HexView::show_bytes(QByteArray bytes) {
    bytes_ = std::move(bytes);
    first_ = length_ = cursor_ = 0;
    measure();
    verticalScrollBar()->setValue(0);
    viewport()->update();
}

void HexView::highlight(std::uint32_t offset, std::uint32_t length) {
    const auto size = static_cast<std::uint32_t>(bytes_.size());
    first_ = std::min(offset, size);
    length_ = std::min(length, size - first_);
    if (length_ > 0 && (cursor_ < first_ || cursor_ - first_ >= length_)) {
        cursor_ = first_;
    }
    if (length_ > 0) {
        const int line = static_cast<int>(first_ / per_line);
        QScrollBar* bar = verticalScrollBar();
        if (line < bar->value() || line >= bar->value() + bar->pageStep()) {
            bar->setValue(line - bar->pageStep() / 3);
        }
    }
    viewport()->update();
}

QPoint HexView::hex_place_of(std::uint32_t offset) const {
    const int line = static_cast<int>(offset / per_line) - verticalScrollBar()->value();
    const int column = offset_digits_ + hex_column(static_cast<int>(offset % per_line)) + 1;
    return {margin + column * digit_width_ - horizontalScrollBar()->value(),
            line * line_height_ + line_height_ / 2};
}

std::int64_t HexView::byte_at(QPoint place) const {
    const int column = (place.x() + horizontalScrollBar()->value() - margin) / digit_width_ - offset_digits_;
    const std::int64_t line = place.y() / line_height_ + verticalScrollBar()->value();
    for (int i = 0; i < per_line; ++i) {
        const bool in_hex =
            column >= hex_column(i) && column <= hex_column(i) + 2 && column < text_begins - 1;
        if (in_hex || column == text_column(i)) {
            const std::int64_t offset = line * per_line + i;
            return place.y() >= 0 && offset < bytes_.size() ? offset : -1;
        }
    }
    return -1;
}

void HexView::choose(std::int64_t offset) {
    if (offset >= 0 && offset < bytes_.size()) {
        cursor_ = static_cast<std::uint32_t>(offset);
        emit byte_chosen(cursor_);
        viewport()->update();
    }
}

void HexView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    const ThemeColors& colors = theme_->colors();
    painter.fillRect(viewport()->rect(), colors.surface);
    painter.setFont(font());
    painter.translate(margin - horizontalScrollBar()->value(), 0);
    const int ascent = fontMetrics().ascent() + 1;
    const int first_line = verticalScrollBar()->value();
    const int last_line = std::min(lines(), first_line + viewport()->height() / line_height_ + 1);
    const QColor ground = designer::mixed(colors.surface, colors.accent, hasFocus() ? 0.42 : 0.30);
    for (int line = first_line; line < last_line; ++line) {
        const int y = (line - first_line) * line_height_;
        painter.setPen(colors.muted);
        painter.drawText(0, y + ascent,
                         QStringLiteral("%1").arg(line * per_line, offset_digits_, 16, QLatin1Char('0')));
        for (int i = 0; i < per_line && line * per_line + i < bytes_.size(); ++i) {
            const auto offset = static_cast<std::uint32_t>(line * per_line + i);
            const char byte = bytes_[offset];
            const int hex_x = (offset_digits_ + hex_column(i)) * digit_width_;
            const int text_x = (offset_digits_ + text_column(i)) * digit_width_;
            const bool marked = offset >= first_ && offset - first_ < length_;
            if (marked) {
                // Without gaps between bytes of the range.
                const bool goes_on = offset + 1 - first_ < length_ && i + 1 < per_line;
                const int next_x = (offset_digits_ + hex_column(i + 1)) * digit_width_;
                painter.fillRect(hex_x, y, goes_on ? next_x - hex_x : 2 * digit_width_, line_height_, ground);
                painter.fillRect(text_x, y, digit_width_, line_height_, ground);
            }
            if (offset == cursor_ && hasFocus()) {
                painter.setPen(colors.accent);
                painter.drawRect(hex_x - 1, y, 2 * digit_width_ + 1, line_height_ - 1);
                painter.drawRect(text_x - 1, y, digit_width_ + 1, line_height_ - 1);
            }
            painter.setPen(byte == 0 && !marked ? colors.muted : colors.text);
            painter.drawText(
                hex_x, y + ascent,
                QStringLiteral("%1").arg(static_cast<unsigned char>(byte), 2, 16, QLatin1Char('0')));
            const QChar shown = printable(byte);
            painter.setPen(shown == u'·' && !marked ? colors.muted : colors.text);
            painter.drawText(text_x, y + ascent, shown);
        }
    }
}

void HexView::resizeEvent(QResizeEvent*) {
    measure();
}

void HexView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) {
        measure();
    }
    QAbstractScrollArea::changeEvent(event);
}

void HexView::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) {
        choose(byte_at(event->pos()));
    }
}

void HexView::mouseMoveEvent(QMouseEvent* event) {
    const std::int64_t offset = byte_at(event->pos());
    if ((event->buttons() & Qt::LeftButton) != 0 && offset >= 0 && offset != cursor_) {
        choose(offset);
    }
}

void HexView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copy(false);
        return;
    }
    const std::int64_t page = static_cast<std::int64_t>(verticalScrollBar()->pageStep()) * per_line;
    const std::int64_t last = bytes_.size() - 1;
    const std::int64_t here = cursor_;
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(here - 1);
    case Qt::Key_Right:
        return choose(here + 1);
    case Qt::Key_Up:
        return choose(here - per_line);
    case Qt::Key_Down:
        return choose(here + per_line);
    case Qt::Key_PageUp:
        return choose(std::max(here % per_line, here - page));
    case Qt::Key_PageDown:
        return choose(std::min(last, here + page));
    case Qt::Key_Home:
        return choose(0);
    case Qt::Key_End:
        return choose(last);
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

QString HexView::dump(const QByteArray& bytes, std::uint32_t first, std::uint32_t length) {
    QString out;
    const qsizetype end = std::min<qsizetype>(bytes.size(), static_cast<qsizetype>(first) + length);
    for (qsizetype line = first; line < end; line += per_line) {
        QString hex, text;
        for (qsizetype i = line; i < std::min<qsizetype>(end, line + per_line); ++i) {
            hex += QStringLiteral("%1 ").arg(static_cast<unsigned char>(bytes[i]), 2, 16, QLatin1Char('0'));
            text += printable(bytes[i]);
        }
        out += QStringLiteral("%1  %2 %3\n")
                   .arg(line, 6, 16, QLatin1Char('0'))
                   .arg(hex, -3 * per_line)
                   .arg(text);
    }
    return out;
}

void HexView::copy(bool as_text) const {
    const std::uint32_t first = length_ > 0 ? first_ : 0;
    const auto length = length_ > 0 ? length_ : static_cast<std::uint32_t>(bytes_.size());
    const QByteArray wanted = bytes_.mid(first, length);
    QApplication::clipboard()->setText(as_text ? QString::fromLatin1(wanted)
                                               : QString::fromLatin1(wanted.toHex(' ')));
}

void HexView::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addAction(tr("Copy as &hexadecimal"), QKeySequence::Copy, this, [this] { copy(false); });
    menu.addAction(tr("Copy as &text"), this, [this] { copy(true); });
    menu.addAction(tr("Copy &with offsets"), this, [this] {
        const auto length = length_ > 0 ? length_ : static_cast<std::uint32_t>(bytes_.size());
        QApplication::clipboard()->setText(dump(bytes_, length_ > 0 ? first_ : 0, length));
    });
    menu.setEnabled(!bytes_.isEmpty());
    menu.exec(event->globalPos());
}

} // namespace fulcrum::window
