// What LabNetwork does to a running network whose plan has become another one: links out, nodes out and in,
// links in, then each node's own settings.
#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "netns/kernel/address.h"
#include "netns/kernel/link.h"
#include "netns/kernel/route.h"
#include "netns/kernel/sysctl.h"
#include "netns/lab_change.h"
#include "netns/supervisor/carrier.h"
#include "netns/supervisor/lab_network.h"
#include "netns/supervisor/namespace_request.h"

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_wait{500}; // for new links to carry; one to a node that is off never does
constexpr milliseconds longest_making{10'000};

using NodeNumbers = std::map<std::string, std::size_t>;
NodeNumbers numbers_of(const LabPlan& plan) {
    NodeNumbers numbers;
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
        numbers.emplace(plan.nodes[i].name, i);
    }
    return numbers;
}

// Where a pair stands, whatever the numbers of its nodes: the names of the ends are in `what`.
using PairPlace = std::tuple<std::string, int, std::string, int, int, std::string, int>;
PairPlace place_of(const PairPlan& pair) {
    return {pair.what,         pair.first.index, pair.first.name,   pair.first.master,
            pair.second.index, pair.second.name, pair.second.master};
}

std::set<PairPlace> places_of(const Wiring& wiring) {
    std::set<PairPlace> places;
    for (const PairPlan& pair : wiring.pairs) {
        places.insert(place_of(pair));
    }
    return places;
}

bool has_bridge(const Wiring& wiring, int index) {
    return std::any_of(wiring.bridges.begin(), wiring.bridges.end(),
                       [&](const BridgePlan& bridge) { return bridge.index == index; });
}

// What "default" says is taken by an interface when it is made. Those that are there have to be told.
std::optional<SysctlPlan> of_interface(const SysctlPlan& sysctl, const std::string& interface) {
    static constexpr std::string_view for_new_ones = "/conf/default/";
    const auto place = sysctl.key.find(for_new_ones);
    if (place == std::string::npos) {
        return std::nullopt;
    }
    auto own = sysctl;
    own.key.replace(place, for_new_ones.size(), fmt::format("/conf/{}/", interface));
    return own;
}

} // namespace

Result<LabNetwork::Changed> LabNetwork::change(const LabPlan& before) {
    auto fresh = make_new_namespaces(before);
    if (!fresh) {
        return tl::unexpected(fresh.error());
    }
    Changed changed;
    const Wiring old_wiring = wiring_;
    Wiring next = make_wiring(*plan_, &old_wiring);
    remove_links(next, changed);
    renumber(before, std::move(*fresh));
    wiring_ = std::move(next);
    add_links(old_wiring, changed);
    configure_changed(before, old_wiring, changed);
    change_link_states(before, changed);
    return changed;
}

// One end of a pair takes the other along; where a process stands in its middle there are two pairs.
void LabNetwork::remove_links(const Wiring& next, Changed& changed) {
    const std::set<PairPlace> kept = places_of(next);
    NetlinkBatch fabric;
    const auto remove = [&](const PairEnd& end, const std::string& what) {
        if (!end.node) {
            fabric.add(remove_link(end.index), what, {ENODEV});
            return;
        }
        NetlinkBatch batch;
        batch.add(remove_link(end.index), what, {ENODEV});
        if (auto done = nodes_[*end.node].space.netlink.execute(batch); !done) {
            changed.failures.push_back(done.error().message);
        }
    };
    for (const PairPlan& pair : wiring_.pairs) {
        if (!kept.contains(place_of(pair))) {
            remove(pair.second, pair.what);
            remove(pair.first, pair.what);
            changed.removed_links.push_back(pair.what);
        }
    }
    std::erase_if(opened_, [&](const RelayPlan& relay) {
        const auto& removed = changed.removed_links;
        const bool gone = std::find(removed.begin(), removed.end(), relay.what) != removed.end();
        if (gone) {
            fabric.add(remove_link(relay.a_index), relay.what, {ENODEV});
            fabric.add(remove_link(relay.b_index), relay.what, {ENODEV});
        }
        return gone;
    });
    for (const BridgePlan& bridge : wiring_.bridges) {
        if (!has_bridge(next, bridge.index)) {
            fabric.add(remove_link(bridge.index), fmt::format("bridge {}", bridge.name), {ENODEV});
        }
    }
    if (auto done = fabric.empty() ? Result<>() : fabric_.netlink.execute(fabric); !done) {
        changed.failures.push_back(done.error().message);
    }
}

