// The whole drawing in a corner, with the part that is seen: press or drag moves there. Lies over the view's
// lower right corner while its parent is the view; it can also be put into a dock.
#pragma once

#include <QPixmap>
#include <QWidget>

namespace fulcrum::designer {

class CanvasView;

class MiniMap : public QWidget {
    Q_OBJECT
public:
    explicit MiniMap(CanvasView* view);
    QSize sizeHint() const override { return {200, 132}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override; // the view's size

private:
    void refresh();
    void stay_in_corner();
    void go_to(QPointF at);
    QRectF seen() const;
    QTransform to_map() const;

    CanvasView* view_;
    QPixmap picture_; // null: has to be drawn again
    QRectF world_;    // what the picture shows, in scene units
};

} // namespace fulcrum::designer
