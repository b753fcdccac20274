// Bytes as hexadecimal numbers and as text, sixteen a line. The byte under the cursor can be chosen by mouse
// and keyboard; a range of them is highlighted, as the field that is looked at.
#pragma once

#include <QAbstractScrollArea>
#include <QByteArray>

namespace fulcrum::window {

class Theme;

class HexView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit HexView(const Theme* theme, QWidget* parent = nullptr);

    void show_bytes(QByteArray bytes); // nothing is highlighted
    void highlight(std::uint32_t offset, std::uint32_t length);
    const QByteArray& bytes() const { return bytes_; }
    std::uint32_t highlighted_offset() const { return first_; }
    std::uint32_t highlighted_length() const { return length_; }
    QSize sizeHint() const override;                 // whole lines, ten of them
    QPoint hex_place_of(std::uint32_t offset) const; // middle of the byte's digits on the viewport
    static QString dump(const QByteArray& bytes, std::uint32_t first, std::uint32_t length);

signals:
    void byte_chosen(std::uint32_t offset);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void measure();
    int lines() const;
    std::int64_t byte_at(QPoint place) const; // -1: none
    void choose(std::int64_t offset);
    void copy(bool as_text) const;

    const Theme* theme_;
    QByteArray bytes_;
    std::uint32_t first_ = 0, length_ = 0, cursor_ = 0;
    int line_height_ = 1, digit_width_ = 1, offset_digits_ = 4;
};

} // namespace fulcrum::window
