// What LabNetwork does to one node.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netns/control_socket.h"
#include "netns/kernel/address.h"
#include "netns/kernel/lab_mounts.h"
#include "netns/kernel/link.h"
#include "netns/kernel/route.h"
#include "netns/supervisor/lab_network.h"

namespace fulcrum::netns {

Result<int> LabNetwork::mount_fd(std::size_t node, std::vector<std::string>& notes) {
    Node& own = nodes_.at(node);
    if (!own.mounts) {
        auto made = make_node_mounts(own.space.net.get(), notes);
        if (!made) {
            return tl::unexpected(made.error());
        }
        own.mounts = std::move(*made);
    }
    return own.mounts.get();
}

Result<> LabNetwork::switch_on(std::size_t node) {
    Node& own = nodes_.at(node);
    own.down_by_hand.assign(plan_->nodes.at(node).interfaces.size(), false);
    own.off = false;
    return settle(node);
}

Result<> LabNetwork::settle(std::size_t node) {
    const NodePlan& plan = plan_->nodes.at(node);
    Node& own = nodes_.at(node);
    NetlinkBatch batch;
    batch.add(set_link_state(1, true), "interface lo");
    for (const IpPrefix& address : plan.loopback) {
        batch.add(add_address(1, address), fmt::format("address {} on lo", address.text()));
    }
    for (std::size_t i = 0; i < plan.interfaces.size(); ++i) {
        const InterfacePlan& interface = plan.interfaces[i];
        const int index = interface_index(plan, interface.name);
        batch.add(set_link_state(index, !own.down_by_hand[i], interface.arp),
                  fmt::format("interface {}", interface.name));
        for (const IpPrefix& address : interface.addresses) {
            batch.add(add_address(index, address),
                      fmt::format("address {} on {}", address.text(), interface.name));
        }
    }
    add_routes(batch, plan, any_down(node));
    return own.space.netlink.execute(batch);
}

void LabNetwork::add_routes(NetlinkBatch& batch, const NodePlan& plan, bool lenient) const {
    const auto index_of = [&](const std::string& interface) { return interface_index(plan, interface); };
    const auto add = [&](const RoutePlan& route, std::uint32_t table, const std::string& what) {
        if (lenient) {
            batch.add(add_route(route, table, index_of), what, {ENETUNREACH, ENETDOWN, EHOSTUNREACH, EINVAL});
        } else {
            batch.add(add_route(route, table, index_of), what);
        }
    };
    for (const RoutePlan& route : plan.routes) {
        add(route, main_table, fmt::format("route {}", route.destination.text()));
    }
    for (const RulePlan& rule : plan.rules) {
        for (const RoutePlan& route : rule.routes) {
            add(route, rule.table, fmt::format("route {} in table {}", route.destination.text(), rule.table));
        }
        batch.add(add_rule(rule), fmt::format("rule from {}", rule.from.text()), {EEXIST});
    }
}

Result<> LabNetwork::switch_off(std::size_t node) {
    const NodePlan& plan = plan_->nodes.at(node);
    NetlinkBatch batch;
    for (const InterfacePlan& interface : plan.interfaces) {
        batch.add(set_link_state(interface_index(plan, interface.name), false, interface.arp),
                  fmt::format("interface {}", interface.name));
    }
    nodes_.at(node).off = true;
    return batch.empty() ? Result<>() : nodes_.at(node).space.netlink.execute(batch);
}

bool LabNetwork::any_down(std::size_t node) const {
    const auto& down = nodes_.at(node).down_by_hand;
    return std::find(down.begin(), down.end(), true) != down.end();
}

Result<> LabNetwork::set_link(std::size_t node, const std::string& interface, bool up) {
    const NodePlan& plan = plan_->nodes.at(node);
    const int index = interface_index(plan, interface);
    if (index < 2) {
        return bad_input(fmt::format("node {} has no interface {}", plan.name, interface));
    }
    const auto position = static_cast<std::size_t>(index - 2);
    const InterfacePlan& wanted = plan.interfaces[position];
    NetlinkBatch batch;
    batch.add(set_link_state(index, up, wanted.arp), fmt::format("interface {}", interface));
    if (up) {
        for (const IpPrefix& address : wanted.addresses) { // the kernel drops IPv6 ones with the link
            batch.add(add_address(index, address),
                      fmt::format("address {} on {}", address.text(), interface));
        }
    }
    nodes_.at(node).down_by_hand[position] = !up;
    if (up) {
        add_routes(batch, plan, any_down(node));
    }
    if (auto done = nodes_.at(node).space.netlink.execute(batch); !done) {
        return fail(done.error(), fmt::format("node {}", plan.name));
    }
    if (!up) {
        return {};
    }
    const auto far = far_end(plan.name, interface);
    return far && nodes_.at(far->node).down_by_hand[far->interface]
               ? set_link(far->node, plan_->nodes[far->node].interfaces[far->interface].name, true)
               : Result<>();
}

std::optional<LabNetwork::FarEnd> LabNetwork::far_end(const std::string& node,
                                                      const std::string& interface) const {
    for (const WirePlan& wire : plan_->wires) {
        const bool at_a = wire.a.node == node && wire.a.interface == interface;
        if (!at_a && (wire.b.node != node || wire.b.interface != interface)) {
            continue;
        }
        const EndPlan& other = at_a ? wire.b : wire.a;
        for (std::size_t i = 0; i < plan_->nodes.size(); ++i) {
            if (plan_->nodes[i].name == other.node) {
                return FarEnd{
                    i, static_cast<std::size_t>(interface_index(plan_->nodes[i], other.interface) - 2)};
            }
        }
    }
    return std::nullopt;
}

Result<std::vector<InterfaceStatus>> LabNetwork::interfaces() {
    std::vector<InterfaceStatus> all;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const NodePlan& plan = plan_->nodes[i];
        auto dumped = dump_links(nodes_[i].space.netlink, [&](const LinkState& link) {
            if (link.index >= 2 && interface_index(plan, link.name) == link.index) {
                all.push_back({plan.name, link.name, link.up && link.operational, link.rx_bytes,
                               link.rx_packets, link.tx_bytes, link.tx_packets, link.drops});
            }
        });
        if (!dumped) {
            return fail(dumped.error(), fmt::format("node {}", plan.name));
        }
    }
    return all;
}

