#include "netns/supervisor/wiring.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <unordered_map>

namespace fulcrum::netns {

namespace {

constexpr std::size_t longest_interface_name = 15; // IFNAMSIZ - 1
constexpr std::uint32_t trunk_mtu_bytes = 65535;   // a trunk stops nothing that its ports let in

// dev_valid_name() in net/core/dev.c, and ASCII only so that every tool shows it.
bool is_interface_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_interface_name &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; });
}

class Wirer {
public:
    Wirer(const LabPlan& plan, const Wiring* before) : plan_(plan), before_(before) {
        if (before_ != nullptr) {
            next_index_ = before_->next_index;
            for (const auto& [purpose, place] : before_->places) {
                names_.insert(place.name);
            }
            for (const PairPlan& pair : before_->pairs) {
                stood_.insert(pair.what);
            }
            for (const RelayPlan& relay : before_->relays) {
                relayed_.insert(relay.what);
            }
        }
        for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
            nodes_.emplace(plan.nodes[i].name, i);
        }
        for (const LinkPlan& link : plan.links) {
            if (!link.out.perfect() || !link.in.perfect()) {
                impaired_.insert({link.end.node, link.end.interface});
            }
        }
    }

    Wiring run() {
        for (const SegmentPlan& segment : plan_.segments) {
            add_segment(segment);
        }
        for (const SegmentPlan& segment : plan_.segments) {
            for (const std::string& trunk : segment.trunks) {
                join(first_bridge_.at(segment.name), first_bridge_.at(trunk),
                     fmt::format("trunk {} – {}", segment.name, trunk));
            }
        }
        for (const WirePlan& wire : plan_.wires) {
            add_wire(wire);
        }
        wiring_.next_index = next_index_;
        return std::move(wiring_);
    }

