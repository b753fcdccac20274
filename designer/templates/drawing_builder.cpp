#include "designer/templates/drawing_builder.h"

#include <cassert>

#include <fmt/format.h>

namespace fulcrum::designer {

Id DrawingBuilder::node(NodeKind kind, double x, double y) {
    Node node;
    node.kind = kind;
    node.id = fmt::format("{}{}", name_of(kind), ++counts_[static_cast<std::size_t>(kind)]);
    node.name = node.id;
    document_.layout[node.id] = {x, y};
    document_.nodes.push_back(node);
    return node.id;
}

std::vector<Id> DrawingBuilder::nodes(NodeKind kind, std::size_t count, double x, double y, double pitch) {
    std::vector<Id> made;
    for (std::size_t i = 0; i < count; ++i) {
        made.push_back(node(kind, x + pitch * static_cast<double>(i), y));
    }
    return made;
}

Id DrawingBuilder::segment(std::string_view subnet, double x, double y, double length) {
    const Id id = node(NodeKind::segment, x, y);
    document_.layout[id].width = length;
    document_.nodes.back().subnet = IpPrefix::parse(subnet);
    assert(document_.nodes.back().subnet);
    return id;
}

void DrawingBuilder::link(const Id& a, std::string_view a_address, const Id& b, std::string_view b_address) {
    const auto end = [](const Id& node, std::string_view address) {
        LinkEnd out;
        out.node = node;
        if (!address.empty()) {
            out.address = IpPrefix::parse(address);
            assert(out.address);
        }
        return out;
    };
    Link link;
    link.id = fmt::format("link{}", document_.links.size() + 1);
    link.a = end(a, a_address);
    link.b = end(b, b_address);
    document_.links.push_back(link);
}

void DrawingBuilder::attach(const std::vector<Id>& nodes, const Id& segment, std::string_view first) {
    IpPrefix address = *IpPrefix::parse(first);
    for (const Id& node : nodes) {
        link(node, address.text(), segment, "");
        address.address = IpAddress::v4(address.address.v4_value() + 1);
    }
}

void DrawingBuilder::floating(const Id& group, const Id& segment, std::string_view address) {
    document_.group(group)->floating.push_back({segment, *IpAddress::parse(address)});
}

void DrawingBuilder::vrf(const std::string& name) {
    document_.vrfs.push_back({name, name, {}});
}

Id DrawingBuilder::group(std::vector<Id> members) {
    Group group;
    group.id = fmt::format("group{}", document_.groups.size() + 1);
    group.name = group.id;
    group.members = std::move(members);
    document_.groups.push_back(group);
    return group.id;
}

Id DrawingBuilder::pool(const std::vector<Id>& servers, const std::vector<HealthCheck>& health) {
    Pool pool;
    pool.id = fmt::format("pool{}", document_.pools.size() + 1);
    pool.name = pool.id;
    pool.health = health;
    for (const Id& server : servers) {
        pool.members.push_back({server});
    }
    document_.pools.push_back(pool);
    return pool.id;
}

Id DrawingBuilder::service(std::string_view vip, Mode mode, std::vector<PortRule> ports, const Id& group,
                           const Id& pool, double x, double y) {
    Service service;
    service.id = fmt::format("service{}", document_.services.size() + 1);
    service.name = service.id;
    service.vip = IpAddress::parse(vip);
    assert(service.vip);
    service.ports = std::move(ports);
    service.mode = mode;
    service.group = group;
    service.pool = pool;
    document_.layout[service.id] = {x, y};
    document_.services.push_back(service);
    return service.id;
}

} // namespace fulcrum::designer
