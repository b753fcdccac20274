// What each service engine is told, from the drawing: its interfaces, routes, pools and services.
#pragma once

#include "designer/plan/routing.h"

namespace fulcrum::designer {

// The engine of one SE. The first SE of a group is active and owns VIPs and floating addresses, the others
// are told the same and stand by. An SE that is first in one group and not in another owns the services of
// the former only, because an engine has one role. Services of a VIP on whose segment it is not are left out
// too. Needs a drawing without errors, with every address given (fill_addresses).
engine::EngineConfig engine_config(const Network& network, const ServiceMap& services, const Routing& routing,
                                   const Station& se);

// Services that this SE is a member for and does not carry.
std::vector<const Carried*> left_to_others(const ServiceMap& services, const Station& se);

} // namespace fulcrum::designer
