// Links that are drawn impaired or cut, for the lab.
#pragma once

#include <vector>

#include "designer/plan/topology.h"
#include "netns/lab_plan.h"

namespace fulcrum::designer {

// In the order of the drawing's links. A cut link between two nodes is cut at its a end. Links between
// segments are left out: they run as perfect wires.
std::vector<netns::LinkPlan> link_plans(const Network& network);

} // namespace fulcrum::designer
