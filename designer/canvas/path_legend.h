// The two colours of a followed request in words, in the view's corner.
#pragma once

#include <QWidget>

#include "designer/canvas/palette.h"

namespace fulcrum::designer {

class PathLegend : public QWidget {
    Q_OBJECT
public:
    explicit PathLegend(QWidget* parent);
    void show_for(CanvasTheme theme, bool with_return);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    CanvasTheme theme_ = CanvasTheme::light;
    bool with_return_ = false;
};

} // namespace fulcrum::designer
