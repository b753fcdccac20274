#include "netns/supervisor/link_relays.h"

#include <algorithm>
#include <fmt/format.h>

#include "netns/lab_change.h"

namespace fulcrum::netns {

EndPlan LinkRelays::end_of(std::size_t node, const std::string& interface) const {
    return {plan_.nodes.at(node).name, interface};
}

LinkRelays::Found LinkRelays::find(const EndPlan& end) const {
    for (const auto& relay : relays_) {
        if (relay->plan().a == end) {
            return {relay.get(), true};
        }
        if (relay->plan().b && *relay->plan().b == end) {
            return {relay.get(), false};
        }
    }
    return {};
}

void LinkRelays::start_planned(const std::vector<RelayPlan>& planned, Done done) {
    if (planned.empty()) {
        done({});
        return;
    }
    struct Progress {
        std::size_t missing;
        Done done; // none: has been called
    };
    const auto progress = std::make_shared<Progress>(Progress{planned.size(), std::move(done)});
    const std::size_t first = relays_.size();
    for (const RelayPlan& plan : planned) {
        relays_.push_back(std::make_unique<LinkRelay>(plan, services_));
    }
    for (std::size_t i = first; i < first + planned.size(); ++i) {
        LinkRelay& relay = *relays_[i];
        const LinkPlan link = link_at(plan_, relay.plan().a);
        relay.set(link.out, link.in, true, [progress](const Result<LinkReport>& report) {
            if (!progress->done || (report && --progress->missing > 0)) {
                return;
            }
            std::exchange(progress->done, nullptr)(report ? Result<>() : tl::unexpected(report.error()));
        });
    }
}

void LinkRelays::impair(std::size_t node, const std::string& interface, const LinkFaults& out,
                        const LinkFaults& in, bool reseed, const Done& done) {
    const EndPlan end = end_of(node, interface);
    Found found = find(end);
    const bool is_new = found.relay == nullptr;
    if (is_new) {
        if (out.perfect() && in.perfect()) {
            const auto carries = services_.network.carries(node, interface); // is there such an interface?
            done(carries ? Result<>() : tl::unexpected(carries.error()));
            return;
        }
        auto opened = services_.network.open_up(node, interface);
        if (!opened) {
            done(tl::unexpected(opened.error()));
            return;
        }
        relays_.push_back(std::make_unique<LinkRelay>(std::move(*opened), services_));
        found = find(end);
    }
    LinkRelay* const relay = found.relay;
    relay->set(found.from_a ? out : in, found.from_a ? in : out, reseed || is_new,
               [this, relay, is_new, done](const Result<LinkReport>& report) {
                   if (report) {
                       services_.events.add(relay->plan().a.node,
                                            fmt::format("{}: impaired", relay->plan().what));
                   } else if (is_new) {
                       take_out(*relay);
                   }
                   done(report ? Result<>() : tl::unexpected(report.error()));
               });
}

// A link that was opened for nothing becomes a wire again.
void LinkRelays::take_out(LinkRelay& relay) {
    if (!retire(relay)) {
        return; // the link itself went meanwhile
    }
    if (const auto closed = services_.network.close_again(relay.plan()); !closed) {
        services_.events.add(relay.plan().a.node,
                             fmt::format("{}: broken: {}", relay.plan().what, closed.error().message));
    }
}

void LinkRelays::retire(const std::vector<std::string>& links) {
    std::vector<LinkRelay*> gone;
    for (const auto& relay : relays_) {
        if (std::find(links.begin(), links.end(), relay->plan().what) != links.end()) {
            gone.push_back(relay.get());
        }
    }
    for (LinkRelay* const relay : gone) {
        retire(*relay);
    }
}

bool LinkRelays::retire(LinkRelay& relay) {
    const auto place =
        std::find_if(relays_.begin(), relays_.end(), [&](const auto& each) { return each.get() == &relay; });
    if (place == relays_.end()) {
        return false;
    }
    retired_.push_back(std::move(*place));
    relays_.erase(place);
    relay.retire(); // answers who waits for it, which may lead back here
    return true;
}

std::string LinkRelays::far_of(const EndPlan& end) const {
    for (const WirePlan& wire : plan_.wires) {
        if (wire.a == end || wire.b == end) {
            const EndPlan& other = wire.a == end ? wire.b : wire.a;
            return fmt::format("{}:{}", other.node, other.interface);
        }
    }
    for (const SegmentPlan& segment : plan_.segments) {
        if (std::any_of(segment.ports.begin(), segment.ports.end(),
                        [&](const EndPlan& port) { return port == end; })) {
            return "segment " + segment.name;
        }
    }
    return {};
}

void LinkRelays::show(std::size_t node, const std::string& interface, const Shown& shown) {
    const auto carries = services_.network.carries(node, interface);
    if (!carries) {
        shown(tl::unexpected(carries.error()));
        return;
    }
    const EndPlan end = end_of(node, interface);
    LinkStatus status;
    status.node = end.node;
    status.interface = end.interface;
    status.far = far_of(end);
    status.up = *carries;
    const Found found = find(end);
    if (found.relay == nullptr) {
        shown(std::move(status));
        return;
    }
    const bool from_a = found.from_a;
    status.out = from_a ? found.relay->a_to_b() : found.relay->b_to_a();
    status.in = from_a ? found.relay->b_to_a() : found.relay->a_to_b();
    status.relayed = found.relay->runs();
    status.broken = found.relay->broken();
    if (!found.relay->runs()) {
        shown(std::move(status));
        return;
    }
    found.relay->ask_counters([status, from_a, shown](const Result<LinkReport>& report) mutable {
        if (!report) { // it has just died
            status.relayed = false;
            status.broken = report.error().message;
            shown(std::move(status));
            return;
        }
        status.out_counters = from_a ? report->a_to_b : report->b_to_a;
        status.in_counters = from_a ? report->b_to_a : report->a_to_b;
        shown(std::move(status));
    });
}

void LinkRelays::expect_deaths() {
    for (const auto& relay : relays_) {
        relay->expect_death();
    }
}

} // namespace fulcrum::netns
