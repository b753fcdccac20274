// The modes in which servers see the client's own address: in-line and direct server return.
#include "designer/document/layout_metrics.h"
#include "designer/templates/drawing_builder.h"
#include "designer/templates/drawings.h"

namespace fulcrum::designer {

namespace {
constexpr double row = row_height;
const std::vector<PortRule> web_and_echo{{Protocol::tcp, 80}, {Protocol::udp, 80}};
} // namespace

Document draw_in_line() {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("10.1.1.0/24", 420, row, 560);
    const std::vector<Id> engines = d.nodes(NodeKind::se, 2, 420, 0);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 3, 270, 2 * row);
    d.link(client, "172.16.1.10/24", router, "172.16.1.1/24");
    d.link(router, "10.1.1.254/24", segment, ""); // .1 is the floating address
    d.attach(engines, segment, "10.1.1.2/24");
    d.attach(servers, segment, "10.1.1.10/24");
    const Id group = d.group(engines);
    d.document().group(group)->ha = HaMode::active_standby;
    d.floating(group, segment, "10.1.1.1");
    const Id pool = d.pool(servers, quick_health());
    d.service("10.1.1.100", Mode::in_line, web_and_echo, group, pool, 345, row);
    return d.take();
}

Document draw_l2_dsr() {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("10.1.1.0/24", 480, row, 660);
    const std::vector<Id> engines = d.nodes(NodeKind::se, 3, 420, 0);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 2, 420, 2 * row);
    d.link(client, "172.16.1.10/24", router, "172.16.1.1/24");
    d.link(router, "10.1.1.1/24", segment, "");
    d.attach(engines, segment, "10.1.1.2/24");
    d.attach(servers, segment, "10.1.1.10/24");
    const Id group = d.group(engines);
    const Id pool = d.pool(servers, quick_health());
    d.service("10.1.1.100", Mode::l2_dsr, web_and_echo, group, pool, 320, row);
    return d.take();
}

Document draw_l3_dsr(Mode tunnel) {
    DrawingBuilder d;
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router1 = d.node(NodeKind::router, 220, 0);
    const Id front = d.segment("10.1.1.0/24", 480, row, 660);
    const std::vector<Id> engines = d.nodes(NodeKind::se, 3, 420, 0);
    const Id router2 = d.node(NodeKind::router, 495, 2 * row);
    const Id back = d.segment("10.1.2.0/24", 495, 3 * row, 400);
    const std::vector<Id> servers = d.nodes(NodeKind::server, 2, 420, 4 * row);
    d.link(client, "172.16.1.10/24", router1, "172.16.1.1/24");
    d.link(router1, "10.1.1.1/24", front, "");
    d.attach(engines, front, "10.1.1.2/24");
    d.link(router2, "10.1.1.254/24", front, ""); // router1 has .1
    d.link(router2, "10.1.2.1/24", back, "");
    d.attach(servers, back, "10.1.2.10/24");
    const Id group = d.group(engines);
    const Id pool = d.pool(servers, quick_health());
    d.service("10.1.1.100", tunnel, web_and_echo, group, pool, 320, row);
    return d.take();
}

} // namespace fulcrum::designer
