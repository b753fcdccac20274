#include "netns/supervisor/lab_network.h"

#include <algorithm>
#include <fmt/format.h>

#include "netns/kernel/link.h"
#include "netns/kernel/namespace_maker.h"
#include "netns/kernel/offload.h"
#include "netns/kernel/sysctl.h"
#include "netns/supervisor/carrier.h"
#include "netns/supervisor/namespace_request.h"

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t pairs_per_batch = 16; // small, so that links need not wait for many namespaces
constexpr milliseconds patience{20};        // between two looks at whether the launch still wants to go on
constexpr milliseconds longest_standstill{30'000}; // while waiting for carrier

// Bridged frames stay out of the fabric's packet filter, which would reassemble and count them for nothing.
const std::vector<SysctlPlan> no_bridge_filter = {
    {"net/bridge/bridge-nf-call-iptables", "0"},
    {"net/bridge/bridge-nf-call-ip6tables", "0"},
    {"net/bridge/bridge-nf-call-arptables", "0"},
};

VethEnd kernel_end(const PairEnd& end, int namespace_fd, bool up) {
    return {namespace_fd, end.index, end.name, end.mac, end.mtu_bytes, end.master, up};
}

} // namespace

std::size_t LabNetwork::steps_of(const LabPlan& plan) {
    std::size_t links = plan.wires.size();
    for (const SegmentPlan& segment : plan.segments) {
        links += 1 + segment.ports.size() + segment.trunks.size();
    }
    for (const LinkPlan& link : plan.links) {
        links += link.out.perfect() && link.in.perfect() ? 0 : 1; // its second half
    }
    return 2 * plan.nodes.size() + links;
}

Result<LabNetwork> LabNetwork::build(const LabPlan& plan, const Progress& progress) {
    for (const SysctlPlan& sysctl : no_ipv6()) {
        if (auto written = write_sysctl_if_present(sysctl); !written) {
            return tl::unexpected(written.error());
        }
    }
    for (const SysctlPlan& sysctl : no_bridge_filter) {
        if (auto written = write_sysctl_if_present(sysctl); !written) {
            return tl::unexpected(written.error());
        }
    }
    auto fabric = current_namespace();
    if (!fabric) {
        return tl::unexpected(fabric.error());
    }
    LabNetwork network(plan, std::move(*fabric));
    network.wiring_ = make_wiring(plan);
    if (auto made = network.make_bridges(); !made) {
        return tl::unexpected(made.error());
    }
    if (auto made = network.make_nodes_and_links(progress); !made) {
        return tl::unexpected(made.error());
    }
    if (auto carried = network.wait_until_all_carry(progress); !carried) {
        return tl::unexpected(carried.error());
    }
    if (auto cut = network.cut_planned_links(); !cut) {
        return tl::unexpected(cut.error());
    }
    return network;
}

Result<> LabNetwork::make_bridges() {
    NetlinkBatch bridges;
    for (const BridgePlan& bridge : wiring_.bridges) {
        bridges.add(make_bridge(bridge.index, bridge.name), fmt::format("bridge {}", bridge.name));
    }
    auto made = fabric_.netlink.execute(bridges);
    if (!made && made.error().message.find("Operation not supported") != std::string::npos) {
        return fail(made.error(),
                    "this kernel has no bridges (CONFIG_BRIDGE, module bridge), which segments need");
    }
    return made;
}

// Namespaces come from threads; this one puts links into those that are there, and configures each node as
// soon as its last link is in.
Result<> LabNetwork::make_nodes_and_links(const Progress& progress) {
    std::vector<NamespaceRequest> requests;
    for (const NodePlan& node : plan_->nodes) {
        requests.push_back(request_for(node));
    }
    NamespaceMaker maker(std::move(requests), descriptors_per_node);
    std::size_t done = wiring_.bridges.size();
    const auto take_nodes_up_to = [&](std::size_t last) -> Result<> {
        while (nodes_.size() <= last) {
            const NodePlan& next = plan_->nodes[nodes_.size()];
            if (!progress(done, "making " + next.name)) {
                return fail("cancelled");
            }
            auto space = maker.take(nodes_.size(), patience);
            if (!space) {
                continue;
            }
            if (!*space) {
                return tl::unexpected(space->error());
            }
            nodes_.push_back(
                {std::move(**space), UniqueFd(), std::vector<bool>(next.interfaces.size(), false)});
            ++done;
        }
        return {};
    };
    std::vector<std::size_t> missing_links; // by node
    for (const NodePlan& node : plan_->nodes) {
        missing_links.push_back(node.interfaces.size());
    }
    const auto configure_next = [&](std::size_t node) -> Result<> {
        if (auto configured = configure(node); !configured) {
            return fail(configured.error(), fmt::format("node {}", plan_->nodes[node].name));
        }
        ++done;
        return {};
    };

    for (std::size_t first = 0; first < wiring_.pairs.size(); first += pairs_per_batch) {
        const std::size_t last = std::min(first + pairs_per_batch, wiring_.pairs.size());
        const std::span<const PairPlan> pairs(&wiring_.pairs[first], last - first);
        for (const PairPlan& pair : pairs) {
            for (const PairEnd* end : {&pair.first, &pair.second}) {
                if (auto taken = end->node ? take_nodes_up_to(*end->node) : Result<>(); !taken) {
                    return taken;
                }
            }
        }
        if (!progress(done, pairs.front().what)) {
            return fail("cancelled");
        }
        if (auto made = make_pairs(pairs); !made) {
            return made;
        }
        done += pairs.size();
        for (const PairPlan& pair : pairs) {
            for (const PairEnd* end : {&pair.first, &pair.second}) {
                if (end->node && --missing_links[*end->node] == 0) {
                    if (auto configured = configure_next(*end->node); !configured) {
                        return configured;
                    }
                }
            }
        }
    }
    for (std::size_t node = 0; node < plan_->nodes.size(); ++node) {
        if (plan_->nodes[node].interfaces.empty()) {
            if (auto taken = take_nodes_up_to(node); !taken) {
                return taken;
            }
            if (auto configured = configure_next(node); !configured) {
                return configured;
            }
        }
    }
    return {};
}

