// What LabNetwork does to a running link so that a process can stand in its middle.
//
//     a port:   server1:eth0 ═══ server1.eth0 ─ bridge
//     becomes   server1:eth0 ═══ server1.eth0 │ process │ link20 ═══ link21 ─ bridge
//
//     a wire:   se1:eth1 ═══ server2:eth0
//     becomes   se1:eth1 ═══ link20 (the old eth0) │ process │ link21 ═══ server2:eth0 (made anew)
#include <algorithm>
#include <fmt/format.h>

#include "netns/kernel/link.h"
#include "netns/supervisor/carrier.h"
#include "netns/supervisor/lab_network.h"

namespace fulcrum::netns {

namespace {

// The kernel of this machine has nothing to wait for as a rule; see carrier.h.
constexpr std::chrono::milliseconds longest_wait{500};

const InterfacePlan& interface_of(const LabPlan& plan, const PairEnd& end) {
    return plan.nodes.at(*end.node).interfaces.at(static_cast<std::size_t>(end.index - 2));
}

} // namespace

Result<RelayPlan> LabNetwork::open_up(std::size_t node, const std::string& interface) {
    const int index = interface_index(plan_->nodes.at(node), interface);
    if (index < 2) {
        return bad_input(fmt::format("node {} has no interface {}", plan_->nodes[node].name, interface));
    }
    const auto is_it = [&](const PairEnd& end) { return end.node == node && end.index == index; };
    const auto pair = std::find_if(wiring_.pairs.begin(), wiring_.pairs.end(), [&](const PairPlan& each) {
        return is_it(each.first) || is_it(each.second);
    });
    if (pair == wiring_.pairs.end()) {
        return fail(fmt::format("{}:{}: no link ends there", plan_->nodes[node].name, interface));
    }
    auto opened = pair->first.node ? open_up_wire(*pair) : open_up_port(*pair);
    if (!opened) {
        return fail(opened.error(), pair->what);
    }
    opened_.push_back(*opened);
    return opened;
}

Result<RelayPlan> LabNetwork::open_up_port(const PairPlan& pair) {
    const PairEnd& port = pair.first;
    RelayPlan relay;
    relay.a = {plan_->nodes[*pair.second.node].name, pair.second.name};
    relay.far = "segment " + pair.segment;
    relay.what = pair.what;
    relay.a_interface = port.name;
    relay.a_index = port.index;
    relay.b_index = wiring_.next_index++;
    relay.b_interface = relay_interface_name(relay.b_index);
    const int inner_index = wiring_.next_index++;

    VethEnd inner, outer;
    inner.index = inner_index;
    inner.name = relay_interface_name(inner_index);
    inner.mtu_bytes = port.mtu_bytes;
    inner.master = port.master;
    inner.up = true;
    outer.index = relay.b_index;
    outer.name = relay.b_interface;
    outer.mtu_bytes = port.mtu_bytes;
    NetlinkBatch batch;
    batch.add(make_veth_pair(inner, outer), "its second half");
    batch.add(leave_bridge(port.index), "off the bridge");
    batch.add(set_link_state(port.index, true, false), port.name);
    batch.add(set_link_state(outer.index, true, false), outer.name);
    if (auto done = fabric_.netlink.execute(batch); !done) {
        (void)close_again(relay);
        return tl::unexpected(done.error());
    }
    if (!plan_->offload) {
        const PairEnd first{{}, inner.index, inner.name, {}, inner.mtu_bytes, 0};
        const PairEnd second{{}, outer.index, outer.name, {}, outer.mtu_bytes, 0};
        if (auto plain = make_plain_wire({first, second, pair.what, {}}); !plain) {
            (void)close_again(relay);
            return tl::unexpected(plain.error());
        }
    }
    (void)wait_for_carrier(
        {{&fabric_.netlink, outer.index, pair.what}, {&fabric_.netlink, inner.index, pair.what}},
        {&fabric_.netlink, longest_wait, [] { return true; }});
    return relay;
}

Result<RelayPlan> LabNetwork::open_up_wire(const PairPlan& pair) {
    // An engine's interface has no kernel that asks for addresses, and a socket that would not survive.
    const bool second_moves = interface_of(*plan_, pair.second).arp;
    if (!second_moves && !interface_of(*plan_, pair.first).arp) {
        return fail(
            "both of its ends belong to engines, which hold on to them: draw the impairment and launch "
            "with it");
    }
    const PairEnd& moved = second_moves ? pair.second : pair.first;
    const PairEnd& kept = second_moves ? pair.first : pair.second;
    Node& node = nodes_[*moved.node];
    const auto before = look_at_link(node.space.netlink, moved.index);
    if (!before) {
        return tl::unexpected(before.error());
    }
    RelayPlan relay;
    relay.a = {plan_->nodes[*kept.node].name, kept.name};
    relay.b = EndPlan{plan_->nodes[*moved.node].name, moved.name};
    relay.far = fmt::format("{}:{}", relay.b->node, relay.b->interface);
    relay.what = pair.what;
    relay.a_index = wiring_.next_index++;
    relay.a_interface = relay_interface_name(relay.a_index);
    relay.b_index = wiring_.next_index++;
    relay.b_interface = relay_interface_name(relay.b_index);

    NetlinkBatch away;
    away.add(move_link(moved.index, fabric_.net.get(), relay.a_index, relay.a_interface), "take it apart");
    if (auto done = node.space.netlink.execute(away); !done) {
        return tl::unexpected(done.error());
    }
    VethEnd half, end;
    half.namespace_fd = fabric_.net.get();
    half.index = relay.b_index;
    half.name = relay.b_interface;
    half.mtu_bytes = moved.mtu_bytes;
    half.up = true;
    end.namespace_fd = node.space.net.get();
    end.index = moved.index;
    end.name = moved.name;
    end.mac = before->mac;
    end.mtu_bytes = moved.mtu_bytes;
    NetlinkBatch batch;
    batch.add(make_veth_pair(half, end), "its second half");
    batch.add(set_link_state(relay.a_index, true, false), relay.a_interface);
    batch.add(set_link_state(relay.b_index, true, false), relay.b_interface);
    if (auto done = fabric_.netlink.execute(batch); !done) {
        (void)close_again(relay);
        return tl::unexpected(done.error());
    }
    if (!plan_->offload) {
        const PairEnd first{{}, half.index, half.name, {}, half.mtu_bytes, 0};
        if (auto plain = make_plain_wire({first, moved, pair.what, {}}); !plain) {
            (void)close_again(relay);
            return tl::unexpected(plain.error());
        }
    }
    if (auto restored = restore_interface(*moved.node, moved.name, before->up); !restored) {
        (void)close_again(relay);
        return tl::unexpected(restored.error());
    }
    if (before->operational) {
        (void)wait_for_carrier({{&fabric_.netlink, relay.a_index, pair.what},
                                {&fabric_.netlink, relay.b_index, pair.what},
                                {&node.space.netlink, moved.index, pair.what},
                                {&nodes_[*kept.node].space.netlink, kept.index, pair.what}},
                               {&fabric_.netlink, longest_wait, [] { return true; }});
    }
    return relay;
}

Result<> LabNetwork::restore_interface(std::size_t node, const std::string& interface, bool was_up) {
    if (auto written = write_interface_sysctls(node); !written) {
        return written;
    }
    return was_up ? set_link(node, interface, true) : Result<>();
}

Result<> LabNetwork::close_again(const RelayPlan& relay) {
    std::erase_if(opened_, [&](const RelayPlan& each) { return each.b_index == relay.b_index; });
    NetlinkBatch halves;
    halves.add(remove_link(relay.b_index), relay.what, {ENODEV}); // with it what was made anew
    if (auto done = fabric_.netlink.execute(halves); !done) {
        return done;
    }
    NetlinkBatch batch;
    if (!relay.b) {
        const auto pair = std::find_if(wiring_.pairs.begin(), wiring_.pairs.end(), [&](const PairPlan& each) {
            return !each.first.node && each.first.index == relay.a_index;
        });
        if (pair != wiring_.pairs.end() && pair->first.master != 0) {
            batch.add(join_bridge(relay.a_index, pair->first.master), relay.what);
        }
        return batch.empty() ? Result<>() : fabric_.netlink.execute(batch);
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (plan_->nodes[i].name == relay.b->node) {
            const int index = interface_index(plan_->nodes[i], relay.b->interface);
            batch.add(move_link(relay.a_index, nodes_[i].space.net.get(), index, relay.b->interface),
                      relay.what);
            if (auto done = fabric_.netlink.execute(batch); !done) {
                return done;
            }
            return restore_interface(i, relay.b->interface, true);
        }
    }
    return {};
}

Result<bool> LabNetwork::carries(std::size_t node, const std::string& interface) {
    const int index = interface_index(plan_->nodes.at(node), interface);
    if (index < 2) {
        return bad_input(fmt::format("node {} has no interface {}", plan_->nodes[node].name, interface));
    }
    const auto link = look_at_link(nodes_.at(node).space.netlink, index);
    if (!link) {
        return tl::unexpected(link.error());
    }
    return link->up && link->operational;
}

} // namespace fulcrum::netns
