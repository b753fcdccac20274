// The compiler: a drawing in, a lab out. Pure: same document, same plan. Knows load balancing; makes nothing.
#pragma once

#include "designer/document/document.h"
#include "engine/base/result.h"
#include "engine/control/config.h"
#include "netns/lab_plan.h"

namespace fulcrum::designer {

// One line of the "who needs which route" table (SPEC section 3).
struct RouteNeed {
    Id node;
    std::string node_name, role; // role: "client-side router", "SE", "server", …
    IpPrefix destination;
    std::string via; // gateway address, "connected", "auto gateway" or "none"
    std::string interface;
    std::string why;     // what it is for, and what happens without it
    bool derived = true; // false: fixed by hand in the drawing
};

struct Plan {
    netns::LabPlan lab;
    std::map<Id, engine::EngineConfig> engines; // by SE node id; the same text is the engine process' input
    std::vector<RouteNeed> routes;
    std::uint64_t max_connections =
        0; // SPEC M12: 64k × SNAT addresses × server endpoints; 0 when it does not apply
    std::vector<std::string> notes;
};

// Fails (bad_input) with the first error of check() when the drawing has one.
Result<Plan> make_plan(const Document& document);

// The document with every missing link-end address, VIP and MAC given (what the planner will use; what the
// canvas shows): addresses by hand stay, automatic ones are kept while they still fit their subnet.
Document fill_addresses(const Document& document);

std::string plan_as_script(const Plan& plan); // POSIX shell: ip and sysctl commands in fresh namespaces
std::string plan_as_routes(const Plan& plan); // text table
std::string plan_as_json(const Plan& plan);   // {lab, engines, routes, max_connections, notes}

} // namespace fulcrum::designer
