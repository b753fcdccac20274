// The drawing, typed. A document may be wrong (duplicate addresses, dangling links, empty pools): that is
// what checks are for. It can never be illegal: an unknown word, a wrong type or a reference into nothing
// that the format forbids is refused when read, with line and path.
//
// Every entity has an `id`, unique over the whole document, by which others refer to it, and a `name` that
// people see (in the file it may be left out when it equals the id). Collections keep the order of the file.
// File format: docs/file-format.md, resources/schema/drawing.schema.json.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/control/config.h"

namespace fulcrum::designer {

using Id = std::string;
using engine::Algorithm;
using engine::Attachment;
using engine::ClosedPort;
using engine::ForwardedFor;
using engine::HealthConfig;
using engine::HealthKind;
using engine::Mode;
using engine::Persistence;
using engine::PortRange;
using engine::Protocol;
using engine::ProxyProtocol;
using engine::ServicePort;
using std::chrono::milliseconds;

enum class NodeKind { client, server, se, router, segment };
enum class HaMode { active_active, active_standby, n_plus_m };
enum class PoolPurpose { vip, se, snat };

std::string_view name_of(NodeKind); // "client", "server", "se", "router", "segment"
std::string_view name_of(HaMode);   // "active-active", "active-standby", "n+m"
std::string_view name_of(PoolPurpose);

struct Route {
    IpPrefix destination;
    IpAddress gateway;
    auto operator<=>(const Route&) const = default;
};

// A program of the user's that runs in the node while the node does.
struct Program {
    std::string name;
    std::vector<std::string> argv;
    bool operator==(const Program&) const = default;
};

struct Node {
    Id id;
    std::string name;
    NodeKind kind = NodeKind::client;
    std::string note; // free text, shown as a tooltip

    // segment
    std::optional<IpPrefix> subnet;
    std::string color; // "#rrggbb", empty: by order
    Id vrf;            // segment: the zone it lies in; empty: the global VRF

    // client, server, router, se
    std::optional<IpAddress> gateway; // default route; none: derived (section 3 of the specification)
    std::vector<Route> routes;        // by hand, besides the derived ones
    bool derive_routes = true;        // false: only `gateway` and `routes` count

    // server
    bool built_in_server = true; // runs the built-in HTTP and UDP server on its pools' ports
    bool arp_for_loopback =
        false; // answers ARP for a VIP on its loopback: wrong in L2 DSR, can be drawn to be shown
    std::vector<Program> programs; // any node that is not a segment

    // se
    bool auto_gateway = true;          // SPEC N6
    bool prefer_static_routes = false; // SPEC N2
    PortRange source_ports;            // full proxy: what it calls servers from (SPEC M12)

