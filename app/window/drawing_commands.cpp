#include "app/window/drawing_commands.h"

#include <algorithm>

#include "app/window/dialogs/generator_dialog.h"
#include "app/window/qt_text.h"
#include "designer/edit/fresh_names.h"

namespace fulcrum::window {

using namespace designer;

DrawingCommands::DrawingCommands(DocumentEditor* editor, CanvasView* canvas, QWidget* window)
    : QObject(window), editor_(editor), canvas_(canvas), window_(window) {}

std::vector<Id> DrawingCommands::selected_nodes(NodeKind kind) const {
    std::vector<Id> found;
    for (const Id& id : canvas_->selected()) {
        const Node* node = editor_->document().node(id);
        if (node != nullptr && node->kind == kind) {
            found.push_back(id);
        }
    }
    return found;
}

bool DrawingCommands::can_group() const {
    return !selected_nodes(NodeKind::se).empty();
}

bool DrawingCommands::can_zone() const {
    return !selected_nodes(NodeKind::segment).empty();
}

void DrawingCommands::generate(NodeKind kind) {
    const auto segments = selected_nodes(NodeKind::segment);
    GeneratorDialog dialog(editor_->document(), kind, segments.empty() ? Id() : segments.front(), window_);
    if (dialog.exec() != QDialog::Accepted) {
        return;
    }
    std::vector<Id> created;
    const Document next = dialog.result(&created);
    editor_->edit(next, dialog.undo_text());
    canvas_->select(created);
}

void DrawingCommands::group_selected() {
    const auto members = selected_nodes(NodeKind::se);
    if (members.empty()) {
        emit told(tr("Select the service engines that belong together first."));
        return;
    }
    Document next = editor_->document();
    for (Group& group : next.groups) {
        std::erase_if(group.members, [&](const Id& id) {
            return std::find(members.begin(), members.end(), id) != members.end();
        });
    }
    Group group{.id = FreshNames(next).take("group"), .members = members};
    group.name = group.id;
    const Id id = group.id;
    next.groups.push_back(std::move(group));
    editor_->edit(next, tr("Group service engines"));
    canvas_->select({id}, false);
}

void DrawingCommands::zone_of_selected() {
    const auto segments = selected_nodes(NodeKind::segment);
    if (segments.empty()) {
        emit told(tr("Select the segments that belong to the zone first."));
        return;
    }
    Document next = editor_->document();
    Vrf zone{.id = FreshNames(next).take("zone")};
    zone.name = zone.id;
    for (const Id& id : segments) {
        next.node(id)->vrf = zone.id;
        for (Service& service : next.services) {
            const auto& subnet = next.node(id)->subnet;
            if (service.vip && subnet && subnet->contains(*service.vip) && service.vrf.empty()) {
                service.vrf = zone.id;
            }
        }
    }
    const Id id = zone.id;
    next.vrfs.push_back(std::move(zone));
    editor_->edit(next, tr("Make a zone"));
    canvas_->select({id}, false);
}

void DrawingCommands::dissolve(const Id& id) {
    editor_->edit(remove_items(editor_->document(), {id}), tr("Dissolve"));
}

} // namespace fulcrum::window
