// What it takes to bring a running lab from one plan to another, thing by thing, before anything is touched:
// for whoever does it, and for whoever wants to know. Pure.
#pragma once

#include <string>
#include <vector>

#include "netns/lab_plan.h"

namespace fulcrum::netns {

struct NodeChange {
    enum class Kind { added, removed, changed };
    Kind kind = Kind::changed;
    std::string node;
    std::vector<std::string> what; // of a changed one, a line each: "eth0: address 10.0.0.1/24 is new"
    // Why it has to be switched off and on again, because its programs cannot be told; empty: they run on.
    std::string restart;
};

struct LabChange {
    std::vector<NodeChange> nodes; // as in the old plan, then the new ones as in the new plan
    // Segments, links and names, a line each: "link client2:eth0 – segment lan: new".
    std::vector<std::string> others;

    bool empty() const { return nodes.empty() && others.empty(); }
};

// Fails (bad_input) with what no running lab can be brought to: problems of `to`, another name, other
// offloads.
Result<> check_change(const LabPlan& from, const LabPlan& to);

// Both plans are without problems. `told`: nodes whose programs somebody else tells what is new in their
// input, so that it is no reason to start them again.
LabChange change_between(const LabPlan& from, const LabPlan& to, const std::vector<std::string>& told);

// Each link of a plan by the ends it has, as messages name it: "link a:eth0 – b:eth0", "link a:eth0 – segment
// lan", "trunk lan – lan2".
std::vector<std::string> links_of(const LabPlan& plan);

// What changes at that node's own kernel: interfaces, addresses, routes, rules or sysctls.
bool same_network(const NodePlan& a, const NodePlan& b);

// What the plan wants to happen to frames on the link that ends there: nothing when it is just a wire.
LinkPlan link_at(const LabPlan& plan, const EndPlan& end);

} // namespace fulcrum::netns