private:
    // Whether a link gets a process in its middle.
    bool is_relayed(const std::string& what, std::initializer_list<const EndPlan*> ends) const {
        if (stood_.contains(what)) {
            return relayed_.contains(what);
        }
        return std::any_of(ends.begin(), ends.end(), [&](const EndPlan* end) {
            return impaired_.contains({end->node, end->interface});
        });
    }

    // The fabric's interface for a purpose: under the wanted name, or else under its index.
    FabricPlace place(const std::string& purpose, const std::string& wanted, const char* prefix) {
        FabricPlace place;
        const FabricPlace* known = nullptr;
        if (before_ != nullptr && before_->places.contains(purpose)) {
            known = &before_->places.at(purpose);
        }
        if (known != nullptr) {
            place = *known;
        } else {
            place.index = next_index_++;
            place.name = is_interface_name(wanted) && !names_.contains(wanted)
                             ? wanted
                             : fmt::format("{}{}", prefix, place.index);
        }
        names_.insert(place.name);
        wiring_.places.emplace(purpose, place);
        return place;
    }

    static PairEnd at(const FabricPlace& place, std::uint32_t mtu_bytes) {
        PairEnd end;
        end.index = place.index;
        end.name = place.name;
        end.mtu_bytes = mtu_bytes;
        return end;
    }

    // A fabric end of a half link. As large a frame as any end lets in passes.
    PairEnd half(const std::string& purpose, std::uint32_t mtu_bytes) {
        return at(place(purpose, "", "link"), mtu_bytes); // relay_interface_name()
    }

    void add_wire(const WirePlan& wire) {
        const std::string far = fmt::format("{}:{}", wire.b.node, wire.b.interface);
        const std::string what = fmt::format("link {}:{} – {}", wire.a.node, wire.a.interface, far);
        PairEnd a = node_end(wire.a), b = node_end(wire.b);
        if (!is_relayed(what, {&wire.a, &wire.b})) {
            wiring_.pairs.push_back({std::move(a), std::move(b), what, {}});
            return;
        }
        PairEnd half_a = half(what + ", first half", a.mtu_bytes);
        PairEnd half_b = half(what + ", second half", b.mtu_bytes);
        wiring_.relays.push_back(
            {wire.a, wire.b, half_a.name, half_b.name, half_a.index, half_b.index, far, what});
        wiring_.pairs.push_back({std::move(half_a), std::move(a), what, {}});
        wiring_.pairs.push_back({std::move(half_b), std::move(b), what, {}});
    }

    int add_bridge(const std::string& segment, std::size_t number) {
        const FabricPlace bridge =
            place(fmt::format("bridge {} of segment {}", number, segment), "br-" + segment, "seg");
        wiring_.bridges.push_back({bridge.index, bridge.name});
        return bridge.index;
    }

    PairEnd node_end(const EndPlan& end) const {
        const std::size_t number = nodes_.at(end.node);
        const NodePlan& node = plan_.nodes[number];
        const int index = interface_index(node, end.interface);
        const InterfacePlan& interface = node.interfaces.at(static_cast<std::size_t>(index - 2));
        return {number, index, interface.name, interface.mac, interface.mtu_bytes, 0};
    }

    void add_segment(const SegmentPlan& segment) {
        int bridge = add_bridge(segment.name, 1);
        std::size_t bridges = 1;
        first_bridge_.emplace(segment.name, bridge);
        std::size_t ports = 0;
        for (const EndPlan& port : segment.ports) {
            if (ports == most_ports_per_bridge) {
                const int next = add_bridge(segment.name, ++bridges);
                join(bridge, next, fmt::format("segment {}: its bridge {}", segment.name, bridges));
                bridge = next;
                ports = 0;
            }
            ++ports;
            PairEnd node = node_end(port);
            const std::string end = fmt::format("{}:{}", port.node, port.interface);
            PairEnd fabric =
                at(place("port " + end, port.node + "." + port.interface, "port"), node.mtu_bytes);
            const std::string far = fmt::format("segment {}", segment.name);
            const std::string what = fmt::format("link {} – {}", end, far);
            if (is_relayed(what, {&port})) {
                PairEnd outer = half(what + ", outer half", node.mtu_bytes);
                PairEnd inner = half(what + ", inner half", node.mtu_bytes);
                inner.master = bridge;
                wiring_.relays.push_back(
                    {port, {}, fabric.name, outer.name, fabric.index, outer.index, far, what});
                wiring_.pairs.push_back({std::move(inner), std::move(outer), what, {}});
            } else {
                fabric.master = bridge;
            }
            wiring_.pairs.push_back({std::move(fabric), std::move(node), what, segment.name});
        }
    }

    void join(int one, int other, std::string what) {
        PairEnd first = at(place(what + ", here", "", "trunk"), trunk_mtu_bytes);
        PairEnd second = at(place(what + ", there", "", "trunk"), trunk_mtu_bytes);
        first.master = one;
        second.master = other;
        wiring_.pairs.push_back({std::move(first), std::move(second), std::move(what), {}});
    }

    const LabPlan& plan_;
    const Wiring* before_;                  // may be none
    std::set<std::string> stood_, relayed_; // links before, by PairPlan::what
    std::unordered_map<std::string, std::size_t> nodes_;
    std::set<std::pair<std::string, std::string>> impaired_; // node, interface
    std::map<std::string, int> first_bridge_;                // by segment name
    std::set<std::string> names_;                            // of the fabric's interfaces
    int next_index_ = 2;
    Wiring wiring_;
};

} // namespace

Wiring make_wiring(const LabPlan& plan, const Wiring* before) {
    return Wirer(plan, before).run();
}

std::string relay_interface_name(int index) {
    return fmt::format("link{}", index);
}

int interface_index(const NodePlan& node, const std::string& interface) {
    if (interface == "lo") {
        return 1;
    }
    for (std::size_t i = 0; i < node.interfaces.size(); ++i) {
        if (node.interfaces[i].name == interface) {
            return static_cast<int>(i) + 2;
        }
    }
    return 0;
}

} // namespace fulcrum::netns
