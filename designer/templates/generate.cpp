#include "designer/templates/generate.h"

#include <algorithm>
#include <cmath>

#include "designer/document/auto_layout.h"
#include "designer/document/free_addresses.h"
#include "designer/document/layout_metrics.h"
#include "designer/edit/fresh_names.h"
#include "designer/edit/link_address.h"
#include "designer/edit/membership.h"

namespace fulcrum::designer {

namespace {

Document add_nodes(const Document& document, NodeKind kind, const Id& segment, std::size_t count,
                   std::vector<Id>* created) {
    const Node* bar = document.node(segment);
    if (bar == nullptr || bar->kind != NodeKind::segment) {
        return document;
    }
    Document next = document;
    FreshNames names(document);
    SegmentAddresses addresses(document, segment);
    std::vector<Id> made;
    for (std::size_t i = 0; i < count; ++i) {
        Node node;
        node.kind = kind;
        node.id = node.name = names.take(name_of(kind));
        Link link;
        link.id = names.take("link");
        link.a.node = node.id;
        link.b.node = segment;
        give_address(link.a, kind, addresses);
        if (!link.a.address && addresses.subnet()) {
            return document; // the subnet is full
        }
        made.push_back(node.id);
        next.nodes.push_back(std::move(node));
        next.links.push_back(std::move(link));
    }
    join_services(next, made, segment);
    const Side side = kind == NodeKind::se ? Side::above : Side::below;
    const std::vector<Placement> places = rows_beside(document, segment, side, count);
    for (std::size_t i = 0; i < places.size(); ++i) {
        next.layout[made[i]] = places[i];
        Placement& line = next.layout[segment];
        if (line.width > 0 && !line.vertical) { // under the whole of a row
            line.width = std::max(line.width, 2 * (std::abs(places[i].x - line.x) + bar_overhang));
        }
    }
    if (created != nullptr) {
        *created = std::move(made);
    }
    return next;
}

} // namespace

Document add_servers(const Document& document, const Id& segment, std::size_t count,
                     std::vector<Id>* created) {
    return add_nodes(document, NodeKind::server, segment, count, created);
}

Document add_ses(const Document& document, const Id& segment, std::size_t count, std::vector<Id>* created) {
    return add_nodes(document, NodeKind::se, segment, count, created);
}

Document add_clients(const Document& document, const Id& segment, std::size_t count,
                     std::vector<Id>* created) {
    return add_nodes(document, NodeKind::client, segment, count, created);
}

} // namespace fulcrum::designer
