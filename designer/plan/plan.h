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
    std::string vrf;              // of an SE that serves zones: the zone's name; else empty
    std::optional<IpPrefix> from; // a policy route: only for what comes from there
    std::string via;              // gateway address, "connected", "auto gateway" or "none"
    std::string interface;
    std::string why;     // what it is for
    std::string without; // what stops without it, and at which hop; empty: no packet of a service does
    bool derived = true; // false: fixed by hand in the drawing
};

// How many addresses VIPs or SEs take on a segment, and how many there are for them (SPEC N12).
struct AddressNeed {
    std::string segment;
    std::string vrf;                       // the zone's name; empty: global
    PoolPurpose purpose = PoolPurpose::se; // se or vip
    std::uint64_t needed = 0;
    std::vector<std::string> pools; // their names; empty: any free address of the subnet
    std::uint64_t available = 0;    // in the pools, else host addresses of the subnet
};

struct Plan {
    netns::LabPlan lab;
    std::map<Id, engine::EngineConfig> engines; // by SE node id; the same text is the engine process' input
    std::vector<RouteNeed> routes;
    std::vector<AddressNeed> addresses;
    std::uint64_t max_connections =
        0; // SPEC M12: 64k × SNAT addresses × server endpoints; 0 when it does not apply
    std::vector<std::string> notes;
};

// Fails (bad_input) with the first error of check() when the drawing has one.
Result<Plan> make_plan(const Document& document);

// The document with every missing link-end address, VIP and MAC given (what the planner will use; what the
// canvas shows): addresses by hand stay, automatic ones are kept while they still fit their subnet.
Document fill_addresses(const Document& document);

// The document with the addresses that it leaves open taken from another state of it, as automatic ones:
// nobody is renumbered because somebody else has gone. A VIP left open stays while the pools are the same.
Document keep_addresses(const Document& document, const Document& before);

// "Fill in": the drawing with the derived routes of that node written down as routes by hand, to be edited.
// Of several equal next hops the first is written; policy routes cannot be written by hand and are left out.
Document with_routes_by_hand(const Document& document, const Id& node);
// The same without the route that this line of the table says is needed: what the drawing would be without
// it. An auto gateway is switched off. Unchanged for a line that is no route ("connected", "none").
Document without_route(const Document& document, const RouteNeed& need);

std::string plan_as_script(const Plan& plan); // POSIX shell: ip and sysctl commands in fresh namespaces
std::string plan_as_routes(const Plan& plan); // text table
std::string plan_as_json(const Plan& plan);   // {lab, engines, routes, addresses, max_connections, notes}

} // namespace fulcrum::designer
