// Who needs which route (SPEC section 3): the routing table of every node, derived from the drawing.
//
// Routers lead to every subnet by the shortest path over routers. SEs carry no transit traffic, with one
// exception: an in-line SE is a router, so a subnet that nothing else leads to is reached through its
// floating address. Hosts have a default gateway: the router beside them, or, for the servers of an in-line
// service, the SE.
//
// Tables are made when first asked for, and kept. Everything points into the Network and the ServiceMap,
// which must outlive the Routing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "designer/plan/service_map.h"
#include "designer/plan/topology.h"

namespace fulcrum::designer {

// Why a route exists; the sentence for people is made from it in route_needs.cpp.
enum class RouteReason {
    by_hand,         // fixed in the drawing
    host_default,    // a host's router
    way_back,        // an in-line server's default: the SE, which must see the replies
    way_back_policy, // the same on a router, for what comes from the servers' subnet
    beyond_se,       // a host without a router: through the in-line SE beside it
    other_uplink,    // a host with several uplinks: what the default router does not lead to
    clients,         // an SE's default: the client-side router
    servers,         // an SE's route to a server subnet it is not in
    preferred,       // an SE's route to a server beside it, which prefers static routes (SPEC N2)
    subnet,          // a router's route to a subnet
    behind_se,       // a router's route to a subnet behind an in-line SE
    vip,             // a VIP outside every segment
    snat,            // a SNAT address outside every segment
};

struct RouteEntry {
    IpPrefix destination;
    std::vector<IpAddress> gateways;      // empty: on link through `interface`; several: equal shares
    const Interface* interface = nullptr; // towards the first gateway
    Id vrf;                               // on an SE
    RouteReason reason = RouteReason::subnet;
    const Group* group = nullptr;     // the SEs it leads to or through
    const Service* service = nullptr; // the service it is for, when it is for one
};

// Traffic from `from` that comes in by `interface` looks here first. Bound to the interface, because what
// servers start themselves keeps their address behind the SE, and would be sent back to it for ever.
struct PolicyEntry {
    IpPrefix from;
    const Interface* interface = nullptr;
    std::vector<RouteEntry> routes;
};

struct RoutingTable {
    std::vector<RouteEntry> routes; // connected subnets are not listed
    std::vector<PolicyEntry> policy;
    std::vector<RouteEntry> learned; // by BGP: a router has them while the SEs announce them
};

// How a router or SE gets to a net.
struct Reach {
    const Net* net = nullptr;
    unsigned hops = 0; // 0: connected
    const Interface* out = nullptr;
    IpAddress gateway;              // unless connected
    const Group* through = nullptr; // the in-line SEs on the way, the last ones
};

// Where a packet goes, as the tables say.
struct Trace {
    enum class End { delivered, no_route, no_owner, not_a_router, loop };
    End end = End::no_route;
    std::vector<const Station*> stations; // from the sender to where it ends
    const Interface* out = nullptr;       // by which it left the sender
    const Interface* in = nullptr;        // by which it came to the last station, when delivered
    IpAddress next_hop;                   // the last one looked for
    std::vector<const Link*> crossed;     // from node to node; those between segments are left out
    const Link* narrowest = nullptr;      // of these, the last with the smallest MTU
    std::vector<const RouteEntry*> used;  // the routes that carried it; connected subnets have none

    bool crosses(const Group& group) const; // an SE of the group carried it on
};

// Details of a trace that most need none of.
struct TraceStart {
    const Interface* in = nullptr;       // the sender got the packet here; null: it is the sender's own
    const Id* vrf = nullptr;             // of an SE that sends; null: any
    const RouteEntry* without = nullptr; // as if this route did not exist
};

class Routing {
public:
    // Ignored: as if nobody had fixed a gateway or route, which tells what an edit broke.
    enum class ByHand { counts, ignored };
    Routing(const Network& network, const ServiceMap& services, ByHand by_hand = ByHand::counts);

    const RoutingTable& table(const Station& station) const;
    // Nearest first. Routers and SEs only; for an SE, from its interfaces in `vrf`, and never through an SE.
    const std::vector<Reach>& reach(const Station& station, const Id& vrf = {}) const;
    // Nothing when it leads nowhere.
    const Reach* reach_net(const Station& station, const Net& net, const Id& vrf = {}) const;

    Trace trace(const Station& from, const IpAddress& destination, const IpAddress& source,
                const TraceStart& start = {}) const;

