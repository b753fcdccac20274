// Full proxy: one arm and two, with a SNAT pool, several uplinks, or a VIP outside every segment.
#include <fmt/format.h>

#include "designer/document/layout_metrics.h"
#include "designer/templates/drawing_builder.h"
#include "designer/templates/drawings.h"

namespace fulcrum::designer {

namespace {
constexpr double row = row_height;
const std::vector<PortRule> web{{Protocol::tcp, 80}};

Document two_arms() {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 60, 0);
    const Id router = d.node(NodeKind::router, 240, 0);
    const Id front = d.segment("192.168.2.0/24", 330, row, 440);
    const Id se = d.node(NodeKind::se, 420, 2 * row);
    const Id back = d.segment("10.10.10.0/24", 420, 3 * row, 560);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 3, 270, 4 * row);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, "192.168.2.1/24", front, "");
    d.link(se, "192.168.2.101/24", front, "");
    d.link(se, "10.10.10.101/24", back, "");
    d.attach(servers, back, "10.10.10.11/24");
    const Id group = d.group({se});
    const Id pool = d.pool(servers, quick_health());
    d.service("192.168.2.100", Mode::full_proxy, web, group, pool, 330, row);
    return d.take();
}

// A VIP outside every segment, which the router learns or is told.
Document beyond_segments(Attachment attachment) {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("172.16.10.0/24", 420, row, 560);
    const std::vector<Id> engines = d.nodes(NodeKind::se, 2, 420, 0);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 3, 270, 2 * row);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, "172.16.10.1/24", segment, "");
    d.attach(engines, segment, "172.16.10.10/24");
    d.attach(servers, segment, "172.16.10.101/24");
    const Id group = d.group(engines);
    const Id pool = d.pool(servers, quick_health());
    const Id service = d.service("10.50.0.11", Mode::full_proxy, web, group, pool, 320, -row / 2);
    d.document().service(service)->attachment = attachment;
    return d.take();
}

} // namespace

std::vector<HealthCheck> quick_health() {
    HealthCheck ping;
    ping.kind = HealthKind::ping;
    ping.interval = milliseconds(1000);
    ping.timeout = milliseconds(500);
    ping.rise = 1;
    ping.fall = 2;
    HealthCheck half_open = ping;
    half_open.kind = HealthKind::tcp_half_open;
    return {ping, half_open};
}

Document draw_one_arm() {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("10.10.10.0/24", 420, row, 560);
    const Id se = d.node(NodeKind::se, 495, 0);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 3, 270, 2 * row);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, "10.10.10.1/24", segment, "");
    d.link(se, "10.10.10.101/24", segment, "");
    d.attach(servers, segment, "10.10.10.11/24");
    const Id group = d.group({se});
    const Id pool = d.pool(servers, quick_health());
    d.service("10.10.10.100", Mode::full_proxy, web, group, pool, 345, row);
    return d.take();
}

Document draw_two_arm() {
    return two_arms();
}

Document draw_snat_pool() {
    Document document = two_arms();
    AddressPool snat;
    snat.id = snat.name = "snat1";
    snat.segment = "segment2";
    snat.purpose = PoolPurpose::snat;
    snat.first = *IpAddress::parse("10.10.10.201");
    snat.last = *IpAddress::parse("10.10.10.202");
    document.address_pools.push_back(snat);
    document.services.front().snat_pool = snat.id;
    return document;
}

Document draw_full_proxy() {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 60, 0);
    const Id router = d.node(NodeKind::router, 240, 0);
    const Id front = d.segment("10.1.1.0/24", 390, row, 560);
    const std::vector<Id> engines = d.nodes(NodeKind::se, 3, 270, 2 * row);
    const Id back = d.segment("10.1.2.0/24", 420, 3 * row, 560);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 3, 270, 4 * row);
    d.link(client, "172.16.1.10/24", router, "172.16.1.1/24");
    d.link(router, "10.1.1.254/24", front, ""); // .1 is the VIP
    d.attach(engines, front, "10.1.1.2/24");
    d.attach(engines, back, "10.1.2.2/24");
    d.attach(servers, back, "10.1.2.10/24");
    const Id group = d.group(engines);
    const Id pool = d.pool(servers, quick_health());
    d.service("10.1.1.1", Mode::full_proxy, web, group, pool, 345, row);
    return d.take();
}

Document draw_auto_gateway() {
    DrawingBuilder d;
    const std::vector<Id> clients = d.nodes(NodeKind::client, 2, 345, 0, 2 * node_pitch);
    const std::vector<Id> uplinks = d.nodes(NodeKind::router, 2, 300, 2 * row, 2.6 * node_pitch);
    const Id cloud = d.node(NodeKind::router, 495, row);
    const Id front1 = d.segment("192.168.2.0/24", 250, 3 * row, 400);
    const Id front2 = d.segment("192.168.3.0/24", 740, 3 * row, 400);
    const Id se = d.node(NodeKind::se, 495, 4 * row);
    d.link(clients[0], "198.51.100.101/24", cloud, "198.51.100.1/24");
    d.link(clients[1], "203.0.113.101/24", cloud, "203.0.113.1/24");
    d.link(cloud, "100.64.1.1/30", uplinks[0], "100.64.1.2/30");
    d.link(cloud, "100.64.2.1/30", uplinks[1], "100.64.2.2/30");
    d.link(uplinks[0], "192.168.2.1/24", front1, "");
    d.link(uplinks[1], "192.168.3.1/24", front2, "");
    d.link(se, "192.168.2.101/24", front1, "");
    d.link(se, "192.168.3.101/24", front2, "");
    std::vector<Id> all;
    for (int n = 1; n <= 3; ++n) {
        const double x = 495 + (n - 2) * 420.0;
        const Id back = d.segment(fmt::format("10.10.{}0.0/24", n), x, 5 * row, 380);
        d.link(se, fmt::format("10.10.{}0.101/24", n), back, "");
        const std::vector<Id> servers = d.nodes(NodeKind::server, 2, x - node_pitch / 2, 6 * row);
        d.attach(servers, back, fmt::format("10.10.{}0.11/24", n));
        all.insert(all.end(), servers.begin(), servers.end());
    }
    const Id group = d.group({se});
    const Id pool = d.pool(all, quick_health());
    d.service("192.168.2.100", Mode::full_proxy, web, group, pool, 170, 3 * row);
    d.service("192.168.3.100", Mode::full_proxy, web, group, pool, 820, 3 * row);
    return d.take();
}

Document draw_bgp_rhi() {
    return beyond_segments(Attachment::bgp);
}

Document draw_static_route_bfd() {
    return beyond_segments(Attachment::static_route);
}

} // namespace fulcrum::designer
