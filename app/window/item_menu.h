// The context menu of what is under the pointer: what can be done with it in the drawing and, while a lab
// runs, in the lab.
#pragma once

#include <QMenu>

#include "app/window/lab/lab_on_canvas.h"
#include "app/window/lab/request_desk.h"

namespace fulcrum::window {

class WindowActions;

class ItemMenu : public QObject {
    Q_OBJECT
public:
    ItemMenu(const WindowActions* actions, LabController* controller, LabOnCanvas* live,
             RequestDesk* requests, designer::DocumentEditor* editor, designer::CanvasView* canvas,
             QObject* parent);

    void show(const designer::Id& id, const QPoint& global); // empty id: the ground

    // For the Lab menu: enables what fits the selection.
    void enable_lab_actions();
    void command_selected(NodeCommand command);
    void set_selected_links(bool up);
    void open_terminals();

private:
    void add_lab(QMenu* menu, const designer::Id& id);
    std::vector<QString>
    selected_hosts() const; // names of selected nodes that run something, in the lab's drawing
    std::vector<designer::Id> selected_links() const;

    const WindowActions* actions_;
    LabController* controller_;
    LabOnCanvas* live_;
    RequestDesk* requests_;
    designer::DocumentEditor* editor_;
    designer::CanvasView* canvas_;
};

} // namespace fulcrum::window