    // The node that answers for the address on the domain: link end, else the active SE for a floating
    // address or VIP. Null: nobody.
    const Station* owner(const Domain& domain, const IpAddress& address) const;

    bool has_clients(const Net& net) const { return client_nets_[net.order]; }
    // The router through which an SE answers clients of a VRF, as its interface next to the SE. Null: none.
    const Interface* client_side_router(const Station& se, const Id& vrf) const;
    // True when answers to clients go back where the request came from (SPEC N6) or past the SE (DSR), and
    // nothing else leaves it towards them: then it needs no route to clients.
    bool auto_gateway_suffices(const Station& se, const Id& vrf) const;
    // Every router beside the SE that leads to clients; more than one calls for auto gateway (SPEC N6).
    std::vector<const Interface*> client_side_routers(const Station& se, const Id& vrf) const;

private:
    struct HostNet { // an address outside every segment that SEs stand for
        IpPrefix prefix;
        RouteReason reason;
        const Service* service;
        const Group* group;
        std::vector<std::pair<const Net*, IpAddress>> next_hops;
        bool learned = false; // by BGP: the routers beside the SEs have it without a static route
    };

    void find_in_line_groups();
    void find_host_nets();
    void find_policies();
    void add_policies(const Carried& carried, const Net& server_net);
    std::vector<RouteEntry> stays_connected(const Station& router, const Carried& carried) const;
    RoutingTable make_table(const Station& station) const;
    void add_router_routes(const Station& router, RoutingTable& table) const;
    void add_host_routes(const Station& host, RoutingTable& table) const;
    void add_other_uplinks(const Station& host, const Station& default_router, RoutingTable& table) const;
    void add_se_routes(const Station& se, RoutingTable& table) const;
    void add_preferred_routes(const Station& se, RoutingTable& table) const;
    std::optional<std::pair<IpAddress, const Interface*>>
    static_way(const Station& se, const RoutingTable& table, const Interface& server) const;
    std::optional<RouteEntry> way_back(const Station& server) const;
    const Interface* best_router(const Station& host) const;
    std::vector<Reach> find_reach(const Station& origin, const Id& vrf) const;
    bool reaches_clients(const Station& router) const;
    bool derives(const Station& station) const;
    // Whether the SE takes packets for an address that is not the next hop: one that lies in no segment, or a
    // VIP of its own, whichever of its NICs they come to.
    bool stands_for(const Station& se, const Id& vrf, const IpAddress& address) const;
    const Net* nearest_of_group(const Station& router, const Group& group) const;

    const Network& network_;
    const ServiceMap& services_;
    const ByHand by_hand_;
    std::vector<bool> client_nets_;
    std::vector<bool> vip_nets_;
    // In-line groups that answer on a net, and on which nets each does.
    struct Forwarder {
        const Group* group;
        Id vrf;
        std::vector<std::pair<const Net*, IpAddress>> addresses;
    };
    std::vector<Forwarder> forwarders_;
    std::vector<std::vector<std::pair<std::size_t, IpAddress>>> forwarders_by_net_;
    std::vector<HostNet> host_nets_;
    std::unordered_map<const Station*, std::vector<PolicyEntry>> policies_;
    std::unordered_map<const Net*, const Interface*> way_back_router_; // in-line servers not beside the SE
    struct OwnerKey {
        std::size_t domain;
        IpAddress address;
        bool operator==(const OwnerKey&) const = default;
    };
    struct OwnerHash {
        std::size_t operator()(const OwnerKey& key) const {
            return hash_bytes(key.address.bytes(), key.domain);
        }
    };
    std::unordered_map<OwnerKey, const Station*, OwnerHash> owners_;

    struct ReachKey {
        const Station* station;
        Id vrf;
        bool operator==(const ReachKey&) const = default;
    };
    struct ReachHash {
        std::size_t operator()(const ReachKey& key) const {
            return std::hash<const void*>{}(key.station) ^ std::hash<Id>{}(key.vrf);
        }
    };
    struct ReachTable {
        std::vector<Reach> nearest_first;
        std::unordered_map<const Net*, std::size_t> by_net;
    };
    const ReachTable& reach_table(const Station& station, const Id& vrf) const;
    mutable std::unordered_map<ReachKey, std::unique_ptr<ReachTable>, ReachHash> reach_;
    mutable std::unordered_map<const Station*, std::unique_ptr<RoutingTable>> tables_;
};

} // namespace fulcrum::designer
