// A ladder chart to look at: as wide as the view as long as that can be read, else it scrolls under the
// nodes' names; it zooms, and tells in tooltips everything that had no room. Arrows are chosen with the mouse
// or with the up and down keys and opened with Return or a double click.
#pragma once

#include <QAbstractScrollArea>
#include <optional>

#include "app/window/ladder/ladder_chart.h"

namespace fulcrum::window {

class LadderView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit LadderView(const Theme* theme, QWidget* parent = nullptr);

    void show_request(const capture::LadderRequest* request); // copied; null: nothing
    const LadderChart& chart() const { return chart_; }
    void set_icons(QHash<QString, QString> icons); // by node name
    void set_empty_text(const QString& text);      // what is said when there is no request
    double zoom() const { return zoom_; }
    void set_zoom(double zoom);
    int chosen() const { return chosen_; }
    void choose(int arrow); // -1: none

    // PNG or SVG by the file's extension, whole and at its natural size; an error text, empty when good.
    QString export_picture(const QString& file) const;

signals:
    void arrow_chosen(int arrow);
    void arrow_opened(int arrow);
    void zoom_changed(double zoom);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    void lay_out();
    QPointF to_chart(QPoint pixel) const;
    int arrow_at(QPointF at) const;
    QString tip_at(QPointF at) const;
    LadderChart::Look look() const;

    const Theme* theme_;
    std::optional<capture::LadderRequest> request_;
    LadderChart chart_; // of it, for the room there is
    QHash<QString, QString> icons_;
    QString empty_text_;
    double zoom_ = 1;
    int chosen_ = -1;
};

} // namespace fulcrum::window
