#include "designer/templates/templates.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "designer/document/auto_layout.h"
#include "designer/document/file.h"
#include "designer/document/layout_metrics.h"
#include "designer/document/near_names.h"
#include "designer/templates/drawing_builder.h"

namespace fulcrum::designer {

namespace {

constexpr double row = row_height;

// Ping and a half-open TCP probe each second, so that a dead server is out after two and back after one.
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

Document in_line(const TemplateInfo& info) {
    DrawingBuilder d(info.id, info.description);
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("10.1.1.0/24", 420, row, 560);
    const Id se1 = d.node(NodeKind::se, 420, 0);
    const Id se2 = d.node(NodeKind::se, 570, 0);
    const Id server1 = d.node(NodeKind::server, 270, 2 * row);
    const Id server2 = d.node(NodeKind::server, 420, 2 * row);
    const Id server3 = d.node(NodeKind::server, 570, 2 * row);
    d.link(client, "172.16.1.10/24", router, "172.16.1.1/24");
    d.link(router, "10.1.1.254/24", segment, ""); // .1 is the floating address
    d.link(se1, "10.1.1.2/24", segment, "");
    d.link(se2, "10.1.1.3/24", segment, "");
    d.link(server1, "10.1.1.10/24", segment, "");
    d.link(server2, "10.1.1.11/24", segment, "");
    d.link(server3, "10.1.1.12/24", segment, "");
    const Id group_id = d.group({se1, se2});
    Group& group = *d.document().group(group_id);
    group.ha = HaMode::active_standby;
    group.floating = {{segment, *IpAddress::parse("10.1.1.1")}};
    const Id pool = d.pool({server1, server2, server3}, quick_health());
    d.service("10.1.1.100", Mode::in_line, {{Protocol::tcp, 80}, {Protocol::udp, 80}}, group_id, pool, 345,
              row);
    return d.take();
}

Document l2_dsr(const TemplateInfo& info) {
    DrawingBuilder d(info.id, info.description);
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("10.1.1.0/24", 480, row, 660);
    const Id se1 = d.node(NodeKind::se, 420, 0);
    const Id se2 = d.node(NodeKind::se, 570, 0);
    const Id se3 = d.node(NodeKind::se, 720, 0);
    const Id server1 = d.node(NodeKind::server, 420, 2 * row);
    const Id server2 = d.node(NodeKind::server, 570, 2 * row);
    d.link(client, "172.16.1.10/24", router, "172.16.1.1/24");
    d.link(router, "10.1.1.1/24", segment, "");
    d.link(se1, "10.1.1.2/24", segment, "");
    d.link(se2, "10.1.1.3/24", segment, "");
    d.link(se3, "10.1.1.4/24", segment, "");
    d.link(server1, "10.1.1.10/24", segment, "");
    d.link(server2, "10.1.1.11/24", segment, "");
    const Id group = d.group({se1, se2, se3});
    const Id pool = d.pool({server1, server2}, quick_health());
    d.service("10.1.1.100", Mode::l2_dsr, {{Protocol::tcp, 80}, {Protocol::udp, 80}}, group, pool, 320, row);
    return d.take();
}

Document one_arm(const TemplateInfo& info) {
    DrawingBuilder d(info.id, info.description);
    const Id client = d.node(NodeKind::client, 40, 0);
    const Id router = d.node(NodeKind::router, 220, 0);
    const Id segment = d.segment("10.10.10.0/24", 420, row, 560);
    const Id se = d.node(NodeKind::se, 495, 0);
    const Id server1 = d.node(NodeKind::server, 270, 2 * row);
    const Id server2 = d.node(NodeKind::server, 420, 2 * row);
    const Id server3 = d.node(NodeKind::server, 570, 2 * row);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, "10.10.10.1/24", segment, "");
    d.link(se, "10.10.10.101/24", segment, "");
    d.link(server1, "10.10.10.11/24", segment, "");
    d.link(server2, "10.10.10.12/24", segment, "");
    d.link(server3, "10.10.10.13/24", segment, "");
    const Id group = d.group({se});
    const Id pool = d.pool({server1, server2, server3}, quick_health());
    d.service("10.10.10.100", Mode::full_proxy, {{Protocol::tcp, 80}}, group, pool, 345, row);
    return d.take();
}

Document two_arm(const TemplateInfo& info) {
    DrawingBuilder d(info.id, info.description);
    const Id client = d.node(NodeKind::client, 60, 0);
    const Id router = d.node(NodeKind::router, 240, 0);
    const Id front = d.segment("192.168.2.0/24", 330, row, 440);
    const Id se = d.node(NodeKind::se, 420, 2 * row);
    const Id back = d.segment("10.10.10.0/24", 420, 3 * row, 560);
    const Id server1 = d.node(NodeKind::server, 270, 4 * row);
    const Id server2 = d.node(NodeKind::server, 420, 4 * row);
    const Id server3 = d.node(NodeKind::server, 570, 4 * row);
    d.link(client, "192.168.1.101/24", router, "192.168.1.1/24");
    d.link(router, "192.168.2.1/24", front, "");
    d.link(se, "192.168.2.101/24", front, "");
    d.link(se, "10.10.10.101/24", back, "");
    d.link(server1, "10.10.10.11/24", back, "");
    d.link(server2, "10.10.10.12/24", back, "");
    d.link(server3, "10.10.10.13/24", back, "");
    const Id group = d.group({se});
    const Id pool = d.pool({server1, server2, server3}, quick_health());
    d.service("192.168.2.100", Mode::full_proxy, {{Protocol::tcp, 80}}, group, pool, 330, row);
    return d.take();
}

struct Template {
    TemplateInfo info;
    Document (*make)(const TemplateInfo&);
};

const std::vector<Template>& all() {
    static const std::vector<Template> list{
        {{"in-line", "In-line routed, active/standby",
          "The service engine is a router that rewrites the destination only: servers see the client's own "
          "address, "
          "and answer through the engines' floating address, their gateway."},
         in_line},
        {{"l2-dsr", "Layer-2 direct server return",
          "The service engine changes nothing but the MAC address: servers hold the VIP on their loopback "
          "and answer "
          "the client directly, past the engine."},
         l2_dsr},
        {{"one-arm", "Full proxy, one arm",
          "The service engine ends the client's connection and opens its own to a server, both through one "
          "NIC. Can "
          "be drawn, checked, planned and rendered; it cannot be launched until the engine has full proxy.",
          false},
         one_arm},
        {{"two-arm", "Full proxy, two arms",
          "The service engine ends the client's connection at its front NIC and opens its own to a server "
          "through "
          "its back NIC; clients cannot reach the servers. Can be drawn, checked, planned and rendered; it "
          "cannot be "
          "launched until the engine has full proxy.",
          false},
         two_arm},
    };
    return list;
}

} // namespace

