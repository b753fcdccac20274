// Who needs which route, and why: the table of one node or of all, and the same on the canvas. "Fill in"
// writes a node's derived routes down, to be edited by hand.
#pragma once

#include <QWidget>

#include "designer/canvas/document_editor.h"
#include "designer/plan/plan.h"

class QCheckBox;
class QComboBox;
class QPushButton;
class QTimer;
class QTreeWidget;

namespace fulcrum::designer {
class CanvasView;
}

namespace fulcrum::window {

class ElidedLabel;
class Theme;

class RoutesPanel : public QWidget {
    Q_OBJECT
public:
    RoutesPanel(designer::DocumentEditor* editor, designer::CanvasView* canvas, const Theme* theme,
                QWidget* parent = nullptr);

    void set_on_canvas(bool on); // arrows on the drawing
    bool is_on_canvas() const;
    void choose_node(const designer::Id& node); // empty: all
    const designer::Id& node() const { return node_; }
    // Of the drawing as it was when is_current() last held: a plan of a thousand nodes takes a moment, and is
    // made in the background.
    const std::vector<designer::RouteNeed>& needs() const { return routes_.needs; }
    bool is_current() const { return !is_stale_ && !is_reading_; }

signals:
    void on_canvas_changed(bool on);
    void pointed_at(const fulcrum::designer::Id& node);

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Routes {
        designer::Document drawing; // with its addresses
        std::vector<designer::RouteNeed> needs;
        QString refused; // why there is none
    };
    void follow_selection();
    void read_later();
    void read(); // the drawing's table; take() follows
    void take(Routes routes);
    void fill_nodes();
    void fill();
    void show_arrows();
    void fill_in();

    designer::DocumentEditor* editor_;
    designer::CanvasView* canvas_;
    const Theme* theme_;
    Routes routes_;
    designer::Id node_;
    bool is_stale_ = true, is_reading_ = false;
    quint64 question_ = 0; // answers to overtaken ones are dropped
    QComboBox* choice_;
    QCheckBox *on_canvas_, *follows_;
    QPushButton* fill_in_;
    ElidedLabel* state_;
    QTreeWidget* table_;
    QTimer* later_;
};

} // namespace fulcrum::window
