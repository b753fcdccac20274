// The panel on the right: an editor for what is selected on the canvas, or for the drawing itself when
// nothing is.
#pragma once

#include <QScrollArea>
#include <vector>

#include "designer/canvas/document_editor.h"
#include "designer/checks/checks.h"

class QLabel;

namespace fulcrum::window {

class PropertyForm;
class Theme;

class PropertiesPanel : public QScrollArea {
    Q_OBJECT
public:
    PropertiesPanel(designer::DocumentEditor* editor, const Theme* theme, QWidget* parent = nullptr);

    void show_items(const std::vector<designer::Id>& ids); // empty: the drawing
    void
    set_problems(const std::vector<designer::Problem>& problems); // those of the shown items are told on top
    void rebuild();                                               // after a change of theme or language
    void focus_first_field();

private:
    void refresh();
    void show_problems();

    designer::DocumentEditor* editor_;
    const Theme* theme_;
    std::vector<designer::Id> ids_;
    std::vector<designer::Problem> problems_;
    QString shape_;
    PropertyForm* form_ = nullptr;
    QLabel* trouble_ = nullptr;
};

} // namespace fulcrum::window
