// A plan as a POSIX shell script of `ip` and `sysctl` commands, which builds the same network in named
// namespaces of its own: for reading, and for running where there is no Fulcrum. Programs of the nodes are
// named in comments.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "designer/plan/plan.h"

namespace fulcrum::designer {

namespace {

// One word for the shell, whatever is in it.
std::string quoted(const std::string& text) {
    const bool plain =
        !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "0123456789-_./:@%+=,") == std::string::npos;
    if (plain) {
        return text;
    }
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

// A comment must stay one line.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20) {
            c = ' ';
        }
    }
    return text;
}

class Script {
public:
    explicit Script(const netns::LabPlan& lab) : lab_(lab), prefix_("fulcrum-" + lab.name + ":") {}

    std::string run() {
        head();
        line("up() {{");
        indent_ = "    ";
        // As an ordinary user inside `unshare -rmn` the place where ip keeps names is not writable; a private
        // one is.
        line("mkdir -p /run/netns 2>/dev/null && [ -w /run/netns ] || mount -t tmpfs tmpfs /run");
        line("trap 'down 2>/dev/null' EXIT");
        for (const netns::NodePlan& node : lab_.nodes) {
            make_node(node);
        }
        make_segments();
        for (const netns::WirePlan& wire : lab_.wires) {
            line("ip -n {} link add {} type veth peer name {} netns {}", space(wire.a.node), wire.a.interface,
                 wire.b.interface, space(wire.b.node));
        }
        for (const netns::NodePlan& node : lab_.nodes) {
            address_node(node);
        }
        text_ += "\n";
        for (const netns::NodePlan& node : lab_.nodes) {
            route_node(node);
        }
        line("trap - EXIT");
        indent_.clear();
        line("}}\n");
        tail();
        return std::move(text_);
    }

private:
    template <class... Args>
    void line(fmt::format_string<Args...> format, Args&&... args) {
        text_ += indent_ + fmt::format(format, std::forward<Args>(args)...) + "\n";
    }

    std::string space(const std::string& node) const { return quoted(prefix_ + node); }
    // Bridges stand in a namespace of their own, so that the host's network sees nothing. No node name has a
    // ':'.
    std::string segments_space() const { return quoted(prefix_ + ":segments"); }

    void head() {
        line("#!/bin/sh");
        line("# The network of {} as ip and sysctl commands, in named network namespaces.",
             one_line(lab_.name));
        line("# Usage, as root or inside `unshare -rmn`:");
        line("#   sh FILE up                build it");
        line("#   sh FILE in NODE CMD...    run a command in a node");
        line("#   sh FILE down              take it all away");
        line("set -eu\n");
    }

    void tail() {
        line("down() {{");
        for (const netns::NodePlan& node : lab_.nodes) {
            line("    ip netns del {} || :", space(node.name));
        }
        if (!lab_.segments.empty()) {
            line("    ip netns del {} || :", segments_space());
        }
        line("}}\n");
        line("case ${{1:-up}} in");
        line("up) up ;;");
        line("in) node=$2; shift 2; exec ip netns exec {}\"$node\" \"$@\" ;;", quoted(prefix_));
        line("down) down ;;");
        line("*) echo \"usage: $0 up | in NODE CMD... | down\" >&2; exit 2 ;;");
        line("esac");
    }

    void make_node(const netns::NodePlan& node) {
        text_ += "\n";
        line("# {} ({})", one_line(node.name), one_line(node.kind));
        for (const std::string& note : node.notes) {
            line("#   {}", one_line(note));
        }
        for (const netns::ProcessPlan& process : node.processes) {
            std::string command;
            for (const std::string& word : process.argv) {
                command += " " + quoted(one_line(word));
            }
            line("#   runs:{}{}", command, process.input.empty() ? "" : " < its configuration");
        }
        line("ip netns add {}", space(node.name));
        if (!has_ipv6(node)) {
            no_ipv6(space(node.name));
        }
        // Before any interface is there: an interface takes its settings from "default" when it arrives.
        for (const netns::SysctlPlan& sysctl : node.sysctls) {
            line("ip netns exec {} sysctl -qw {}", space(node.name), quoted(sysctl.key + "=" + sysctl.value));
        }
        line("ip -n {} link set lo up", space(node.name));
    }

