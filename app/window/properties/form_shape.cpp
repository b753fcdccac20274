#include "app/window/properties/forms.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

using namespace designer;

namespace {

QString pool_shape(const Document& document, const Id& id) {
    QString shape = QStringLiteral("pool %1").arg(to_q(id));
    if (const Pool* pool = document.pool(id)) {
        for (const HealthCheck& check : pool->health) {
            shape += QStringLiteral(" %1").arg(static_cast<int>(check.kind));
        }
    }
    return shape;
}

QString item_shape(const Document& document, const Id& id) {
    if (const Node* node = document.node(id)) {
        return QStringLiteral("node %1 %2 %3")
            .arg(to_q(id))
            .arg(static_cast<int>(node->kind))
            .arg(links_of(document, id).size());
    }
    if (const Link* link = document.link(id)) {
        return QStringLiteral("link %1 %2 %3").arg(to_q(id), to_q(link->a.node), to_q(link->b.node));
    }
    if (const Group* group = document.group(id)) {
        return QStringLiteral("group %1 %2").arg(to_q(id)).arg(static_cast<int>(group->ha));
    }
    if (const Service* service = document.service(id)) {
        return QStringLiteral("service %1 %2").arg(to_q(id), pool_shape(document, service->pool));
    }
    if (document.vrf(id) != nullptr) {
        return QStringLiteral("zone %1").arg(to_q(id));
    }
    for (const Note& note : document.notes) {
        if (note.id == id) {
            return QStringLiteral("note %1").arg(to_q(id));
        }
    }
    return {}; // it is gone
}

} // namespace

QString form_shape(const Document& document, const std::vector<Id>& ids) {
    QString shape;
    for (const Id& id : ids) {
        shape += item_shape(document, id) + '\n';
    }
    return shape;
}

} // namespace fulcrum::window
