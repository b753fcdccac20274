// IpStack: taking a configuration. Everything is checked on a draft first; the stack changes only when all is
// well.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/stack/ip_stack.h"

namespace fulcrum::stack {

namespace {

constexpr std::uint32_t smallest_mtu_bytes = 68; // RFC 791 section 3.2
constexpr std::uint32_t largest_mtu_bytes = 65535;

Result<> check_host_address(const IpAddress& address, std::string_view what) {
    if (!address.is_v4()) {
        return bad_input(fmt::format("{} {}: IPv6 is not available yet", what, address.text()));
    }
    const std::uint32_t first = address.v4_value() >> 24;
    if (first == 0 || first == 127 || first >= 224) {
        return bad_input(fmt::format("{} {}: no host can have this address", what, address.text()));
    }
    return {};
}

} // namespace

// The next state of interfaces and VRFs, started from the present one so that ids stay.
struct IpStack::Draft {
    std::vector<Interface> interfaces;
    std::vector<Vrf> vrfs;

    VrfId vrf_named(const std::string& name) {
        const auto found =
            std::find_if(vrfs.begin(), vrfs.end(), [&](const Vrf& vrf) { return vrf.name == name; });
        if (found == vrfs.end()) {
            vrfs.push_back(Vrf{name, {}, {}});
            return VrfId{static_cast<std::uint16_t>(vrfs.size() - 1)};
        }
        return VrfId{static_cast<std::uint16_t>(found - vrfs.begin())};
    }

    Interface* interface_named(const std::string& name) {
        const auto found = std::find_if(interfaces.begin(), interfaces.end(),
                                        [&](const Interface& i) { return i.settings.name == name; });
        return found == interfaces.end() ? nullptr : &*found;
    }

    InterfaceId id_of(const Interface& interface) const {
        return InterfaceId{static_cast<std::uint16_t>(&interface - interfaces.data())};
    }

    Result<> add_local(VrfId vrf, const IpAddress& address, const LocalAddress& local) {
        FlatMap<IpAddress, LocalAddress, AddressHash>& locals = vrfs[vrf.value].locals;
        if (const LocalAddress* taken = locals.find(address)) {
            return bad_input(
                taken->role == Role::broadcast || local.role == Role::broadcast
                    ? fmt::format("{}: is a network's own or broadcast address", address.text())
                    : fmt::format("{}: configured twice in VRF {}", address.text(), vrfs[vrf.value].name));
        }
        locals[address] = local;
        return {};
    }

    // The interface whose connected network holds the address.
    std::optional<InterfaceId> connected(VrfId vrf, const IpAddress& address) const {
        for (const Interface& interface : interfaces) {
            if (interface.present && interface.vrf == vrf &&
                std::any_of(interface.settings.addresses.begin(), interface.settings.addresses.end(),
                            [&](const IpPrefix& own) { return own.contains(address); })) {
                return id_of(interface);
            }
        }
        return std::nullopt;
    }

    Result<> add_interface(const InterfaceSettings& settings) {
        if (settings.device == nullptr) {
            return bad_input("no device");
        }
        if (settings.mac.is_multicast() || settings.mac.is_zero()) {
            return bad_input(fmt::format("MAC {}: not a station's address", settings.mac.text()));
        }
        if (settings.mtu_bytes < smallest_mtu_bytes || settings.mtu_bytes > largest_mtu_bytes) {
            return bad_input(fmt::format("MTU {}: not between {} and {}", settings.mtu_bytes,
                                         smallest_mtu_bytes, largest_mtu_bytes));
        }
        Interface* interface = interface_named(settings.name);
        if (interface != nullptr && interface->present) {
            return bad_input("configured twice");
        }
        if (interface == nullptr) {
            interface = &interfaces.emplace_back();
        }
        interface->settings = settings;
        interface->vrf = vrf_named(settings.vrf);
        interface->present = true;
        return {};
    }

    Result<> add_addresses(const Interface& interface) {
        const InterfaceId id = id_of(interface);
        for (const IpPrefix& own : interface.settings.addresses) {
            auto added = check_host_address(own.address, "address").and_then([&] {
                return add_local(interface.vrf, own.address, {Role::own, true, id, {}});
            });
            if (!added) {
                return added;
            }
            vrfs[interface.vrf.value].routes.add(
                {own.network(), RouteSource::connected, {{id, std::nullopt}}});
        }
        for (const IpAddress& floating : interface.settings.floating) {
            auto added = check_host_address(floating, "floating address").and_then([&] {
                return add_local(interface.vrf, floating, {Role::floating, true, id, {}});
            });
            if (!added) {
                return added;
            }
        }
        return {};
    }

