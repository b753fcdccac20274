#include "designer/templates/templates.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "designer/document/auto_layout.h"
#include "designer/document/file.h"
#include "designer/document/near_names.h"
#include "designer/templates/drawings.h"

namespace fulcrum::designer {

namespace {

struct Template {
    TemplateInfo info;
    Document (*draw)();
};

const std::vector<Template>& all() {
    static const std::vector<Template> list{
        {{"in-line", "In-line routed, active/standby",
          "The service engine is a router that rewrites the destination only: servers see the client's own "
          "address, and answer through the engines' floating address, their gateway."},
         draw_in_line},
        {{"l2-dsr", "Layer-2 direct server return",
          "The service engine changes nothing but the MAC address: servers hold the VIP on their loopback "
          "and answer the client directly, past the engine."},
         draw_l2_dsr},
        {{"l3-dsr-ipip", "Layer-3 direct server return, IP in IP",
          "The service engine wraps each packet in another one (IP protocol 4) for a server behind a router; "
          "the server unwraps it, holds the VIP on its loopback and answers the client directly."},
         [] { return draw_l3_dsr(Mode::l3_dsr_ipip); }},
        {{"l3-dsr-gre", "Layer-3 direct server return, GRE",
          "As with IP in IP, with a GRE header (IP protocol 47) between the outer packet and the inner one."},
         [] { return draw_l3_dsr(Mode::l3_dsr_gre); }},
        {{"one-arm", "Full proxy, one arm",
          "The service engine ends the client's connection and opens its own to a server, both through one "
          "NIC."},
         draw_one_arm},
        {{"two-arm", "Full proxy, two arms",
          "The service engine ends the client's connection at its front NIC and opens its own to a server "
          "through its back NIC; clients cannot reach the servers."},
         draw_two_arm},
        {{"full-proxy", "Full proxy, three engines",
          "Three engines of one group between a front and a back segment, each with its own address towards "
          "the servers. Until a VIP can be shared, the first one answers."},
         draw_full_proxy},
        {{"snat-pool", "Full proxy with a SNAT pool",
          "Two arms; servers see one of two SNAT addresses, which the engine answers ARP for, instead of the "
          "engine's own: twice as many connections to each server."},
         draw_snat_pool},
        {{"topology-1", "Topology 1: one VIP segment, routed, one arm",
          "Clients and servers are reached through one router; engines and VIPs share a segment and a range "
          "of addresses."},
         draw_topology_1},
        {{"topology-2", "Topology 2: one VIP segment, routed, two arms",
          "A front segment for VIPs and engines, a back segment for the engines, and a second router that "
          "leads to the servers."},
         draw_topology_2},
        {{"topology-3", "Topology 3: one VIP segment, engines beside the servers",
          "In-line: the engines have a NIC in every server segment, and their floating address there is the "
          "servers' gateway."},
         draw_topology_3},
        {{"topology-4", "Topology 4: VIPs in the servers' own segments",
          "One arm in each server segment: the VIP, the engines and the servers of a pool share it."},
         draw_topology_4},
        {{"topology-5", "Topology 5: topology 1 in two zones",
          "Two zones with the same server and client subnets, each with its own router and VIP; one set of "
          "engines serves both and keeps them apart (VRF)."},
         draw_topology_5},
        {{"topology-6", "Topology 6: topology 2 in two zones",
          "Two zones with the same back, server and client subnets, each with its own routers and VIP; one "
          "set of engines serves both and keeps them apart (VRF)."},
         draw_topology_6},
        {{"topology-7", "Topology 7: topology 3 in two zones",
          "Two zones with the same server and client subnets; in-line engines have a NIC in every segment of "
          "both and keep them apart (VRF)."},
         draw_topology_7},
        {{"auto-gateway", "Two uplinks and no route to the clients",
          "Each answer goes back to the router that its request came from, so that two VIPs on two uplinks "
          "serve clients of networks the engine has no route to."},
         draw_auto_gateway},
        {{"bgp-rhi", "A VIP announced by BGP",
          "The VIP lies in no segment: each engine announces it to the router, which spreads connections "
          "over them (route health injection).",
          false},
         draw_bgp_rhi},
        {{"static-route-bfd", "A VIP by static routes watched by BFD",
          "The VIP lies in no segment: the router has a static route to it through each engine, and watches "
          "the engines by BFD.",
          false},
         draw_static_route_bfd},
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
            Document document = entry.draw();
            document.name = entry.info.id;
            document.description = entry.info.description;
            return document;
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
    const bool is_folder = std::filesystem::is_directory(file_or_template, error);
    if (is_path) {
        return bad_input(
            fmt::format("open {}: {}", file_or_template, is_folder ? "is a directory" : "no such file"));
    }
    Result<Document> document = make_template(file_or_template);
    if (!document && is_folder) {
        return bad_input(fmt::format("open {}: is a directory", file_or_template));
    }
    if (!document) {
        return bad_input(
            fmt::format("open {}: no such file, and {}", file_or_template, document.error().message));
    }
    return document;
}

} // namespace fulcrum::designer
