#include "app/window/routes/route_arrows.h"

#include <map>

#include "app/window/qt_text.h"
#include "designer/plan/topology.h"

namespace fulcrum::window {

using namespace designer;

bool RouteArrows::is_route(const RouteNeed& need) {
    return need.via != "connected" && need.via != "none" && need.via != "auto gateway" &&
           !need.interface.empty();
}

QString RouteArrows::destination(const RouteNeed& need) {
    const QString to = need.destination.length == 0 ? tr("default") : to_q(need.destination.text());
    return need.from ? tr("%1 from %2").arg(to, to_q(need.from->text())) : to;
}

QString RouteArrows::tip(const RouteNeed& need) {
    QString html =
        QStringLiteral("<p><b>%1</b> %2")
            .arg(tr("%1: %2 via %3")
                     .arg(to_q(need.node_name).toHtmlEscaped(), destination(need).toHtmlEscaped(),
                          to_q(need.via).toHtmlEscaped()),
                 need.interface.empty() ? QString() : tr("on %1").arg(to_q(need.interface).toHtmlEscaped()));
    if (!need.vrf.empty()) {
        html += tr(", zone %1").arg(to_q(need.vrf).toHtmlEscaped());
    }
    html += need.derived ? QString() : QStringLiteral(" <i>%1</i>").arg(tr("(by hand)"));
    html += QStringLiteral("<br>%1").arg(to_q(need.why).toHtmlEscaped());
    html += QStringLiteral("<br><i>%1</i></p>")
                .arg(need.without.empty() ? tr("Without it: no packet of a service is lost.")
                                          : tr("Without it: %1").arg(to_q(need.without).toHtmlEscaped()));
    return html;
}

std::vector<RouteArrow> RouteArrows::of(const Document& drawing, const std::vector<RouteNeed>& needs,
                                        const Id& node) {
    const Network network(drawing);
    std::map<std::pair<Id, std::string>, Id> link_of; // node and interface
    for (const Station& station : network.stations()) {
        for (const Interface* interface : station.interfaces) {
            link_of[{station.node->id, interface->name}] = interface->link->id;
        }
    }
    std::vector<RouteArrow> arrows;
    for (const RouteNeed& need : needs) {
        const auto link = link_of.find({need.node, need.interface});
        if ((!node.empty() && need.node != node) || !is_route(need) || link == link_of.end()) {
            continue;
        }
        const bool quiet = node.empty();
        RouteArrow arrow{.node = need.node,
                         .link = link->second,
                         .tip = tip(need),
                         .by_hand = !need.derived,
                         .quiet = quiet};
        arrow.text = quiet ? destination(need) : tr("%1 via %2").arg(destination(need), to_q(need.via));
        arrows.push_back(std::move(arrow));
    }
    return arrows;
}

} // namespace fulcrum::window
