#include "designer/document/segments.h"

#include <algorithm>
#include <unordered_set>

namespace fulcrum::designer {

std::vector<Id> joined_segments(const Document& document, const Id& segment) {
    std::unordered_set<std::string_view> segments;
    for (const Node& node : document.nodes) {
        if (node.kind == NodeKind::segment) {
            segments.insert(node.id);
        }
    }
    std::vector<const Link*> trunks;
    for (const Link& link : document.links) {
        if (segments.contains(link.a.node) && segments.contains(link.b.node)) {
            trunks.push_back(&link);
        }
    }
    std::vector<Id> joined{segment};
    for (std::size_t i = 0; i < joined.size(); ++i) {
        for (const Link* trunk : trunks) {
            for (const auto& [here, there] :
                 {std::pair{&trunk->a, &trunk->b}, std::pair{&trunk->b, &trunk->a}}) {
                if (here->node == joined[i] &&
                    std::find(joined.begin(), joined.end(), there->node) == joined.end()) {
                    joined.push_back(there->node);
                }
            }
        }
    }
    return joined;
}

std::optional<IpPrefix> subnet_of(const Document& document, const Id& segment) {
    for (const Id& id : joined_segments(document, segment)) {
        if (const Node* node = document.node(id); node != nullptr && node->subnet) {
            return node->subnet;
        }
    }
    return std::nullopt;
}

std::vector<Id> nodes_on(const Document& document, const Id& segment, NodeKind kind) {
    const std::vector<Id> joined = joined_segments(document, segment);
    const auto here = [&](const Id& id) {
        return std::find(joined.begin(), joined.end(), id) != joined.end();
    };
    std::unordered_set<std::string_view> linked;
    for (const Link& link : document.links) {
        if (here(link.a.node)) {
            linked.insert(link.b.node);
        }
        if (here(link.b.node)) {
            linked.insert(link.a.node);
        }
    }
    std::vector<Id> nodes;
    for (const Node& node : document.nodes) {
        if (node.kind == kind && linked.contains(node.id)) {
            nodes.push_back(node.id);
        }
    }
    return nodes;
}

const Node* vip_segment(const Document& document, const Service& service) {
    for (const Node& node : document.nodes) {
        if (node.kind == NodeKind::segment && node.subnet && service.vip && node.vrf == service.vrf &&
            node.subnet->contains(*service.vip)) {
            return &node;
        }
    }
    return nullptr;
}

} // namespace fulcrum::designer