    // What nobody may own: packets to it are not ours, packets from it are forged (RFC 1122 section 3.2.1.3).
    Result<> add_broadcasts(const Interface& interface) {
        for (const IpPrefix& own : interface.settings.addresses) {
            if (own.length >= 31) {
                continue; // RFC 3021: two hosts, no broadcast
            }
            for (const IpAddress& address : {own.network().address, own.broadcast()}) {
                FlatMap<IpAddress, LocalAddress, AddressHash>& locals = vrfs[interface.vrf.value].locals;
                const LocalAddress* known = locals.find(address);
                if (known != nullptr && known->role == Role::broadcast) {
                    continue; // another address in the same network
                }
                if (auto added =
                        add_local(interface.vrf, address, {Role::broadcast, false, std::nullopt, {}});
                    !added) {
                    return added;
                }
            }
        }
        return {};
    }

    Result<> add_route(const RouteSettings& route) {
        if (!route.destination.address.is_v4()) {
            return bad_input("IPv6 is not available yet");
        }
        const VrfId vrf = vrf_named(route.vrf);
        std::optional<InterfaceId> egress;
        if (!route.interface.empty()) {
            const Interface* interface = interface_named(route.interface);
            if (interface == nullptr || !interface->present) {
                return bad_input(fmt::format("no interface {}", route.interface));
            }
            if (interface->vrf != vrf) {
                return bad_input(fmt::format("interface {} is in VRF {}, not {}", route.interface,
                                             vrfs[interface->vrf.value].name, route.vrf));
            }
            egress = id_of(*interface);
        } else if (route.gateway) {
            egress = connected(vrf, *route.gateway);
        }
        if (!egress) {
            return bad_input(route.gateway
                                 ? fmt::format("gateway {} is in no connected network", route.gateway->text())
                                 : std::string("neither gateway nor interface"));
        }
        if (route.gateway && vrfs[vrf.value].locals.find(*route.gateway) != nullptr) {
            return bad_input(fmt::format("gateway {} is our own address", route.gateway->text()));
        }
        vrfs[vrf.value].routes.add(
            {route.destination.network(), RouteSource::configured, {{*egress, route.gateway}}});
        return {};
    }

    Result<> add_vip(const VipSettings& vip) {
        const VrfId vrf = vrf_named(vip.vrf);
        return check_host_address(vip.address, "VIP").and_then([&] {
            return add_local(vrf, vip.address,
                             {Role::vip, vip.ping_reply, connected(vrf, vip.address), {}, vip.on_servers});
        });
    }
};

Result<> IpStack::configure(const StackSettings& settings, Instant now) {
    Draft draft;
    for (const Vrf& vrf : vrfs_) {
        draft.vrfs.push_back(Vrf{vrf.name, {}, {}});
    }
    for (const Interface& interface : interfaces_) {
        draft.interfaces.push_back(Interface{interface.settings, interface.vrf, false, {}});
    }

    for (const InterfaceSettings& interface : settings.interfaces) {
        if (const auto added = draft.add_interface(interface); !added) {
            return fail(added.error(), "interface " + interface.name);
        }
    }
    // Own addresses first: everything else is placed by the networks they make.
    for (const Interface& interface : draft.interfaces) {
        if (!interface.present) {
            continue;
        }
        auto added = draft.add_addresses(interface);
        if (!added) {
            return fail(added.error(), "interface " + interface.settings.name);
        }
    }
    for (const VipSettings& vip : settings.vips) {
        if (const auto added = draft.add_vip(vip); !added) {
            return fail(added.error(), "VIP " + vip.address.text());
        }
    }
    for (const Interface& interface : draft.interfaces) {
        if (!interface.present) {
            continue;
        }
        if (const auto added = draft.add_broadcasts(interface); !added) {
            return fail(added.error(), "interface " + interface.settings.name);
        }
    }
    for (const RouteSettings& route : settings.routes) {
        if (const auto added = draft.add_route(route); !added) {
            return fail(added.error(), "route to " + route.destination.text());
        }
    }
    adopt(std::move(draft), now);
    return {};
}

void IpStack::adopt(Draft draft, Instant now) {
    for (std::size_t i = 0; i < interfaces_.size(); ++i) {
        const Interface& next = draft.interfaces[i];
        if (!next.present || next.vrf != interfaces_[i].vrf) {
            neighbours_.forget_interface(InterfaceId{static_cast<std::uint16_t>(i)});
        } else {
            draft.interfaces[i].outbox = std::move(interfaces_[i].outbox);
        }
    }
    const std::vector<Vrf> vrfs_before = std::exchange(vrfs_, std::move(draft.vrfs));
    const std::vector<Interface> before = std::exchange(interfaces_, std::move(draft.interfaces));

    for (std::size_t i = 0; i < vrfs_.size(); ++i) {
        vrfs_[i].locals.for_each([&](const IpAddress& address, const LocalAddress& local) {
            if (!local.answers_on) {
                return;
            }
            const std::size_t at = local.answers_on->value;
            const LocalAddress* old = i < vrfs_before.size() ? vrfs_before[i].locals.find(address) : nullptr;
            const bool known = old != nullptr && old->answers_on == local.answers_on &&
                               before[at].settings.mac == interfaces_[at].settings.mac;
            if (!known) {
                schedule_announcement(VrfId{static_cast<std::uint16_t>(i)}, address, now);
            }
        });
    }
}

} // namespace fulcrum::stack
