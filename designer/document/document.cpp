#include "designer/document/document.h"

#include <algorithm>

namespace fulcrum::designer {

namespace {

template <class List>
auto find_entity(List& list, const Id& id) -> decltype(list.data()) {
    const auto at =
        std::find_if(list.begin(), list.end(), [&](const auto& entity) { return entity.id == id; });
    return at == list.end() ? nullptr : &*at;
}

} // namespace

std::string_view name_of(NodeKind kind) {
    switch (kind) {
    case NodeKind::client:
        return "client";
    case NodeKind::server:
        return "server";
    case NodeKind::se:
        return "se";
    case NodeKind::router:
        return "router";
    case NodeKind::segment:
        return "segment";
    }
    return "?";
}

std::string_view name_of(HaMode mode) {
    switch (mode) {
    case HaMode::active_active:
        return "active-active";
    case HaMode::active_standby:
        return "active-standby";
    case HaMode::n_plus_m:
        return "n+m";
    }
    return "?";
}

std::string_view name_of(PoolPurpose purpose) {
    switch (purpose) {
    case PoolPurpose::vip:
        return "vip";
    case PoolPurpose::se:
        return "se";
    case PoolPurpose::snat:
        return "snat";
    }
    return "?";
}

bool HealthCheck::operator==(const HealthCheck& other) const {
    const auto key = [](const HealthConfig& h) {
        return std::tie(h.kind, h.interval, h.timeout, h.rise, h.fall, h.port, h.method, h.path, h.host,
                        h.expect_status, h.expect_body);
    };
    return key(*this) == key(other);
}

const Node* Document::node(const Id& id) const {
    return find_entity(nodes, id);
}
const Link* Document::link(const Id& id) const {
    return find_entity(links, id);
}
const Group* Document::group(const Id& id) const {
    return find_entity(groups, id);
}
const Pool* Document::pool(const Id& id) const {
    return find_entity(pools, id);
}
const Service* Document::service(const Id& id) const {
    return find_entity(services, id);
}
const Vrf* Document::vrf(const Id& id) const {
    return find_entity(vrfs, id);
}
Node* Document::node(const Id& id) {
    return find_entity(nodes, id);
}
Link* Document::link(const Id& id) {
    return find_entity(links, id);
}
Group* Document::group(const Id& id) {
    return find_entity(groups, id);
}
Pool* Document::pool(const Id& id) {
    return find_entity(pools, id);
}
Service* Document::service(const Id& id) {
    return find_entity(services, id);
}

std::vector<Attached> links_of(const Document& document, const Id& node) {
    std::vector<Attached> attached;
    for (const Link& link : document.links) {
        // A link from a node to itself is an error of the drawing, but has two ends all the same.
        if (link.a.node == node) {
            attached.push_back({&link, &link.a, &link.b, attached.size()});
        }
        if (link.b.node == node) {
            attached.push_back({&link, &link.b, &link.a, attached.size()});
        }
    }
    return attached;
}

} // namespace fulcrum::designer
