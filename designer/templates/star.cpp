#include <algorithm>

#include <fmt/format.h>

#include "designer/document/auto_layout.h"
#include "designer/templates/templates.h"

namespace fulcrum::designer {

Document make_star(std::size_t hosts) {
    Document document;
    document.name = "star";
    document.description = fmt::format("{} clients on one segment.", hosts);
    Node segment;
    segment.id = segment.name = "segment1";
    segment.kind = NodeKind::segment;
    segment.subnet = IpPrefix{IpAddress::v4(0x0a000000), static_cast<std::uint8_t>(hosts <= 65000 ? 16 : 8)};
    document.nodes.push_back(segment);
    for (std::size_t i = 1; i <= hosts; ++i) {
        Node client;
        client.id = client.name = fmt::format("client{}", i);
        client.kind = NodeKind::client;
        Link link;
        link.id = fmt::format("link{}", i);
        link.a.node = client.id;
        link.a.address =
            IpPrefix{*segment.subnet->nth(static_cast<std::uint32_t>(i)), segment.subnet->length};
        link.b.node = segment.id;
        document.nodes.push_back(std::move(client));
        document.links.push_back(std::move(link));
    }
    document.layout = auto_layout(document);
    return document;
}

} // namespace fulcrum::designer
