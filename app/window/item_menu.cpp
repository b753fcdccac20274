#include "app/window/item_menu.h"

#include <algorithm>

#include "app/window/qt_text.h"
#include "app/window/window_actions.h"

namespace fulcrum::window {

using namespace designer;

ItemMenu::ItemMenu(const WindowActions* actions, LabController* controller, LabOnCanvas* live,
                   RequestDesk* requests, DocumentEditor* editor, CanvasView* canvas, QObject* parent)
    : QObject(parent), actions_(actions), controller_(controller), live_(live), requests_(requests),
      editor_(editor), canvas_(canvas) {}

std::vector<QString> ItemMenu::selected_hosts() const {
    std::vector<QString> names;
    for (const Id& id : canvas_->selected()) {
        const Node* node = live_->drawing().node(id);
        if (node != nullptr && node->kind != NodeKind::segment) {
            names.push_back(to_q(node->name));
        }
    }
    return names;
}

std::vector<Id> ItemMenu::selected_links() const {
    std::vector<Id> links;
    for (const Id& id : canvas_->selected()) {
        if (live_->drawing().link(id) != nullptr) {
            links.push_back(id);
        }
    }
    return links;
}

void ItemMenu::enable_lab_actions() {
    const bool running = controller_->phase() == LabPhase::running;
    const bool hosts = running && !selected_hosts().empty();
    const bool links = running && !selected_links().empty();
    actions_->send_request->setEnabled(requests_->can_send());
    actions_->compare->setEnabled(requests_->can_compare());
    actions_->load->setEnabled(requests_->can_send());
    actions_->capture->setEnabled(running);
    actions_->clear_path->setEnabled(running);
    actions_->terminal->setEnabled(hosts);
    actions_->node_start->setEnabled(hosts);
    actions_->node_stop->setEnabled(hosts);
    actions_->node_kill->setEnabled(hosts);
    actions_->link_cut->setEnabled(links);
    actions_->link_restore->setEnabled(links);
}

void ItemMenu::command_selected(NodeCommand command) {
    for (const QString& node : selected_hosts()) {
        controller_->command_node(node, command);
    }
}

void ItemMenu::open_terminals() {
    for (const QString& node : selected_hosts()) {
        controller_->open_terminal(node);
    }
}

// One end is enough: a cable with one end pulled out carries nothing.
void ItemMenu::set_selected_links(bool up) {
    const Document& drawing = live_->drawing();
    for (const Id& id : selected_links()) {
        const Link* link = drawing.link(id);
        for (const LinkEnd* end : {&link->a, &link->b}) {
            const Node* node = drawing.node(end->node);
            if (node == nullptr || node->kind == NodeKind::segment) {
                continue;
            }
            for (const Attached& at : links_of(drawing, node->id)) {
                if (at.near == end) {
                    controller_->set_link(to_q(node->name), QStringLiteral("eth%1").arg(at.index), up);
                }
            }
            break;
        }
    }
}

void ItemMenu::add_lab(QMenu* menu, const Id& id) {
    const Document& drawing = live_->drawing();
    if (const Node* node = drawing.node(id); node != nullptr && node->kind != NodeKind::segment) {
        if (node->kind == NodeKind::client && requests_->can_send()) {
            const auto targets = requests_->targets(id); // of its own zone
            if (targets.isEmpty()) {
                menu->addAction(tr("No route leads it to a service"))->setEnabled(false);
            } else if (targets.size() == 1) {
                menu->addAction(actions_->send_request);
            } else {
                QMenu* to = menu->addMenu(actions_->send_request->icon(), tr("Send request to"));
                for (const RequestTarget& target : targets) {
                    to->addAction(target.label, requests_,
                                  [this, id, target] { requests_->send(id, target.service); });
                }
            }
            menu->addActions({actions_->compare, actions_->load});
            menu->addSeparator();
        }
        menu->addAction(actions_->terminal);
        const LiveState state = live_->state_of(id);
        if (state == LiveState::stopped || state == LiveState::failed) {
            menu->addAction(actions_->node_start);
        } else {
            menu->addActions({actions_->node_stop, actions_->node_kill});
        }
        menu->addSeparator();
    } else if (drawing.link(id) != nullptr) {
        menu->addAction(live_->is_link_up(id) ? actions_->link_cut : actions_->link_restore);
        menu->addSeparator();
    }
}

void ItemMenu::show(const Id& id, const QPoint& global) {
    QMenu menu(canvas_);
    if (id.empty()) {
        menu.addActions({actions_->paste, actions_->select_all});
        menu.addSeparator();
        menu.addActions({actions_->fit, actions_->mini_map});
        menu.exec(global);
        return;
    }
    const auto selected = canvas_->selected();
    if (std::find(selected.begin(), selected.end(), id) == selected.end()) {
        canvas_->select({id}, false);
    }
    enable_lab_actions();
    if (controller_->phase() == LabPhase::running) {
        add_lab(&menu, id);
    }
    const Node* node = editor_->document().node(id);
    if (node != nullptr && node->kind == NodeKind::se) {
        menu.addActions({actions_->group, actions_->add_ses});
        menu.addSeparator();
    } else if (node != nullptr && node->kind == NodeKind::segment) {
        menu.addActions({actions_->add_servers, actions_->add_ses, actions_->add_clients, actions_->zone,
                         actions_->turn});
        menu.addSeparator();
    }
    const bool runs = controller_->phase() == LabPhase::running;
    if (requests_->can_compare() && (editor_->document().service(id) != nullptr ||
                                     (!runs && node != nullptr && node->kind == NodeKind::client))) {
        menu.addAction(actions_->compare); // a client of a running lab has it beside “Send request”
        menu.addSeparator();
    }
    menu.addActions(
        {actions_->properties, actions_->rename, actions_->cut, actions_->copy, actions_->duplicate});
    menu.addSeparator();
    menu.addAction(actions_->remove);
    menu.exec(global);
}

} // namespace fulcrum::window
