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

// Kernel settings of a node, most general first: ip_forward resets others when it is written.
std::vector<netns::SysctlPlan> sysctls_of(const ServiceMap& services, const Station& station);

// The built-in server's process, listening on the ports the server's pools are asked on; by default port 80.
netns::ProcessPlan server_process(const ServiceMap& services, const Station& server);

} // namespace fulcrum::designer
