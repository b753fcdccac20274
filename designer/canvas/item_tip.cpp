#include "designer/canvas/item_tip.h"

#include "designer/canvas/figure_painter.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8).toHtmlEscaped();
}

QString name_of_node(const Document& document, const Id& id) {
    const Node* node = document.node(id);
    return node == nullptr ? text(id) : display_name(node->name, node->id).toHtmlEscaped();
}

QString heading(const QString& name, const QString& kind) {
    return QStringLiteral("<b>%1</b> &nbsp;<span style='color:gray'>%2</span>").arg(name, kind);
}

QString row(const QString& left, const QString& right) {
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>").arg(left, right);
}

QString live_row(const LivePicture& live, const Id& id) {
    const auto found = live.items.find(id);
    if (found == live.items.end() || found->second.state == LiveState::none) {
        return {};
    }
    QString words = state_text(found->second.state);
    if (!found->second.detail.isEmpty()) {
        words += QStringLiteral(" – ") + found->second.detail.toHtmlEscaped();
    }
    return row(Words::tr("State"), words);
}

QString node_tip(const Document& shown, const LivePicture& live, const Node& node) {
    QString rows = live_row(live, node.id);
    if (node.subnet) {
        rows += row(Words::tr("Subnet"), text(node.subnet->text()));
    }
    if (!node.vrf.empty()) {
        rows += row(Words::tr("Zone"), text(node.vrf));
    }
    if (node.kind != NodeKind::segment) {
        for (const Attached& attached : links_of(shown, node.id)) {
            const QString address =
                attached.near->address ? text(attached.near->address->text()) : Words::tr("no address");
            rows += row(QStringLiteral("eth%1").arg(attached.index),
                        Words::tr("%1 to %2").arg(address, name_of_node(shown, attached.far->node)));
        }
    }
    if (node.gateway) {
        rows += row(Words::tr("Gateway"), text(node.gateway->text()));
    }
    for (const Route& route : node.routes) {
        rows += row(Words::tr("Route"),
                    Words::tr("%1 via %2").arg(text(route.destination.text()), text(route.gateway.text())));
    }
    QString note = text(node.note);
    if (!note.isEmpty()) {
        note = QStringLiteral("<p>%1</p>").arg(note.replace(QLatin1Char('\n'), QStringLiteral("<br>")));
    }
    return heading(display_name(node.name, node.id).toHtmlEscaped(), kind_text(node.kind)) +
           QStringLiteral("<table>%1</table>").arg(rows) + note;
}

QString service_tip(const Document& shown, const LivePicture& live, const Service& service) {
    QString rows = live_row(live, service.id);
    rows += row(Words::tr("Address"), service.vip ? text(service.vip->text()) : Words::tr("none yet"));
    QStringList ports;
    for (const PortRule& rule : service.ports) {
        const auto protocol = engine::name_of(rule.protocol);
        ports << QStringLiteral("%1/%2").arg(rule.port).arg(
            QLatin1String(protocol.data(), static_cast<qsizetype>(protocol.size())));
    }
    rows += row(Words::tr("Ports"), ports.join(QStringLiteral(", ")));
    rows += row(Words::tr("Mode"), mode_text(service.mode));
    if (const Group* group = shown.group(service.group)) {
        rows += row(Words::tr("Carried by"), display_name(group->name, group->id).toHtmlEscaped() +
                                                 QStringLiteral(" · ") + ha_text(group->ha));
    }
    if (const Pool* pool = shown.pool(service.pool)) {
        QStringList servers;
        for (const PoolMember& member : pool->members) {
            servers << name_of_node(shown, member.server);
        }
        rows += row(Words::tr("Pool"), display_name(pool->name, pool->id).toHtmlEscaped() +
                                           QStringLiteral(": ") + servers.join(QStringLiteral(", ")));
    }
    return heading(display_name(service.name, service.id).toHtmlEscaped(), Words::tr("Virtual service")) +
           QStringLiteral("<table>%1</table>").arg(rows);
}

QString link_tip(const Document& shown, const LivePicture& live, const Link& link) {
    QString rows;
    for (const LinkEnd* end : {&link.a, &link.b}) {
        QString words = end->address ? text(end->address->text()) : QString();
        if (end->mac) {
            words += QStringLiteral(" · ") + text(end->mac->text());
        }
        rows += row(name_of_node(shown, end->node), words);
    }
    for (const QString& remark : remarks_of(link)) {
        rows += row(Words::tr("Wire"), remark.toHtmlEscaped());
    }
    if (const LinkTraffic* traffic = live.traffic_of(link.id)) {
        rows += row(Words::tr("State"), traffic->up ? Words::tr("up") : Words::tr("down"));
        rows +=
            row(Words::tr("from %1").arg(name_of_node(shown, link.a.node)), rate_text(traffic->a_to_b_bps));
        rows +=
            row(Words::tr("from %1").arg(name_of_node(shown, link.b.node)), rate_text(traffic->b_to_a_bps));
    } else if (!link.up) {
        rows += row(Words::tr("State"), Words::tr("cut"));
    }
    return heading(
               Words::tr("%1 – %2").arg(name_of_node(shown, link.a.node), name_of_node(shown, link.b.node)),
               Words::tr("Link")) +
           QStringLiteral("<table>%1</table>").arg(rows);
}

} // namespace

QString item_tip(const Document& shown, const LivePicture& live, const Id& id) {
    if (const Node* node = shown.node(id)) {
        return node_tip(shown, live, *node);
    }
    if (const Service* service = shown.service(id)) {
        return service_tip(shown, live, *service);
    }
    if (const Link* link = shown.link(id)) {
        return link_tip(shown, live, *link);
    }
    if (const Group* group = shown.group(id)) {
        QStringList members;
        for (const Id& member : group->members) {
            members << name_of_node(shown, member);
        }
        return heading(display_name(group->name, group->id).toHtmlEscaped(), ha_text(group->ha)) +
               QStringLiteral("<p>%1</p>").arg(members.join(QStringLiteral(", ")));
    }
    if (const Vrf* vrf = shown.vrf(id)) {
        return heading(display_name(vrf->name, vrf->id).toHtmlEscaped(),
                       Words::tr("Zone with its own routes (VRF)"));
    }
    return {};
}

} // namespace fulcrum::designer