    static bool has_ipv6(const netns::NodePlan& node) {
        const auto is_v6 = [](const IpPrefix& one) { return !one.address.is_v4(); };
        return std::ranges::any_of(node.loopback, is_v6) ||
               std::ranges::any_of(node.interfaces, [&](const netns::InterfacePlan& interface) {
                   return std::ranges::any_of(interface.addresses, is_v6);
               });
    }
    // Else interfaces would get addresses of their own accord, and send for them. A kernel may lack IPv6.
    void no_ipv6(const std::string& home) {
        line("[ ! -e /proc/sys/net/ipv6 ] || ip netns exec {} sysctl -qw net/ipv6/conf/all/disable_ipv6=1",
             home);
    }

    void make_segments() {
        if (lab_.segments.empty()) {
            return;
        }
        text_ += "\n";
        const std::string home = segments_space();
        line("ip netns add {}", home);
        no_ipv6(home);
        std::unordered_map<std::string, std::size_t> number;
        for (const netns::SegmentPlan& segment : lab_.segments) {
            const std::size_t n = number.size();
            number.emplace(segment.name, n);
            line("ip -n {} link add br{} type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment "
                 "{}",
                 home, n, one_line(segment.name));
            line("ip -n {} link set br{} up", home, n);
        }
        std::size_t port = 0;
        for (const netns::SegmentPlan& segment : lab_.segments) {
            const std::size_t bridge = number.at(segment.name);
            for (const netns::EndPlan& end : segment.ports) {
                line("ip -n {} link add port{} type veth peer name {} netns {}", home, port, end.interface,
                     space(end.node));
                line("ip -n {} link set port{} mtu {} master br{} up", home, port, mtu_of(end), bridge);
                ++port;
            }
            for (const std::string& trunk : segment.trunks) {
                line("ip -n {} link add port{} type veth peer name port{}", home, port, port + 1);
                line("ip -n {} link set port{} mtu 65535 master br{} up", home, port, bridge);
                line("ip -n {} link set port{} mtu 65535 master br{} up", home, port + 1, number.at(trunk));
                port += 2;
            }
        }
    }

    std::uint32_t mtu_of(const netns::EndPlan& end) {
        if (mtu_.empty()) {
            for (const netns::NodePlan& node : lab_.nodes) {
                for (const netns::InterfacePlan& interface : node.interfaces) {
                    mtu_.emplace(node.name + " " + interface.name, interface.mtu_bytes);
                }
            }
        }
        return mtu_.at(end.node + " " + end.interface);
    }

    void address_node(const netns::NodePlan& node) {
        text_ += "\n";
        const std::string home = space(node.name);
        for (const netns::InterfacePlan& interface : node.interfaces) {
            line("ip -n {} link set {} mtu {}{}{}", home, interface.name, interface.mtu_bytes,
                 interface.mac ? " address " + interface.mac->text() : std::string(),
                 interface.arp ? "" : " arp off");
            for (const IpPrefix& address : interface.addresses) {
                const bool has_broadcast = address.address.is_v4() && address.length < 31;
                line("ip -n {} address add {}{} dev {}", home, address.text(), has_broadcast ? " brd +" : "",
                     interface.name);
            }
            line("ip -n {} link set {} up", home, interface.name);
        }
        for (const IpPrefix& address : node.loopback) {
            line("ip -n {} address add {} dev lo", home, address.text());
        }
    }

    static std::string route_text(const netns::RoutePlan& route) {
        std::string text = route.destination.length == 0 ? "default" : route.destination.text();
        if (route.gateways.size() == 1) {
            text += " via " + route.gateways.front().text();
        }
        if (!route.interface.empty() && route.gateways.size() <= 1) {
            text += " dev " + route.interface;
        }
        text += " proto static";
        if (route.source) {
            text += " src " + route.source->text();
        }
        if (route.gateways.size() > 1) {
            for (const IpAddress& gateway : route.gateways) {
                text += " nexthop via " + gateway.text();
            }
        }
        return text;
    }

    void route_node(const netns::NodePlan& node) {
        const std::string home = space(node.name);
        for (const netns::RoutePlan& route : node.routes) {
            line("ip -n {} route add {}", home, route_text(route));
        }
        for (const netns::RulePlan& rule : node.rules) {
            for (const netns::RoutePlan& route : rule.routes) {
                line("ip -n {} route add {} table {}", home, route_text(route), rule.table);
            }
            line("ip -n {} rule add from {}{} lookup {}", home, rule.from.text(),
                 rule.interface.empty() ? std::string() : " iif " + rule.interface, rule.table);
        }
    }

    const netns::LabPlan& lab_;
    std::string prefix_;
    std::string indent_;
    std::string text_;
    std::unordered_map<std::string, std::uint32_t> mtu_; // by "node interface"
};

} // namespace

std::string plan_as_script(const Plan& plan) {
    return Script(plan.lab).run();
}

} // namespace fulcrum::designer
