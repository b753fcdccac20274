#include "designer/plan/topology.h"

#include <algorithm>

#include <fmt/format.h>

#include "designer/plan/disjoint_sets.h"

namespace fulcrum::designer {

namespace {

template <class T, class Map>
const T* find_in(const Map& map, const Id& id) {
    const auto it = map.find(std::string_view(id));
    return it == map.end() ? nullptr : it->second;
}

template <class T>
void index_by_id(std::unordered_map<std::string_view, const T*>& map, const std::vector<T>& all) {
    map.reserve(all.size());
    for (const T& one : all) {
        map.emplace(one.id, &one);
    }
}

Net* net_with(const Domain& domain, const IpAddress& address) {
    for (Net* net : domain.nets) {
        if (net->prefix.contains(address)) {
            return net;
        }
    }
    return nullptr;
}

} // namespace

Network::Network(const Document& document) : document_(document) {
    index_by_id(nodes_by_id_, document.nodes);
    index_by_id(groups_by_id_, document.groups);
    index_by_id(pools_by_id_, document.pools);
    index_by_id(services_by_id_, document.services);
    index_by_id(address_pools_by_id_, document.address_pools);
    index_by_id(vrfs_by_id_, document.vrfs);
    find_stations();
    find_domains();
    find_nets();
    find_vrfs();
    find_islands();
}

void Network::find_stations() {
    for (std::size_t i = 0; i < document_.nodes.size(); ++i) {
        const Node& node = document_.nodes[i];
        if (node.kind != NodeKind::segment && !stations_by_id_.contains(node.id)) {
            stations_.push_back(Station{&node, i, {}});
            stations_by_id_.emplace(node.id, &stations_.back());
        }
    }
}

// What the links join, in document order.
struct Network::Joints {
    struct Plug {
        Interface* interface;
        std::size_t segment; // number
    };
    std::vector<const Node*> segments; // by number
    std::vector<Plug> plugs;
    std::vector<std::pair<const Link*, std::size_t>> segment_links; // and the number of one segment
    std::vector<std::pair<Interface*, Interface*>> wires;
    DisjointSets joined; // of segment numbers
};

// Interface numbers follow Document::links, a dangling link included, as links_of() counts them.
Interface* Network::add_interface(const Link& link, const LinkEnd& near, const LinkEnd& far,
                                  std::size_t index) {
    Station& station = *stations_by_id_.at(near.node);
    const Node& across = *node(far.node);
    Interface& interface = interfaces_.emplace_back();
    interface.station = &station;
    interface.index = index;
    interface.name = fmt::format("eth{}", index);
    interface.link = &link;
    interface.near = &near;
    interface.far = &far;
    interface.segment = across.kind == NodeKind::segment ? &across : nullptr;
    station.interfaces.push_back(&interface);
    return &interface;
}

Network::Joints Network::find_interfaces() {
    std::unordered_map<std::string_view, std::size_t> segment_number;
    std::vector<const Node*> segments;
    for (const Node& node : document_.nodes) {
        if (node.kind == NodeKind::segment && segment_number.emplace(node.id, segments.size()).second) {
            segments.push_back(&node);
        }
    }
    Joints joints{segments, {}, {}, {}, DisjointSets(segments.size())};
    std::unordered_map<std::string_view, std::size_t> interface_count;
    interface_count.reserve(document_.nodes.size());
    for (const Link& link : document_.links) {
        const Node* a = node(link.a.node);
        const Node* b = node(link.b.node);
        const bool usable = a != nullptr && b != nullptr && a != b;
        const auto make = [&](const LinkEnd& near, const LinkEnd& far) -> Interface* {
            if (!stations_by_id_.contains(near.node)) {
                return nullptr;
            }
            const std::size_t index = interface_count[near.node]++;
            return usable ? add_interface(link, near, far, index) : nullptr;
        };
        Interface* end_a = make(link.a, link.b);
        Interface* end_b = make(link.b, link.a);
        if (!usable) {
            continue;
        }
        if (end_a != nullptr && end_b != nullptr) {
            joints.wires.emplace_back(end_a, end_b);
        } else if (end_a != nullptr) {
            joints.plugs.push_back({end_a, segment_number.at(b->id)});
        } else if (end_b != nullptr) {
            joints.plugs.push_back({end_b, segment_number.at(a->id)});
        } else {
            const std::size_t first = segment_number.at(a->id);
            joints.joined.join(first, segment_number.at(b->id));
            joints.segment_links.emplace_back(&link, first);
        }
    }
    return joints;
}

void Network::find_domains() {
    Joints joints = find_interfaces();
    const auto add_domain = [this] {
        domains_.push_back(Domain{domains_.size(), {}, {}, {}, {}, {}, 0});
        return &domains_.back();
    };
    std::vector<Domain*> domain_of_root(joints.segments.size(), nullptr);
    for (std::size_t i = 0; i < joints.segments.size(); ++i) {
        Domain*& domain = domain_of_root[joints.joined.find(i)];
        if (domain == nullptr) {
            domain = add_domain();
        }
        domain->segments.push_back(joints.segments[i]);
        domain_by_segment_.emplace(joints.segments[i]->id, domain);
    }
    for (const auto& [link, segment] : joints.segment_links) {
        domain_of_root[joints.joined.find(segment)]->links.push_back(link);
    }
    for (const Joints::Plug& plug : joints.plugs) {
        Domain* domain = domain_of_root[joints.joined.find(plug.segment)];
        plug.interface->domain = domain;
        domain->interfaces.push_back(plug.interface);
    }
    for (const auto& [a, b] : joints.wires) {
        Domain* domain = add_domain();
        a->domain = b->domain = domain;
        domain->interfaces = {a, b};
    }
}

void Network::find_nets() {
    const auto add = [this](Domain& domain, const IpPrefix& prefix) {
        for (const Net* net : domain.nets) {
            if (net->prefix == prefix) {
                return;
            }
        }
        nets_.push_back(Net{nets_.size(), &domain, prefix, {}});
        domain.nets.push_back(&nets_.back());
    };
    for (Domain& domain : domains_) {
        for (const Node* segment : domain.segments) {
            if (segment->subnet) {
                add(domain, segment->subnet->network());
            }
        }
        // A wire, or a segment without a subnet, lies where its addresses say. A host prefix names no subnet.
        if (domain.nets.empty()) {
            for (const Interface* interface : domain.interfaces) {
                if (interface->address() && !interface->address()->is_host()) {
                    add(domain, interface->address()->network());
                }
            }
        }
        for (Interface* interface : domain.interfaces) {
            if (!interface->address()) {
                continue;
            }
            interface->net = net_with(domain, interface->address()->address);
            if (interface->net != nullptr) {
                interface->net->interfaces.push_back(interface);
            }
        }
    }
}

void Network::find_vrfs() {
    for (Domain& domain : domains_) {
        for (const Node* segment : domain.segments) {
            if (!segment->vrf.empty()) {
                domain.vrf = segment->vrf;
                break;
            }
        }
    }
    // A direct wire between an SE and a router lies in the zone of the router's other segments, when they
    // agree.
    for (Domain& domain : domains_) {
        if (!domain.segments.empty()) {
            continue;
        }
        for (const Interface* interface : domain.interfaces) {
            if (interface->station->kind() != NodeKind::router) {
                continue;
            }
            Id found;
            bool agree = true;
            for (const Interface* other : interface->station->interfaces) {
                if (other->domain->segments.empty()) {
                    continue;
                }
                const Id& vrf = other->domain->vrf;
                agree = agree && (found.empty() || vrf.empty() || vrf == found);
                if (found.empty()) {
                    found = vrf;
                }
            }
            if (agree && domain.vrf.empty()) {
                domain.vrf = found;
            }
        }
    }
}

void Network::find_islands() {
    DisjointSets joined(domains_.size());
    for (const Station& station : stations_) {
        const bool is_router = station.kind() == NodeKind::router;
        if (!is_router && station.kind() != NodeKind::se) {
            continue;
        }
        std::unordered_map<std::string_view, std::size_t> first_in_vrf;
        for (const Interface* interface : station.interfaces) {
            const std::string_view key =
                is_router ? std::string_view{} : std::string_view(interface->domain->vrf);
            const auto [it, is_new] = first_in_vrf.emplace(key, interface->domain->order);
            if (!is_new) {
                joined.join(it->second, interface->domain->order);
            }
        }
    }
    for (Domain& domain : domains_) {
        domain.island = joined.find(domain.order);
    }
}

const Node* Network::node(const Id& id) const {
    return find_in<Node>(nodes_by_id_, id);
}
const Station* Network::station(const Id& id) const {
    return find_in<Station>(stations_by_id_, id);
}
const Group* Network::group(const Id& id) const {
    return find_in<Group>(groups_by_id_, id);
}
const Pool* Network::pool(const Id& id) const {
    return find_in<Pool>(pools_by_id_, id);
}
const Service* Network::service(const Id& id) const {
    return find_in<Service>(services_by_id_, id);
}
const AddressPool* Network::address_pool(const Id& id) const {
    return find_in<AddressPool>(address_pools_by_id_, id);
}
const Domain* Network::domain_of(const Id& segment) const {
    return find_in<Domain>(domain_by_segment_, segment);
}

const Net* Network::net_at(const Domain* domain, const IpAddress& address) const {
    return domain == nullptr ? nullptr : net_with(*domain, address);
}

const Net* Network::net_of(const FloatingAddress& floating) const {
    return net_at(domain_of(floating.segment), floating.address);
}

std::string_view Network::vrf_name(const Id& vrf) const {
    const Vrf* found = vrf.empty() ? nullptr : find_in<Vrf>(vrfs_by_id_, vrf);
    return found == nullptr ? std::string_view("global") : std::string_view(found->name);
}

std::string Network::describe(const Domain& domain) const {
    if (!domain.segments.empty()) {
        std::string text;
        for (const Node* segment : domain.segments) {
            text += (text.empty() ? "" : " + ") + segment->name;
        }
        return text;
    }
    return fmt::format("the wire {} – {}", interface_text(*domain.interfaces.front()),
                       interface_text(*domain.interfaces.back()));
}

const Interface* interface_in(const Station& station, const Net& net) {
    for (const Interface* interface : station.interfaces) {
        if (interface->net == &net) {
            return interface;
        }
    }
    return nullptr;
}

std::string interface_text(const Interface& interface) {
    return fmt::format("{}:{}", interface.station->name(), interface.name);
}

} // namespace fulcrum::designer
