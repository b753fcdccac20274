#include "netns/supervisor/lab_network.h"

#include <algorithm>
#include <fmt/format.h>
#include <thread>
#include <unordered_set>

#include "engine/base/clock.h"
#include "netns/kernel/link.h"
#include "netns/kernel/offload.h"
#include "netns/kernel/sysctl.h"

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t pairs_per_batch = 64; // between two looks at whether the launch still wants to go on
constexpr milliseconds longest_carrier_wait{5000};

const std::vector<SysctlPlan> no_ipv6 = {
    {"net/ipv6/conf/all/disable_ipv6", "1"},
    {"net/ipv6/conf/default/disable_ipv6", "1"},
};

// Bridged frames stay out of the fabric's packet filter, which would reassemble and count them for nothing.
const std::vector<SysctlPlan> no_bridge_filter = {
    {"net/bridge/bridge-nf-call-iptables", "0"},
    {"net/bridge/bridge-nf-call-ip6tables", "0"},
    {"net/bridge/bridge-nf-call-arptables", "0"},
};

bool names_interface(const NodePlan& node, const std::string& key) {
    return std::any_of(node.interfaces.begin(), node.interfaces.end(), [&](const InterfacePlan& interface) {
        return key.find("/" + interface.name + "/") != std::string::npos;
    });
}

bool is_v6(const IpPrefix& prefix) {
    return !prefix.address.is_v4();
}

// IPv6 stays off unless the plan gives it something to do, so that captures hold no router solicitations.
bool wants_ipv6(const NodePlan& node) {
    return std::any_of(node.loopback.begin(), node.loopback.end(), is_v6) ||
           std::any_of(node.interfaces.begin(), node.interfaces.end(), [](const InterfacePlan& interface) {
               return std::any_of(interface.addresses.begin(), interface.addresses.end(), is_v6);
           });
}

VethEnd kernel_end(const PairEnd& end, int namespace_fd, bool up) {
    return {namespace_fd, end.index, end.name, end.mac, end.mtu_bytes, end.master, up};
}

} // namespace

std::size_t LabNetwork::steps_of(const LabPlan& plan) {
    std::size_t links = plan.wires.size();
    for (const SegmentPlan& segment : plan.segments) {
        links += 1 + segment.ports.size() + segment.trunks.size();
    }
    return 2 * plan.nodes.size() + links;
}

Result<LabNetwork> LabNetwork::build(const LabPlan& plan, const Progress& progress) {
    for (const SysctlPlan& sysctl : no_ipv6) {
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
    if (auto made = network.make_namespaces_of_nodes(progress); !made) {
        return tl::unexpected(made.error());
    }
    if (auto made = network.make_links(progress); !made) {
        return tl::unexpected(made.error());
    }
    const std::size_t before = steps_of(plan) - plan.nodes.size();
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
        if (i % pairs_per_batch == 0 && !progress(before + i, "configuring " + plan.nodes[i].name)) {
            return fail("cancelled");
        }
        if (auto configured = network.configure(i); !configured) {
            return fail(configured.error(), fmt::format("node {}", plan.nodes[i].name));
        }
    }
    if (auto carried = network.wait_for_carrier(); !carried) {
        return tl::unexpected(carried.error());
    }
    return network;
}

Result<> LabNetwork::make_namespaces_of_nodes(const Progress& progress) {
    std::vector<NamespaceRequest> requests;
    for (const NodePlan& node : plan_->nodes) {
        NamespaceRequest request;
        request.hostname = node.name;
        if (!wants_ipv6(node)) {
            request.if_present = no_ipv6;
        }
        // Those of an interface have to wait until it exists.
        for (const SysctlPlan& sysctl : node.sysctls) {
            if (!names_interface(node, sysctl.key)) {
                request.sysctls.push_back(sysctl);
            }
        }
        requests.push_back(std::move(request));
    }
    auto spaces = make_namespaces(requests, [&](std::size_t made) { return progress(made, "making nodes"); });
    if (!spaces) {
        return tl::unexpected(spaces.error());
    }
    for (std::size_t i = 0; i < spaces->size(); ++i) {
        nodes_.push_back({std::move((*spaces)[i]), UniqueFd(),
                          std::vector<bool>(plan_->nodes[i].interfaces.size(), false)});
    }
    return {};
}