Result<std::vector<NetNamespace>> LabNetwork::make_new_namespaces(const LabPlan& before) const {
    const NodeNumbers old_numbers = numbers_of(before);
    std::vector<NamespaceRequest> requests;
    for (const NodePlan& node : plan_->nodes) {
        if (!old_numbers.contains(node.name)) {
            requests.push_back(request_for(node));
        }
    }
    const std::size_t count = requests.size();
    NamespaceMaker maker(std::move(requests), descriptors_per_node);
    std::vector<NetNamespace> made;
    for (std::size_t i = 0; i < count; ++i) {
        auto space = maker.take(i, longest_making);
        if (!space) {
            return fail(fmt::format("no network namespace within {} s", longest_making.count() / 1000));
        }
        if (!*space) {
            return tl::unexpected(space->error());
        }
        made.push_back(std::move(**space));
    }
    return made;
}

// Namespaces of nodes that are gone are let go; `fresh` are those of the new ones, in their order.
void LabNetwork::renumber(const LabPlan& before, std::vector<NetNamespace> fresh) {
    const NodeNumbers old_numbers = numbers_of(before);
    std::vector<Node> next;
    std::size_t taken = 0;
    for (const NodePlan& node : plan_->nodes) {
        std::vector<bool> down(node.interfaces.size(), false);
        const auto old_number = old_numbers.find(node.name);
        if (old_number == old_numbers.end()) {
            next.push_back({std::move(fresh.at(taken++)), UniqueFd(), std::move(down), false});
            continue;
        }
        Node& kept = nodes_[old_number->second];
        const NodePlan& was = before.nodes[old_number->second];
        for (std::size_t i = 0; i < node.interfaces.size(); ++i) {
            const int index = interface_index(was, node.interfaces[i].name);
            down[i] = index >= 2 && kept.down_by_hand[static_cast<std::size_t>(index - 2)];
        }
        kept.down_by_hand = std::move(down);
        next.push_back(std::move(kept));
    }
    nodes_ = std::move(next);
}

void LabNetwork::add_links(const Wiring& before, Changed& changed) {
    const std::set<PairPlace> stood = places_of(before);
    NetlinkBatch bridges, mtus;
    for (const BridgePlan& bridge : wiring_.bridges) {
        if (!has_bridge(before, bridge.index)) {
            bridges.add(make_bridge(bridge.index, bridge.name), fmt::format("bridge {}", bridge.name));
        }
    }
    std::vector<PairPlan> pairs;
    std::set<std::string> links;
    for (const PairPlan& pair : wiring_.pairs) {
        if (!stood.contains(place_of(pair))) {
            pairs.push_back(pair);
            links.insert(pair.what);
            continue;
        }
        for (const PairEnd* end : {&pair.first, &pair.second}) {
            if (!end->node) {
                mtus.add(set_link_attributes(end->index, end->mtu_bytes, std::nullopt), pair.what, {ENODEV});
            }
        }
    }
    for (const NetlinkBatch* batch : {&bridges, &mtus}) {
        if (auto done = batch->empty() ? Result<>() : fabric_.netlink.execute(*batch); !done) {
            changed.failures.push_back(done.error().message);
        }
    }
    if (auto made = pairs.empty() ? Result<>() : make_pairs(pairs); !made) {
        changed.failures.push_back(made.error().message);
    }
    for (const RelayPlan& relay : wiring_.relays) {
        if (links.contains(relay.what)) {
            changed.relays.push_back(relay);
        }
    }
}

