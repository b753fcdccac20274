// The drawing resolved: which interfaces a node has, which of them share a layer-2 domain, and which subnet
// each lies in. Everything else in the compiler and in the checks asks this view instead of walking links.
//
// A Network points into the document it was made of, which must outlive it unchanged. It makes sense of wrong
// drawings too (dangling links are left out, an interface with a wrong address lies in no net), because
// checks look at those. Cost: linear in nodes and links.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "designer/document/document.h"

namespace fulcrum::designer {

struct Domain;
struct Net;
struct Station;

// One end of a link, on a node that is not a segment.
struct Interface {
    const Station* station = nullptr;
    std::size_t index = 0; // eth<index>
    std::string name;      // "eth0"
    const Link* link = nullptr;
    const LinkEnd* near = nullptr;
    const LinkEnd* far = nullptr;
    const Node* segment = nullptr; // what it is plugged into; none on a direct wire
    Domain* domain = nullptr;
    Net* net = nullptr; // none: no address, or one that fits no subnet of the domain

    const std::optional<IpPrefix>& address() const { return near->address; }
};

// A node that is not a segment.
struct Station {
    const Node* node = nullptr;
    std::size_t order = 0; // in the document
    std::vector<Interface*> interfaces;

    NodeKind kind() const { return node->kind; }
    const std::string& name() const { return node->name; }
};

// What hears the same broadcast: segments joined by links, or the two ends of a direct wire.
struct Domain {
    std::size_t order = 0;
    std::vector<const Node*> segments; // empty on a direct wire
    std::vector<const Link*> links;    // segment to segment
    std::vector<Interface*> interfaces;
    std::vector<Net*> nets;
    Id vrf;                 // of its segments; a wire takes it from the router at its end
    std::size_t island = 0; // domains that routers, or SEs within one VRF, join have the same number:
                            // addresses must be unique and subnets apart within an island only
};

// A subnet on a domain.
struct Net {
    std::size_t order = 0;
    Domain* domain = nullptr;
    IpPrefix prefix; // host bits zero
    std::vector<Interface*> interfaces;
};

class Network {
public:
    explicit Network(const Document& document);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    const Document& document() const { return document_; }
    const std::deque<Station>& stations() const { return stations_; }
    const std::deque<Domain>& domains() const { return domains_; }
    const std::deque<Net>& nets() const { return nets_; }

    const Node* node(const Id& id) const;       // segments included; null when there is none
    const Station* station(const Id& id) const; // null for a segment or nothing
    const Group* group(const Id& id) const;
    const Pool* pool(const Id& id) const;
    const Service* service(const Id& id) const;
    const AddressPool* address_pool(const Id& id) const;
    const Domain* domain_of(const Id& segment) const; // null when there is none
    // The net of that domain which holds the address; null when none does.
    const Net* net_at(const Domain* domain, const IpAddress& address) const;
    const Net* net_of(const FloatingAddress& floating) const;

    std::string_view vrf_name(const Id& vrf) const; // "global" for the empty id

    // "router1", or the names of the segments of a domain, or "the wire router1:eth0 – client1:eth0".
    std::string describe(const Domain& domain) const;

private:
    struct Joints;
    Joints find_interfaces();
    Interface* add_interface(const Link& link, const LinkEnd& near, const LinkEnd& far, std::size_t index);
    void find_stations();
    void find_domains();
    void find_nets();
    void find_vrfs();
    void find_islands();

    const Document& document_;
    std::deque<Station> stations_;
    std::deque<Interface> interfaces_;
    std::deque<Domain> domains_;
    std::deque<Net> nets_;
    std::unordered_map<std::string_view, const Node*> nodes_by_id_;
    std::unordered_map<std::string_view, Station*> stations_by_id_;
    std::unordered_map<std::string_view, const Group*> groups_by_id_;
    std::unordered_map<std::string_view, const Pool*> pools_by_id_;
    std::unordered_map<std::string_view, const Service*> services_by_id_;
    std::unordered_map<std::string_view, const AddressPool*> address_pools_by_id_;
    std::unordered_map<std::string_view, const Vrf*> vrfs_by_id_;
    std::unordered_map<std::string_view, Domain*> domain_by_segment_;
};

// The station's first interface in the net; null when it has none there.
const Interface* interface_in(const Station& station, const Net& net);

// "se1:eth0"
std::string interface_text(const Interface& interface);

} // namespace fulcrum::designer
