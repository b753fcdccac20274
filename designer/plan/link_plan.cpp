#include "designer/plan/link_plan.h"

#include <unordered_map>

namespace fulcrum::designer {

namespace {

netns::LinkFaults faults_of(const Impairment& impairment) {
    netns::LinkFaults faults;
    faults.rate_bps = impairment.rate_bps;
    faults.delay = impairment.delay;
    faults.jitter = impairment.jitter;
    faults.loss = impairment.loss;
    faults.duplicate = impairment.duplicate;
    faults.reorder = impairment.reorder;
    faults.seed = impairment.seed;
    return faults;
}

} // namespace

std::vector<netns::LinkPlan> link_plans(const Network& network) {
    std::unordered_map<const LinkEnd*, const Interface*> by_end;
    for (const Station& station : network.stations()) {
        for (const Interface* interface : station.interfaces) {
            by_end.emplace(interface->near, interface);
        }
    }
    std::vector<netns::LinkPlan> plans;
    for (const Link& link : network.document().links) {
        if (link.up && link.a_to_b == Impairment{} && link.b_to_a == Impairment{}) {
            continue;
        }
        const auto at_a = by_end.find(&link.a);
        const auto at_b = by_end.find(&link.b);
        if (at_a == by_end.end() && at_b == by_end.end()) {
            continue;
        }
        const bool from_a = at_a != by_end.end();
        const Interface& interface = *(from_a ? at_a : at_b)->second;
        netns::LinkPlan plan;
        plan.end = {interface.station->name(), interface.name};
        plan.up = link.up;
        plan.out = faults_of(from_a ? link.a_to_b : link.b_to_a);
        plan.in = faults_of(from_a ? link.b_to_a : link.a_to_b);
        plans.push_back(std::move(plan));
    }
    return plans;
}

} // namespace fulcrum::designer