void LabNetwork::configure_changed(const LabPlan& before, const Wiring& old_wiring, Changed& changed) {
    const NodeNumbers old_numbers = numbers_of(before);
    const std::set<PairPlace> stood = places_of(old_wiring);
    std::set<std::size_t> at_new_links;
    std::vector<LinkEnd> new_ends;
    for (const PairPlan& pair : wiring_.pairs) {
        if (stood.contains(place_of(pair))) {
            continue;
        }
        for (const PairEnd* end : {&pair.first, &pair.second}) {
            if (end->node) {
                at_new_links.insert(*end->node);
            }
            NetlinkConnection& netlink = end->node ? nodes_[*end->node].space.netlink : fabric_.netlink;
            new_ends.push_back({&netlink, end->index, pair.what});
        }
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const NodePlan& plan = plan_->nodes[i];
        const auto old_number = old_numbers.find(plan.name);
        Result<> done;
        if (old_number == old_numbers.end()) {
            done = configure(i);
        } else if (const NodePlan& was = before.nodes[old_number->second];
                   !same_network(was, plan) || at_new_links.contains(i)) {
            done = take_settings_back(i, was);
            if (done && !nodes_[i].off) {
                done = settle(i);
            }
        }
        if (!done) {
            changed.failures.push_back(fmt::format("node {}: {}", plan.name, done.error().message));
        }
    }
    if (!new_ends.empty()) {
        (void)wait_for_carrier(std::move(new_ends), {&fabric_.netlink, longest_wait, [] { return true; }});
    }
}

Result<> LabNetwork::take_settings_back(std::size_t node, const NodePlan& before) {
    const NodePlan& plan = plan_->nodes[node];
    const auto gone = [](const auto& list, const auto& item) {
        return std::find(list.begin(), list.end(), item) == list.end();
    };
    NetlinkBatch batch;
    bool announces = false;
    for (const RulePlan& rule : before.rules) {
        if (gone(plan.rules, rule)) {
            batch.add(remove_rule(rule), fmt::format("rule from {}", rule.from.text()), {ENOENT});
            for (const RoutePlan& route : rule.routes) {
                batch.add(remove_route(route, rule.table), fmt::format("route {}", route.destination.text()),
                          {ESRCH});
            }
        }
    }
    for (const RoutePlan& route : before.routes) {
        if (gone(plan.routes, route)) {
            batch.add(remove_route(route, main_table), fmt::format("route {}", route.destination.text()),
                      {ESRCH});
        }
    }
    for (const IpPrefix& address : before.loopback) {
        if (gone(plan.loopback, address)) {
            batch.add(remove_address(1, address), fmt::format("address {} on lo", address.text()),
                      {EADDRNOTAVAIL});
        }
    }
    for (const InterfacePlan& old : before.interfaces) {
        const auto now = std::find_if(plan.interfaces.begin(), plan.interfaces.end(),
                                      [&](const InterfacePlan& each) { return each.name == old.name; });
        if (now == plan.interfaces.end()) {
            continue; // its link is gone, and everything with it
        }
        const int index = interface_index(plan, old.name);
        for (const IpPrefix& address : old.addresses) {
            if (gone(now->addresses, address)) {
                batch.add(remove_address(index, address),
                          fmt::format("address {} on {}", address.text(), old.name), {EADDRNOTAVAIL});
            }
        }
        const bool other_mac = now->mac && old.mac != now->mac;
        announces = announces || other_mac;
        if (old.mtu_bytes != now->mtu_bytes || other_mac) {
            batch.add(set_link_attributes(index, now->mtu_bytes, now->mac), old.name);
        }
    }
    if (auto set = announces ? set_arp_notify(node, true) : Result<>(); !set) {
        return set;
    }
    if (auto done = batch.empty() ? Result<>() : nodes_[node].space.netlink.execute(batch); !done) {
        return done;
    }
    if (auto set = announces ? set_arp_notify(node, false) : Result<>(); !set) {
        return set;
    }
    return rewrite_sysctls(node, before);
}