Result<> LabNetwork::make_pairs(std::span<const PairPlan> pairs) {
    NetlinkBatch batch;
    for (const PairPlan& pair : pairs) {
        const auto space = [&](const PairEnd& end) {
            return end.node ? net_fd(*end.node) : fabric_.net.get();
        };
        // Ports wait, up, for the machines at the other end to be switched on.
        batch.add(make_veth_pair(kernel_end(pair.first, space(pair.first), !pair.first.node),
                                 kernel_end(pair.second, space(pair.second), false)),
                  pair.what);
        if (!pair.second.node && pair.second.master != 0) {
            batch.add(join_bridge(pair.second.index, pair.second.master), pair.what);
        } else if (!pair.second.node) {
            batch.add(set_link_state(pair.second.index, true, false), pair.what);
        }
    }
    if (auto made = fabric_.netlink.execute(batch); !made) {
        return made;
    }
    if (!plan_->offload) {
        for (const PairPlan& pair : pairs) {
            if (auto made = make_plain_wire(pair); !made) {
                return fail(made.error(), pair.what);
            }
        }
    }
    return {};
}

Result<> LabNetwork::make_plain_wire(const PairPlan& pair) {
    for (const PairEnd* end : {&pair.first, &pair.second}) {
        const int space = end->node ? net_fd(*end->node) : fabric_.net.get();
        const auto inside = InNetNamespace::enter(space, fabric_.net.get());
        if (!inside) {
            return tl::unexpected(inside.error());
        }
        if (auto disabled = disable_offload(end->name); !disabled) {
            return disabled;
        }
    }
    return {};
}

Result<> LabNetwork::write_interface_sysctls(std::size_t node) {
    const NodePlan& plan = plan_->nodes[node];
    const bool for_interfaces =
        std::any_of(plan.sysctls.begin(), plan.sysctls.end(),
                    [&](const SysctlPlan& sysctl) { return names_interface(plan, sysctl.key); });
    if (for_interfaces) {
        const auto inside = InNetNamespace::enter(net_fd(node), fabric_.net.get());
        if (!inside) {
            return tl::unexpected(inside.error());
        }
        for (const SysctlPlan& sysctl : plan.sysctls) {
            if (names_interface(plan, sysctl.key)) {
                if (auto written = write_sysctl(sysctl); !written) {
                    return written;
                }
            }
        }
    }
    return {};
}

Result<> LabNetwork::configure(std::size_t node) {
    if (auto written = write_interface_sysctls(node); !written) {
        return written;
    }
    return switch_on(node);
}

// A node's end of a segment came up last and has its queues at once; not so the port, and either end of a
// wire.
Result<> LabNetwork::wait_until_all_carry(const Progress& progress) {
    std::vector<LinkEnd> ends;
    for (const PairPlan& pair : wiring_.pairs) {
        if (pair.first.node) {
            ends.push_back({&nodes_[*pair.first.node].space.netlink, pair.first.index, pair.what});
        } else {
            ends.push_back({&fabric_.netlink, pair.first.index, pair.what});
        }
        if (!pair.second.node) {
            ends.push_back({&fabric_.netlink, pair.second.index, pair.what});
        } else if (pair.first.node) {
            ends.push_back({&nodes_[*pair.second.node].space.netlink, pair.second.index, pair.what});
        }
    }
    const auto go_on = [&] { return progress(steps_of(*plan_), "waiting for links"); };
    return wait_for_carrier(std::move(ends), {&fabric_.netlink, longest_standstill, go_on});
}

Result<> LabNetwork::cut_planned_links() {
    for (const LinkPlan& link : plan_->links) {
        if (link.up) {
            continue;
        }
        const auto node = std::find_if(plan_->nodes.begin(), plan_->nodes.end(),
                                       [&](const NodePlan& each) { return each.name == link.end.node; });
        if (auto cut =
                set_link(static_cast<std::size_t>(node - plan_->nodes.begin()), link.end.interface, false);
            !cut) {
            return cut;
        }
    }
    return {};
}

} // namespace fulcrum::netns
