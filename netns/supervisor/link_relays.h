// The links of a running lab that have a process in their middle, and how others get one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netns/link_status.h"
#include "netns/supervisor/link_relay.h"

namespace fulcrum::netns {

class LinkRelays {
public:
    using Done = std::function<void(Result<>)>;
    using Shown = std::function<void(Result<LinkStatus>)>;

    // `plan` outlives it.
    LinkRelays(const LabPlan& plan, LabServices services) : plan_(plan), services_(services) {}

    // Starts processes for links of this shape; answers when all do to frames what the plan says, or at the
    // first that does not.
    void start_planned(const std::vector<RelayPlan>& planned, Done done);
    // Ends those of links that are gone, by RelayPlan::what.
    void retire(const std::vector<std::string>& links);
    // Of the link that ends at `interface` of a node: what happens to what the node sends, and to what comes
    // to it. A perfect link that stays perfect is left alone.
    void impair(std::size_t node, const std::string& interface, const LinkFaults& out, const LinkFaults& in,
                bool reseed, const Done& done);
    void show(std::size_t node, const std::string& interface, const Shown& shown);
    // While the whole lab ends: deaths are no news any more.
    void expect_deaths();

private:
    struct Found {
        LinkRelay* relay = nullptr;
        bool from_a = true; // the end asked for is the relay's a
    };
    Found find(const EndPlan& end) const;
    void take_out(LinkRelay& relay);
    bool retire(LinkRelay& relay); // false: it has been already
    EndPlan end_of(std::size_t node, const std::string& interface) const;
    std::string far_of(const EndPlan& end) const; // of a link without a relay

    const LabPlan& plan_;
    LabServices services_;
    std::vector<std::unique_ptr<LinkRelay>> relays_;
    std::vector<std::unique_ptr<LinkRelay>> retired_; // their processes may still be ending
};

} // namespace fulcrum::netns
