// The seven topologies: 1 to 4 in one zone, and 5 to 7, which are 1 to 3 once for each of two zones.
#include <fmt/format.h>

#include "designer/document/layout_metrics.h"
#include "designer/templates/drawing_builder.h"
#include "designer/templates/drawings.h"

namespace fulcrum::designer {

namespace {

constexpr double row = row_height;
constexpr double pool_pitch = 540; // from the middle of one server segment to the next

// What differs between the zones of a drawing, or stands for its only one.
struct Zone {
    Id vrf;            // empty: the global one
    std::string front; // first three bytes of the VIPs' subnet
    double x = 0;      // of its middle
    double out = -1;   // -1: the client stands on the left, away from what is on the right; 1: on the right
};

struct Pools {
    std::vector<Id> segments; // two
    std::vector<Id> servers[2];
};

// A segment that lies in the zone.
Id segment_in(DrawingBuilder& d, const Zone& zone, const std::string& subnet, double x, double y,
              double length) {
    const Id id = d.segment(subnet, x, y, length);
    d.document().node(id)->vrf = zone.vrf;
    return id;
}

// 172.16.10.0 and 172.16.20.0 with three servers each, .101 to .103; the same in every zone.
Pools draw_pools(DrawingBuilder& d, const Zone& zone, double x, double y) {
    Pools pools;
    for (int n = 0; n < 2; ++n) {
        const double middle = x + (n - 0.5) * pool_pitch;
        const std::string net = fmt::format("172.16.{}0", n + 1);
        pools.segments.push_back(segment_in(d, zone, net + ".0/24", middle, y, 480));
        pools.servers[n] = d.nodes(NodeKind::server, 3, middle - node_pitch, y + row);
        d.attach(pools.servers[n], pools.segments.back(), net + ".101/24");
    }
    return pools;
}

// One VIP for each pool; a zone has one VIP, whose ports 80 and 8080 lead to the two pools.
void draw_services(DrawingBuilder& d, const Zone& zone, Mode mode, const Id& group, const Pools& pools,
                   double x, double pitch) {
    for (int n = 0; n < 2; ++n) {
        const Id pool = d.pool(pools.servers[n], quick_health());
        const bool shares = !zone.vrf.empty();
        const std::uint16_t port = shares && n == 1 ? 8080 : 80;
        const Id id = d.service(fmt::format("{}.{}", zone.front, shares ? 21 : 21 + n), mode,
                                {{Protocol::tcp, port}}, group, pool, zone.x + x + n * pitch, row);
        d.document().service(id)->vrf = zone.vrf;
        if (port != 80) {
            d.document().service(id)->ports.front().server_port = 80;
        }
    }
}

// client — router — front segment, which the SEs are on from .10. The segment is on row 1.
struct Front {
    Id router, segment;
};
Front draw_front(DrawingBuilder& d, const Zone& zone, const std::vector<Id>& engines, double router_x,
                 double router_y) {
    const Id client = d.node(NodeKind::client, zone.x + router_x * zone.out + 180 * zone.out, router_y);
    const Id router = d.node(NodeKind::router, zone.x + router_x * zone.out, router_y);
    const Id segment = segment_in(d, zone, zone.front + ".0/24", zone.x, row, 640);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, zone.front + ".1/24", segment, "");
    d.attach(engines, segment, zone.front + ".10/24");
    return {router, segment};
}

// Topology 1: one arm; the router between the segments leads to the servers.
void draw_one_arm_l3(DrawingBuilder& d, const Zone& zone, const std::vector<Id>& engines, const Id& group) {
    const Front front = draw_front(d, zone, engines, 0, 2 * row);
    const Pools pools = draw_pools(d, zone, zone.x, 3 * row);
    d.link(front.router, "172.16.10.1/24", pools.segments[0], "");
    d.link(front.router, "172.16.20.1/24", pools.segments[1], "");
    draw_services(d, zone, Mode::full_proxy, group, pools, 140, 90);
}

// Topology 2: two arms; a second router leads to the servers.
void draw_two_arms_l3(DrawingBuilder& d, const Zone& zone, const std::vector<Id>& engines, const Id& group) {
    draw_front(d, zone, engines, 230, 0);
    const Id back = segment_in(d, zone, "172.16.2.0/24", zone.x, 3 * row, 640);
    const Id router = d.node(NodeKind::router, zone.x, 4 * row);
    d.attach(engines, back, "172.16.2.10/24");
    d.link(router, "172.16.2.1/24", back, "");
    const Pools pools = draw_pools(d, zone, zone.x, 5 * row);
    d.link(router, "172.16.10.1/24", pools.segments[0], "");
    d.link(router, "172.16.20.1/24", pools.segments[1], "");
    draw_services(d, zone, Mode::full_proxy, group, pools, -75, 150);
}

// Topology 3: in-line, with a NIC in every server segment; the servers' gateway is the floating address
// there.
void draw_two_arms_l2(DrawingBuilder& d, const Zone& zone, const std::vector<Id>& engines, const Id& group) {
    const Front front = draw_front(d, zone, engines, 230, 0);
    const Pools pools = draw_pools(d, zone, zone.x, 3 * row);
    d.attach(engines, pools.segments[0], "172.16.10.10/24");
    d.attach(engines, pools.segments[1], "172.16.20.10/24");
    d.floating(group, front.segment, zone.front + ".9");
    d.floating(group, pools.segments[0], "172.16.10.1");
    d.floating(group, pools.segments[1], "172.16.20.1");
    draw_services(d, zone, Mode::in_line, group, pools, zone.vrf.empty() ? 150 : -100, 90);
}

using DrawZone = void (*)(DrawingBuilder&, const Zone&, const std::vector<Id>&, const Id&);

Document one_zone(DrawZone draw, std::size_t engine_count, HaMode ha, double engine_y) {
    DrawingBuilder d;
    const std::vector<Id> engines = d.nodes(
        NodeKind::se, engine_count, -node_pitch / 2 * static_cast<double>(engine_count - 1), engine_y);
    const Id group = d.group(engines);
    d.document().group(group)->ha = ha;
    draw(d, {{}, "172.16.1", 0, -1}, engines, group);
    return d.take();
}

// The SEs stand in a column between the zones: inside on the left, dmz on the right.
Document two_zones(DrawZone draw, HaMode ha, double engine_y, double distance) {
    DrawingBuilder d;
    std::vector<Id> engines;
    for (int n = 0; n < 3; ++n) {
        engines.push_back(d.node(NodeKind::se, 0, engine_y + n * row));
    }
    const Id group = d.group(engines);
    d.document().group(group)->ha = ha;
    d.vrf("inside");
    d.vrf("dmz");
    draw(d, {"inside", "172.16.1", -distance, -1}, engines, group);
    draw(d, {"dmz", "10.10.50", distance, 1}, engines, group);
    return d.take();
}

} // namespace