const std::vector<TemplateInfo>& templates() {
    static const std::vector<TemplateInfo> infos = [] {
        std::vector<TemplateInfo> out;
        for (const Template& entry : all()) {
            out.push_back(entry.info);
            if (!entry.info.runs) { // of the program, not of the drawing: it stays out of the document
                out.back().description +=
                    " Can be drawn, checked, planned and rendered; it cannot be launched until "
                    "the engine has this mode.";
            }
        }
        return out;
    }();
    return infos;
}

Result<Document> make_template(const std::string& id) {
    std::vector<std::string> ids;
    for (const Template& entry : all()) {
        if (entry.info.id == id) {
            return entry.make(entry.info);
        }
        ids.push_back(entry.info.id);
    }
    const std::vector<std::string> near = near_names(id, ids);
    return bad_input(
        near.empty()
            ? fmt::format("no template is called \"{}\"; there are {}", id, fmt::join(ids, ", "))
            : fmt::format("no template is called \"{}\"; did you mean {}?", id, fmt::join(near, " or ")));
}

Result<Document> open_drawing(const std::string& file_or_template) {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::status(file_or_template, error)) &&
        !std::filesystem::is_directory(file_or_template, error)) {
        Result<Document> document = read_document(file_or_template);
        if (document) {
            document->layout = complete_layout(*document);
        }
        return document;
    }
    const bool is_path =
        file_or_template.find('/') != std::string::npos || file_or_template.ends_with(".json");
    if (is_path) {
        return bad_input(fmt::format("open {}: no such file", file_or_template));
    }
    Result<Document> document = make_template(file_or_template);
    if (!document) {
        return bad_input(
            fmt::format("open {}: no such file, and {}", file_or_template, document.error().message));
    }
    return document;
}

} // namespace fulcrum::designer
