// What a CanvasView is made of; for its own two source files only.
#pragma once

#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>

#include "designer/canvas/canvas_scene.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/name_editor.h"
#include "designer/canvas/path_legend.h"
#include "designer/canvas/pointer_tool.h"

namespace fulcrum::designer {

class CanvasView::Private {
public:
    Private(CanvasView* owner, DocumentEditor* document_editor)
        : view(owner), editor(document_editor), scene(document_editor), tool(owner, document_editor, &scene),
          legend(owner) {}

    void show_area(const QRectF& area);
    void zoom_around(QPoint pixel, double factor);
    void place_legend();
    std::map<Id, QRectF> selected_boxes() const;
    void move_to(const Layout& places, const QString& text); // places: wanted centres
    void nudge(int dx, int dy);
    void cycle(bool forward);
    std::vector<Id> cycle_order() const;

    CanvasView* view;
    DocumentEditor* editor;
    CanvasScene scene;
    PointerTool tool;
    PathLegend legend;
    QPointer<NameEditor> name_editor;
    QTimer animation;
    QElapsedTimer since_frame;
    int pastes = 0; // of the same clip: each lies further off
    bool fit_when_shown = true;
    bool is_fitted =
        false; // the view shows the whole drawing because it was asked to, and was not moved since
    bool hand_before_space = false;
};

} // namespace fulcrum::designer