Result<> LabNetwork::make_links(const Progress& progress) {
    NetlinkBatch bridges;
    for (const BridgePlan& bridge : wiring_.bridges) {
        bridges.add(make_bridge(bridge.index, bridge.name), fmt::format("bridge {}", bridge.name));
    }
    if (auto made = fabric_.netlink.execute(bridges); !made) {
        if (made.error().message.find("Operation not supported") != std::string::npos) {
            return fail(made.error(),
                        "this kernel has no bridges (CONFIG_BRIDGE, module bridge), which segments need");
        }
        return made;
    }
    std::size_t done = plan_->nodes.size() + wiring_.bridges.size();
    for (std::size_t first = 0; first < wiring_.pairs.size(); first += pairs_per_batch) {
        const std::size_t last = std::min(first + pairs_per_batch, wiring_.pairs.size());
        if (!progress(done, wiring_.pairs[first].what)) {
            return fail("cancelled");
        }
        NetlinkBatch batch;
        for (std::size_t i = first; i < last; ++i) {
            const PairPlan& pair = wiring_.pairs[i];
            const auto space = [&](const PairEnd& end) {
                return end.node ? net_fd(*end.node) : fabric_.net.get();
            };
            // Ports wait, up, for the machines at the other end to be switched on.
            batch.add(make_veth_pair(kernel_end(pair.first, space(pair.first), !pair.first.node),
                                     kernel_end(pair.second, space(pair.second), false)),
                      pair.what);
            if (!pair.second.node) {
                batch.add(join_bridge(pair.second.index, pair.second.master), pair.what);
            }
        }
        if (auto made = fabric_.netlink.execute(batch); !made) {
            return made;
        }
        done += last - first;
    }
    return plan_->offload ? Result<>() : make_plain_wire();
}

Result<> LabNetwork::make_plain_wire() {
    for (const PairPlan& pair : wiring_.pairs) {
        for (const PairEnd* end : {&pair.first, &pair.second}) {
            const int space = end->node ? net_fd(*end->node) : fabric_.net.get();
            const auto inside = InNetNamespace::enter(space, fabric_.net.get());
            if (!inside) {
                return fail(inside.error(), pair.what);
            }
            if (auto disabled = disable_offload(end->name); !disabled) {
                return fail(disabled.error(), pair.what);
            }
        }
    }
    return {};
}

Result<> LabNetwork::configure(std::size_t node) {
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
    return switch_on(node);
}

// The end that came up last has its queues at once; the kernel tells the other one, and the bridge, a moment
// later, from its own thread ("linkwatch"). Before that the first frame would be lost.
Result<> LabNetwork::wait_for_carrier() {
    std::vector<std::pair<NetlinkConnection*, std::unordered_set<int>>>
        waiting; // by namespace: interface indexes
    const auto wait_for = [&](NetlinkConnection& connection, int index) {
        if (waiting.empty() || waiting.back().first != &connection) {
            waiting.push_back({&connection, {}});
        }
        waiting.back().second.insert(index);
    };
    for (const PairPlan& pair : wiring_.pairs) {
        if (!pair.first.node) {
            wait_for(fabric_.netlink, pair.first.index);
        }
    }
    for (const PairPlan& pair : wiring_.pairs) {
        if (pair.first.node) {
            wait_for(nodes_[*pair.first.node].space.netlink, pair.first.index);
            wait_for(nodes_[*pair.second.node].space.netlink, pair.second.index);
        }
    }
    const Instant deadline = monotonic_now() + longest_carrier_wait;
    std::string missing;
    for (auto& [connection, indexes] : waiting) {
        while (!indexes.empty()) {
            auto dumped = dump_links(*connection, [&indexes = indexes, &missing](const LinkState& link) {
                if (link.operational && (!link.is_bridge_port || link.forwarding)) {
                    indexes.erase(link.index);
                } else if (indexes.contains(link.index)) {
                    missing = link.name;
                }
            });
            if (!dumped) {
                return dumped;
            }
            if (indexes.empty()) {
                break;
            }
            if (monotonic_now() > deadline) {
                return fail(fmt::format("link {}: no carrier after {} s", missing,
                                        longest_carrier_wait.count() / 1000));
            }
            std::this_thread::sleep_for(milliseconds(1));
        }
    }
    return {};
}

} // namespace fulcrum::netns