Document draw_topology_1() {
    return one_zone(draw_one_arm_l3, 2, HaMode::active_active, 0);
}

Document draw_topology_2() {
    return one_zone(draw_two_arms_l3, 3, HaMode::active_active, 2 * row);
}

Document draw_topology_3() {
    return one_zone(draw_two_arms_l2, 2, HaMode::active_standby, 2 * row);
}

Document draw_topology_4() {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, -180, 0);
    const Id router = d.node(NodeKind::router, 0, 0);
    const std::vector<Id> engines = {d.node(NodeKind::se, 0, 2 * row), d.node(NodeKind::se, 0, 3 * row)};
    const Pools pools = draw_pools(d, {}, 0, row);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, "172.16.10.1/24", pools.segments[0], "");
    d.link(router, "172.16.20.1/24", pools.segments[1], "");
    d.attach(engines, pools.segments[0], "172.16.10.10/24");
    d.attach(engines, pools.segments[1], "172.16.20.10/24");
    const Id group = d.group(engines);
    for (int n = 0; n < 2; ++n) {
        const Id pool = d.pool(pools.servers[n], quick_health());
        d.service(fmt::format("172.16.{}0.2{}", n + 1, n + 1), Mode::full_proxy, {{Protocol::tcp, 80}}, group,
                  pool, (n - 0.5) * pool_pitch + 75, row);
    }
    return d.take();
}

Document draw_topology_5() {
    return two_zones(draw_one_arm_l3, HaMode::active_active, 0, 720);
}

Document draw_topology_6() {
    return two_zones(draw_two_arms_l3, HaMode::active_active, row, 720);
}

Document draw_topology_7() {
    return two_zones(draw_two_arms_l2, HaMode::active_standby, row, 760);
}

} // namespace fulcrum::designer