// While it is on, the kernel announces an interface's addresses by ARP when its MAC changes, so that nobody
// goes on sending to the old one (Documentation/networking/ip-sysctl.rst: arp_notify).
Result<> LabNetwork::set_arp_notify(std::size_t node, bool on) const {
    const auto inside = InNetNamespace::enter(net_fd(node), fabric_.net.get());
    return inside ? write_sysctl({"net/ipv4/conf/all/arp_notify", on ? "1" : "0"})
                  : Result<>(tl::unexpected(inside.error()));
}

// A parameter that the new plan does not name gets the value that a fresh namespace has: the fabric's, which
// was as fresh when the lab began. All others are written again, in the plan's order, because some set others
// (net/ipv4/ip_forward resets what depends on it: Documentation/networking/ip-sysctl.rst).
Result<> LabNetwork::rewrite_sysctls(std::size_t node, const NodePlan& before) {
    const NodePlan& plan = plan_->nodes[node];
    std::vector<SysctlPlan> values;
    for (const SysctlPlan& old : before.sysctls) {
        const bool named = std::any_of(plan.sysctls.begin(), plan.sysctls.end(),
                                       [&](const SysctlPlan& each) { return each.key == old.key; });
        if (!named && !names_interface(before, old.key)) {
            auto fresh = read_sysctl(old.key);
            if (!fresh) {
                return tl::unexpected(fresh.error());
            }
            values.push_back({old.key, std::move(*fresh)});
        }
    }
    if (plan.sysctls != before.sysctls) {
        values.insert(values.end(), plan.sysctls.begin(), plan.sysctls.end());
    }
    const auto inside = InNetNamespace::enter(net_fd(node), fabric_.net.get());
    if (!inside) {
        return tl::unexpected(inside.error());
    }
    if (wants_ipv6(before) != wants_ipv6(plan)) {
        for (SysctlPlan sysctl : no_ipv6()) {
            sysctl.value.assign(1, wants_ipv6(plan) ? '0' : '1');
            if (auto written = write_sysctl_if_present(sysctl); !written) {
                return written;
            }
        }
    }
    for (const SysctlPlan& sysctl : values) {
        if (auto written = write_sysctl(sysctl); !written) {
            return written;
        }
        for (const InterfacePlan& interface : plan.interfaces) {
            const auto own = of_interface(sysctl, interface.name);
            if (auto written = own ? write_sysctl_if_present(*own) : Result<>(); !written) {
                return written;
            }
        }
    }
    return write_interface_sysctls(node);
}

void LabNetwork::change_link_states(const LabPlan& before, Changed& changed) {
    const NodeNumbers numbers = numbers_of(*plan_);
    const auto set = [&](const EndPlan& end, bool up) {
        const auto node = numbers.find(end.node);
        if (node == numbers.end() || nodes_[node->second].off) {
            return;
        }
        if (auto done = set_link(node->second, end.interface, up); !done) {
            changed.failures.push_back(done.error().message);
        }
    };
    const auto is_cut = [](const LabPlan& plan, const EndPlan& end) {
        return std::any_of(plan.links.begin(), plan.links.end(),
                           [&](const LinkPlan& link) { return !link.up && link.end == end; });
    };
    for (const LinkPlan& link : before.links) {
        const auto node = numbers.find(link.end.node);
        if (!link.up && !is_cut(*plan_, link.end) && node != numbers.end() &&
            interface_index(plan_->nodes[node->second], link.end.interface) >= 2) {
            set(link.end, true);
        }
    }
    for (const LinkPlan& link : plan_->links) {
        if (!link.up && !is_cut(before, link.end)) {
            set(link.end, false);
        }
    }
}

} // namespace fulcrum::netns
