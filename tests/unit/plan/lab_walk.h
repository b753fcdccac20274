// Follows a packet through a finished plan: the lab's nodes, segments, routes and rules, and the engines' own
// configurations. It shares no code with the compiler, so that the two can disagree.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "designer/plan/plan.h"

namespace fulcrum::designer::testing {

class LabWalk {
public:
    explicit LabWalk(const Plan& plan);

    struct Way {
        std::vector<std::string> nodes; // from the sender on
        std::string out;                // the interface it left the sender by
        std::string stopped;            // why; empty: it arrived at the last of the nodes
        bool arrived() const { return stopped.empty(); }
        std::string text() const;
    };
    // `entered`: the interface it came in by, when the node only passes it on; `vrf`: of an SE that sends.
    Way send(const std::string& node, const IpAddress& source, const IpAddress& destination,
             const std::string& entered = {}, const std::string& vrf = "global") const;

    // What is wrong with the plan in itself: addresses twice on one segment, gateways outside every subnet of
    // their node, addresses of one segment in different subnets, names that are too long.
    std::vector<std::string> contradictions() const;

    // The interface of `node` on the same segment as one of `other`; empty: they share none.
    std::string interface_beside(const std::string& node, const std::string& other,
                                 const std::string& vrf) const;

private:
    struct Port {
        std::string node, interface;
        auto operator<=>(const Port&) const = default;
    };
    struct Hop { // by `interface` to `next`
        std::string interface;
        IpAddress next;
    };
    void join_domains();
    void find_owners();
    void own(const Port& port, const IpAddress& address);
    bool forwards(const std::string& node) const;
    bool lookup(const std::vector<netns::RoutePlan>& routes, const netns::NodePlan& node,
                const IpAddress& destination, bool with_connected, Hop& hop) const;
    bool lookup(const engine::EngineConfig& config, const std::string& vrf, const IpAddress& destination,
                Hop& hop) const;
    const netns::NodePlan* node(const std::string& name) const;
    const engine::EngineConfig* engine(const std::string& name) const;

    const Plan& plan_;
    std::map<Port, int> domain_;
    std::map<std::pair<int, IpAddress>, std::vector<Port>> owners_;
};

} // namespace fulcrum::designer::testing
