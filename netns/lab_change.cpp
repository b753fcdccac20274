#include "netns/lab_change.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace fulcrum::netns {

namespace {

const NodePlan* find_node(const LabPlan& plan, const std::string& name) {
    const auto found = std::find_if(plan.nodes.begin(), plan.nodes.end(),
                                    [&](const NodePlan& node) { return node.name == name; });
    return found == plan.nodes.end() ? nullptr : &*found;
}

std::string text_of(const EndPlan& end) {
    return fmt::format("{}:{}", end.node, end.interface);
}

std::string text_of(const RoutePlan& route) {
    std::string text = route.destination.text();
    for (const IpAddress& gateway : route.gateways) {
        text += " via " + gateway.text();
    }
    if (!route.interface.empty()) {
        text += " dev " + route.interface;
    }
    return text;
}

std::string text_of(const RulePlan& rule) {
    return fmt::format("rule from {}{}", rule.from.text(),
                       rule.interface.empty() ? "" : " on " + rule.interface);
}

// Every interface of the plan, and the link that ends there.
using LinkAt = std::map<std::pair<std::string, std::string>, std::string>;
LinkAt links_at_ends(const LabPlan& plan) {
    LinkAt links;
    for (const SegmentPlan& segment : plan.segments) {
        for (const EndPlan& port : segment.ports) {
            links[{port.node, port.interface}] =
                fmt::format("link {} – segment {}", text_of(port), segment.name);
        }
    }
    for (const WirePlan& wire : plan.wires) {
        const std::string name = fmt::format("link {} – {}", text_of(wire.a), text_of(wire.b));
        links[{wire.a.node, wire.a.interface}] = name;
        links[{wire.b.node, wire.b.interface}] = name;
    }
    return links;
}

bool is_loop(const LabPlan& plan, const EndPlan& end) {
    return std::any_of(plan.wires.begin(), plan.wires.end(), [&](const WirePlan& wire) {
        return wire.a.node == wire.b.node && (wire.a == end || wire.b == end);
    });
}

// What is in one list and not in the other, as text.
template <class Item, class Text>
void tell_differences(const std::vector<Item>& from, const std::vector<Item>& to, const Text& text,
                      std::vector<std::string>& what) {
    const auto has = [](const std::vector<Item>& list, const Item& item) {
        return std::find(list.begin(), list.end(), item) != list.end();
    };
    for (const Item& item : from) {
        if (!has(to, item)) {
            what.push_back(text(item) + " is gone");
        }
    }
    for (const Item& item : to) {
        if (!has(from, item)) {
            what.push_back(text(item) + " is new");
        }
    }
}

class Comparison {
public:
    Comparison(const LabPlan& from, const LabPlan& to, const std::vector<std::string>& told)
        : from_(from), to_(to), told_(told), links_from_(links_at_ends(from)), links_to_(links_at_ends(to)) {}

    LabChange run() {
        for (const NodePlan& node : from_.nodes) {
            const NodePlan* const next = find_node(to_, node.name);
            if (next == nullptr) {
                change_.nodes.push_back({NodeChange::Kind::removed, node.name, {}, {}});
            } else if (NodeChange change = compare(node, *next);
                       !change.what.empty() || !change.restart.empty()) {
                change_.nodes.push_back(std::move(change));
            }
        }
        for (const NodePlan& node : to_.nodes) {
            if (find_node(from_, node.name) == nullptr) {
                change_.nodes.push_back({NodeChange::Kind::added, node.name, {}, {}});
            }
        }
        compare_links();
        return std::move(change_);
    }

private:
    NodeChange compare(const NodePlan& a, const NodePlan& b) {
        NodeChange change{NodeChange::Kind::changed, a.name, {}, {}};
        auto& what = change.what;
        compare_interfaces(a, b, change);
        tell_differences(
            a.loopback, b.loopback, [](const IpPrefix& each) { return "lo: address " + each.text(); }, what);
        tell_differences(
            a.routes, b.routes, [](const RoutePlan& each) { return "route " + text_of(each); }, what);
        tell_differences(
            a.rules, b.rules, [](const RulePlan& each) { return text_of(each); }, what);
        tell_differences(
            a.sysctls, b.sysctls,
            [](const SysctlPlan& each) { return fmt::format("sysctl {} = {}", each.key, each.value); }, what);
        compare_processes(a, b, change);
        return change;
    }

    // An interface that leads elsewhere, or has another place among its node's, is made anew.
    void compare_interfaces(const NodePlan& a, const NodePlan& b, NodeChange& change) {
        auto& what = change.what;
        for (std::size_t i = 0; i < a.interfaces.size(); ++i) {
            const InterfacePlan& old = a.interfaces[i];
            const auto next = std::find_if(b.interfaces.begin(), b.interfaces.end(),
                                           [&](const InterfacePlan& each) { return each.name == old.name; });
            if (next == b.interfaces.end()) {
                what.push_back(old.name + " is gone");
                continue;
            }
            const bool moved = static_cast<std::size_t>(next - b.interfaces.begin()) != i ||
                               links_from_[{a.name, old.name}] != links_to_[{b.name, old.name}];
            if (moved) {
                what.push_back(
                    fmt::format("{} leads elsewhere: {}", old.name, links_to_[{b.name, old.name}]));
                if (!old.arp || !next->arp || is_loop(from_, {a.name, old.name})) {
                    change.restart = fmt::format("{} is made anew, and a program holds on to it", old.name);
                }
            }
            if (old.arp != next->arp) {
                what.push_back(fmt::format("{}: another owner of its addresses", old.name));
                change.restart = what.back();
            }
            if (old.mtu_bytes != next->mtu_bytes) {
                what.push_back(fmt::format("{}: MTU {} → {}", old.name, old.mtu_bytes, next->mtu_bytes));
            }
            if (next->mac && old.mac != next->mac) {
                what.push_back(fmt::format("{}: MAC address {}", old.name, next->mac->text()));
            }
            tell_differences(
                old.addresses, next->addresses,
                [&](const IpPrefix& each) { return fmt::format("{}: address {}", old.name, each.text()); },
                what);
        }
        for (const InterfacePlan& next : b.interfaces) {
            if (std::none_of(a.interfaces.begin(), a.interfaces.end(),
                             [&](const InterfacePlan& each) { return each.name == next.name; })) {
                what.push_back(fmt::format("{} is new: {}", next.name, links_to_[{b.name, next.name}]));
            }
        }
    }

