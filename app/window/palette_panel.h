// The panel on the left: what can be drawn, as pictures with captions. A click arms a tool (the next click on
// the canvas places it), a drag drops one where it is let go. A search field narrows it.
#pragma once

#include <QToolButton>
#include <QWidget>
#include <functional>
#include <vector>

class QGridLayout;
class QLabel;
class QLineEdit;

namespace fulcrum::window {

class Theme;

class PaletteButton : public QToolButton {
    Q_OBJECT
public:
    PaletteButton(QString entry, const QString& caption, const QString& hint, QWidget* parent);
    const QString& entry() const { return entry_; } // empty: not draggable, a generator

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    QString entry_;
    QPoint pressed_at_;
};

class PalettePanel : public QWidget {
    Q_OBJECT
public:
    explicit PalettePanel(const Theme* theme, QWidget* parent = nullptr);

    void set_armed(const QString& entry); // shows which tool the canvas has in hand; empty: none
    void add_generator(const QString& icon, const QString& caption, const QString& hint,
                       std::function<void()> run);
    void focus_search();

signals:
    void armed(const QString& entry); // empty: put the tool away

private:
    struct Entry {
        PaletteButton* button;
        QString icon, words; // what the search looks at
        bool is_generator;
    };
    void add_item(const QString& entry, const QString& caption, const QString& hint, const QString& words);
    void place(); // lays out what the search leaves
    void dress();

    const Theme* theme_;
    QLineEdit* search_;
    QLabel *items_title_, *generators_title_, *nothing_;
    QGridLayout *items_, *generators_;
    std::vector<Entry> entries_;
};

} // namespace fulcrum::window
