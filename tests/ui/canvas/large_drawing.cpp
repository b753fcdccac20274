#include "tests/ui/canvas/canvas_fixture.h"

namespace fulcrum::designer {

Document make_large_drawing(std::size_t nodes, std::size_t links) {
    constexpr std::size_t per_segment = 24;
    Document document;
    const std::size_t segments = nodes / (per_segment + 1) + 1;
    std::vector<Id> hosts;
    for (std::size_t i = 0; i < nodes; ++i) {
        Node node;
        const std::size_t row = i / (per_segment + 1), column = i % (per_segment + 1);
        node.id = (column == 0 ? "segment" : column == 1 ? "se" : "server") + std::to_string(i);
        node.name = node.id;
        node.kind = column == 0 ? NodeKind::segment : column == 1 ? NodeKind::se : NodeKind::server;
        Placement placement;
        const double left =
            static_cast<double>(row % 3) * (per_segment + 2) * 150; // three rows beside each other
        if (column == 0) {
            node.subnet = IpPrefix::parse("10." + std::to_string(row) + ".0.0/16");
            placement.x = left + (per_segment + 1) * 75.0;
            placement.width = per_segment * 150.0;
        } else {
            placement.x = left + static_cast<double>(column) * 150;
        }
        placement.y = static_cast<double>(row / 3) * 420 + (column == 0 ? 0 : column % 2 == 0 ? 150 : -150);
        document.layout[node.id] = placement;
        if (column != 0) {
            hosts.push_back(node.id);
        }
        document.nodes.push_back(std::move(node));
    }
    for (std::size_t i = 0; document.links.size() < links; ++i) {
        const Id& host = hosts[i % hosts.size()];
        const std::size_t own = (i % hosts.size()) / per_segment;
        const std::size_t round = i / hosts.size();
        const std::size_t segment = (own + round) % segments;
        Link link;
        link.id = "link" + std::to_string(i);
        link.a.node = host;
        link.a.address = IpPrefix::parse("10." + std::to_string(segment) + "." + std::to_string(i / 200 + 1) +
                                         "." + std::to_string(i % 200 + 1) + "/16");
        link.b.node = document.nodes[segment * (per_segment + 1)].id;
        document.links.push_back(std::move(link));
    }
    return document;
}

} // namespace fulcrum::designer
