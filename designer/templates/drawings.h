// The built-in drawings of SPEC section 4, each made anew. The table of them, with titles: templates.cpp.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

// Full proxy.
Document draw_one_arm();
Document draw_two_arm();
Document draw_snat_pool();
Document draw_full_proxy();
Document draw_auto_gateway();
Document draw_bgp_rhi();
Document draw_static_route_bfd();

// The client's address kept.
Document draw_in_line();
Document draw_l2_dsr();
Document draw_l3_dsr(Mode tunnel);

// The seven topologies.
Document draw_topology_1();
Document draw_topology_2();
Document draw_topology_3();
Document draw_topology_4();
Document draw_topology_5();
Document draw_topology_6();
Document draw_topology_7();

// Ping and a half-open TCP probe each second, so that a dead server is out after two and back after one.
std::vector<HealthCheck> quick_health();

} // namespace fulcrum::designer