    void compare_processes(const NodePlan& a, const NodePlan& b, NodeChange& change) {
        const auto find = [](const NodePlan& node, const std::string& name) {
            return std::find_if(node.processes.begin(), node.processes.end(),
                                [&](const ProcessPlan& each) { return each.name == name; });
        };
        for (const ProcessPlan& old : a.processes) {
            const auto next = find(b, old.name);
            if (next == b.processes.end()) {
                change.restart = fmt::format("program {} is gone", old.name);
            } else if (next->argv != old.argv || next->signals_ready != old.signals_ready) {
                change.restart = fmt::format("program {} has other arguments", old.name);
            } else if (next->input != old.input) {
                change.what.push_back(fmt::format("program {} has another configuration", old.name));
                if (std::find(told_.begin(), told_.end(), a.name) == told_.end()) {
                    change.restart = change.what.back();
                }
            }
        }
        for (const ProcessPlan& next : b.processes) {
            if (find(a, next.name) == a.processes.end()) {
                change.restart = fmt::format("program {} is new", next.name);
            }
        }
        if (a.processes.size() == b.processes.size() && change.restart.empty() &&
            !std::equal(a.processes.begin(), a.processes.end(), b.processes.begin(),
                        [](const ProcessPlan& x, const ProcessPlan& y) { return x.name == y.name; })) {
            change.restart = "its programs start in another order";
        }
    }

    void compare_links() {
        auto& others = change_.others;
        const auto names = [](const std::vector<SegmentPlan>& segments) {
            std::vector<std::string> list;
            for (const SegmentPlan& segment : segments) {
                list.push_back("segment " + segment.name);
            }
            return list;
        };
        const auto as_it_is = [](const std::string& text) { return text; };
        tell_differences(names(from_.segments), names(to_.segments), as_it_is, others);
        tell_differences(links_of(from_), links_of(to_), as_it_is, others);
        std::set<std::string> told;
        for (const auto& [end, link] : links_to_) {
            const auto before = links_from_.find(end);
            if (before == links_from_.end() || before->second != link) {
                continue;
            }
            const LinkPlan was = link_at(from_, {end.first, end.second});
            const LinkPlan now = link_at(to_, {end.first, end.second});
            if ((was.out != now.out || was.in != now.in) && told.insert(link).second) {
                others.push_back(link + ": other impairments");
            }
            if (was.up != now.up) {
                others.push_back(fmt::format("{}: {} at {}", link, now.up ? "up" : "down", end.first));
            }
        }
        if (from_.hosts != to_.hosts) {
            others.emplace_back("names in /etc/hosts");
        }
    }

    const LabPlan& from_;
    const LabPlan& to_;
    const std::vector<std::string>& told_;
    LinkAt links_from_, links_to_;
    LabChange change_;
};

} // namespace

Result<> check_change(const LabPlan& from, const LabPlan& to) {
    if (const auto problems = problems_of(to); !problems.empty()) {
        return bad_input(problems.front());
    }
    if (from.name != to.name) {
        return bad_input(fmt::format("a running lab keeps its name: {}, not {}", from.name, to.name));
    }
    if (from.offload != to.offload) {
        return bad_input("offloads are switched when a lab is made: take it down and up again");
    }
    return {};
}

LabChange change_between(const LabPlan& from, const LabPlan& to, const std::vector<std::string>& told) {
    return Comparison(from, to, told).run();
}

std::vector<std::string> links_of(const LabPlan& plan) {
    std::vector<std::string> links;
    for (const SegmentPlan& segment : plan.segments) {
        for (const EndPlan& port : segment.ports) {
            links.push_back(fmt::format("link {} – segment {}", text_of(port), segment.name));
        }
        for (const std::string& trunk : segment.trunks) {
            links.push_back(fmt::format("trunk {} – {}", segment.name, trunk));
        }
    }
    for (const WirePlan& wire : plan.wires) {
        links.push_back(fmt::format("link {} – {}", text_of(wire.a), text_of(wire.b)));
    }
    return links;
}

bool same_network(const NodePlan& a, const NodePlan& b) {
    return a.interfaces == b.interfaces && a.loopback == b.loopback && a.routes == b.routes &&
           a.rules == b.rules && a.sysctls == b.sysctls;
}

LinkPlan link_at(const LabPlan& plan, const EndPlan& end) {
    EndPlan other;
    for (const WirePlan& wire : plan.wires) {
        if (wire.a == end || wire.b == end) {
            other = wire.a == end ? wire.b : wire.a;
        }
    }
    LinkPlan found;
    found.end = end;
    for (const LinkPlan& link : plan.links) {
        if (link.end == end) {
            found.up = link.up;
            found.out = link.out;
            found.in = link.in;
        } else if (link.end == other) {
            found.out = link.in;
            found.in = link.out;
        }
    }
    return found;
}

} // namespace fulcrum::netns