    bool operator==(const Node&) const = default;
};

struct LinkEnd {
    Id node;
    std::optional<IpPrefix> address; // none on a segment; elsewhere none: given by the planner
    bool auto_address = false;       // given by itself while drawing: re-planning may change it
    std::optional<Mac> mac;          // none: derived from the node and interface
    bool operator==(const LinkEnd&) const = default;
};

// What a link does to frames in one direction (SPEC D6). All zero: a perfect wire.
struct Impairment {
    std::uint64_t rate_bps = 0;
    milliseconds delay{0}, jitter{0};
    double loss = 0, duplicate = 0, reorder = 0; // 0..1
    std::uint64_t seed = 0;
    bool operator==(const Impairment&) const = default;
};

// Between two nodes, at most one of them … or both … a segment. Several links between the same two are
// allowed. The interfaces of a node are eth0, eth1, … in the order of its links in `Document::links`.
struct Link {
    Id id;
    LinkEnd a, b;
    std::uint32_t mtu_bytes = 1500;
    bool up = true;
    Impairment a_to_b, b_to_a;
    bool operator==(const Link&) const = default;
};

struct FloatingAddress {
    Id segment;
    IpAddress address;
    bool operator==(const FloatingAddress&) const = default;
};

// SEs that carry services together.
struct Group {
    Id id;
    std::string name;
    std::vector<Id> members; // the first is the active one in active-standby
    HaMode ha = HaMode::active_active;
    std::uint32_t spares = 1; // n_plus_m
    std::vector<FloatingAddress> floating;
    std::optional<Mac> virtual_mac;
    milliseconds heartbeat{100};
    std::uint32_t heartbeat_misses = 10;
    bool operator==(const Group&) const = default;
};

// A zone. The global VRF exists without being written down and has the empty id.
struct Vrf {
    Id id;
    std::string name;
    std::string color;
    bool operator==(const Vrf&) const = default;
};

struct PoolMember {
    Id server;                        // a node
    std::optional<IpAddress> address; // none: the server's only address, or the one nearest to the SE
    std::uint16_t port = 0;           // 0: the service port's
    std::uint16_t weight = 1;
    bool drain = false;
    bool operator==(const PoolMember&) const = default;
};

struct HealthCheck : HealthConfig {
    bool operator==(const HealthCheck& other) const;
};

struct Pool {
    Id id;
    std::string name;
    std::vector<PoolMember> members;
    Algorithm algorithm = Algorithm::round_robin;
    Persistence persistence = Persistence::none;
    std::vector<HealthCheck> health;
    std::uint16_t passive_failures = 0; // SPEC M6; 0: off
    milliseconds passive_out{10'000};   // how long a server that failed is left alone
    std::string color;
    bool operator==(const Pool&) const = default;
};

// Layer-7 rule: first match wins; empty host or path matches all. A request that matches goes to the pool, or
// is sent elsewhere.
struct ContentRule {
    std::string host, path_prefix;
    Id pool;                             // empty: `redirect` is set
    std::string redirect;                // "https://www.example.org" or "/elsewhere"
    std::uint16_t redirect_status = 302; // 301, 302, 303, 307 or 308
    bool redirect_keeps_path = false;    // the request's path and query follow `redirect`
    bool operator==(const ContentRule&) const = default;
};

struct Limits { // 0: no limit (SPEC M13)
    std::uint32_t client_connections = 0, client_rate_per_s = 0, service_connections = 0;
    bool operator==(const Limits&) const = default;
};

struct PortRule { // ServicePort with equality
    Protocol protocol = Protocol::tcp;
    std::uint16_t port = 80;
    std::uint16_t server_port = 0;
    bool operator==(const PortRule&) const = default;
};

// A virtual service: VIP and ports, carried by a group of SEs, served by a pool.
struct Service {
    Id id;
    std::string name;
    Id vrf;                       // empty: global
    std::optional<IpAddress> vip; // none: from a VIP address pool
    std::vector<PortRule> ports;
    Mode mode = Mode::full_proxy;
    Attachment attachment = Attachment::arp;
    Id group;
    Id pool;
    Id snat_pool; // an AddressPool; empty: the SE's own address
    bool layer7 = false;
    ForwardedFor forwarded_for = ForwardedFor::append;
    ProxyProtocol proxy_out = ProxyProtocol::off;
    bool proxy_in = false;
    std::vector<ContentRule> rules;
    Limits limits;
    ClosedPort closed_ports = ClosedPort::drop;
    bool enabled = true;
    bool operator==(const Service&) const = default;
};

// A range of addresses on a segment that VIPs, SEs or SNAT take theirs from (SPEC N12).
struct AddressPool {
    Id id;
    std::string name;
    Id segment; // may be empty for SNAT and BGP VIPs outside every segment
    PoolPurpose purpose = PoolPurpose::vip;
    IpAddress first, last; // inclusive
    bool operator==(const AddressPool&) const = default;
};

struct Note {
    Id id;
    std::string text;
    bool operator==(const Note&) const = default;
};

// Where an item is on the canvas; scene units are pixels at 100 %, y grows down. Keyed by entity id (nodes,
// services, notes; frames follow their members). Never read by checks or plan.
// A node is drawn about 56 units wide with its name below; neighbours stand well 150 apart along a bar, and a
// node 150 away from its bar leaves room for interface and address. A service's diamond sits on its segment's
// bar: the bar gives the place across, the placement the place along it.
struct Placement {
    double x = 0, y = 0; // the item's centre; of a segment: the middle of its bar
    double width = 0;    // segments: length of the bar; 0: as long as what hangs on it needs
    bool vertical = false;
    bool operator==(const Placement&) const = default;
};
using Layout = std::map<Id, Placement>;

inline constexpr int format_version = 1;

struct Document {
    std::string name; // default lab name; file stem when empty
    std::string description;
    bool offload = true; // SPEC: DESIGN section 3.11
    std::vector<Node> nodes;
    std::vector<Link> links;
    std::vector<Group> groups;
    std::vector<Vrf> vrfs;
    std::vector<Pool> pools;
    std::vector<Service> services;
    std::vector<AddressPool> address_pools;
    std::vector<Note> notes;
    Layout layout;

    bool operator==(const Document&) const = default;

    const Node* node(const Id& id) const;
    const Link* link(const Id& id) const;
    const Group* group(const Id& id) const;
    const Pool* pool(const Id& id) const;
    const Service* service(const Id& id) const;
    const Vrf* vrf(const Id& id) const;
    Node* node(const Id& id);
    Link* link(const Id& id);
    Group* group(const Id& id);
    Pool* pool(const Id& id);
    Service* service(const Id& id);
};

// An end of a link seen from its node: interface number, and the node across.
struct Attached {
    const Link* link = nullptr;
    const LinkEnd* near = nullptr;
    const LinkEnd* far = nullptr;
    std::size_t index = 0; // eth<index>
};
std::vector<Attached> links_of(const Document& document, const Id& node); // in interface order

} // namespace fulcrum::designer
