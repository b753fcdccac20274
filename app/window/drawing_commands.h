// Edits that take a dialog or the selection: generators, groups, zones. Each is one undoable step.
#pragma once

#include <QObject>

#include "designer/canvas/canvas_view.h"

namespace fulcrum::window {

class DrawingCommands : public QObject {
    Q_OBJECT
public:
    DrawingCommands(designer::DocumentEditor* editor, designer::CanvasView* canvas, QWidget* window);

    void generate(designer::NodeKind kind); // asks how many and where
    void group_selected();                  // the selected SEs become a group
    void zone_of_selected();                // the selected segments, and services on them, become a zone
    void dissolve(const designer::Id& group_or_zone);
    bool can_group() const;
    bool can_zone() const;

signals:
    void told(const QString& hint); // why nothing was done

private:
    std::vector<designer::Id> selected_nodes(designer::NodeKind kind) const;

    designer::DocumentEditor* editor_;
    designer::CanvasView* canvas_;
    QWidget* window_;
};

} // namespace fulcrum::window
