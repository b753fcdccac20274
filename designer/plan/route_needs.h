// The "who needs which route" table (SPEC section 3) of a drawing, with the reason for every line.
#pragma once

#include "designer/plan/plan.h"
#include "designer/plan/routing.h"

namespace fulcrum::designer {

// In document order of the nodes. Besides the routes of every table it says what needs none, and why.
std::vector<RouteNeed> route_needs(const Network& network, const ServiceMap& services,
                                   const Routing& routing);

} // namespace fulcrum::designer