Result<UniqueFd> LabNetwork::dial(std::size_t node, const std::string& abstract_name) const {
    const auto inside = InNetNamespace::enter(net_fd(node), fabric_.net.get());
    if (!inside) {
        return tl::unexpected(inside.error());
    }
    auto socket = connect_to_socket(abstract_name, false); // a full queue must not stop the supervisor
    if (!socket) {
        return tl::unexpected(socket.error());
    }
    const int flags = ::fcntl(socket->get(), F_GETFL);
    (void)::fcntl(socket->get(), F_SETFL, flags & ~O_NONBLOCK);
    return socket;
}

Result<UniqueFd> LabNetwork::open_socket(std::size_t node) const {
    const auto inside = InNetNamespace::enter(net_fd(node), fabric_.net.get());
    if (!inside) {
        return tl::unexpected(inside.error());
    }
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        return fail_errno("open a TCP socket");
    }
    return socket;
}

Result<LabNetwork::Tap> LabNetwork::open_tap(std::size_t node, const std::string& interface) const {
    const auto inside = InNetNamespace::enter(net_fd(node), fabric_.net.get());
    if (!inside) {
        return tl::unexpected(inside.error());
    }
    Tap tap;
    tap.fd = UniqueFd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!tap.fd) {
        return fail_errno("open a packet socket");
    }
    ifreq request{};
    std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    if (interface.size() >= IFNAMSIZ || ::ioctl(tap.fd.get(), SIOCGIFINDEX, &request) != 0) {
        return bad_input(fmt::format("node {} has no interface {}", plan_->nodes.at(node).name, interface));
    }
    tap.interface_index = request.ifr_ifindex;
    return tap;
}

} // namespace fulcrum::netns
