// One node of the lab, from the drawing: interfaces, routes, kernel settings, loopback VIPs, processes,
// notes.
#pragma once

#include "designer/plan/routing.h"
#include "netns/lab_plan.h"

namespace fulcrum::designer {

// Everything but an SE's engine process, which needs its configuration as text (lab.cpp adds it).
netns::NodePlan node_plan(const ServiceMap& services, const Routing& routing, const Station& station);

// The VIPs a DSR server owns on its loopback (SPEC M3, M4), ascending, each once.
std::vector<IpAddress> loopback_vips(const ServiceMap& services, const Station& server);

// The two ends of the pair by which fulcrum-decap gives a server what it took out of an L3 DSR tunnel (SPEC
// M4): not every kernel has tunnel devices, and this works without them. Interfaces of the node, a wire.
inline constexpr std::string_view tunnel_in = "dsr0", tunnel_out = "dsr1";
bool ends_tunnels(const ServiceMap& services, const Station& station);

// Kernel settings of a node, most general first: ip_forward resets others when it is written.
std::vector<netns::SysctlPlan> sysctls_of(const ServiceMap& services, const Station& station);

// The built-in server's process, listening on the ports the server's pools are asked on; by default port 80.
netns::ProcessPlan server_process(const ServiceMap& services, const Station& server);

} // namespace fulcrum::designer
