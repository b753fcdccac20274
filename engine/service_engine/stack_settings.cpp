#include "engine/service_engine/stack_settings.h"

#include <algorithm>

#include "engine/balance/mode.h"
#include "engine/balance/server_way.h"

namespace fulcrum::engine {

stack::StackSettings stack_settings(const EngineConfig& config,
                                    const std::function<device::PacketDevice*(std::string_view)>& device_of) {
    stack::StackSettings out;
    const bool active = config.role == Role::active;
    for (const InterfaceConfig& i : config.interfaces) {
        out.interfaces.push_back({.name = i.name,
                                  .device = device_of(i.name),
                                  .mac = i.mac,
                                  .vrf = i.vrf,
                                  .mtu_bytes = i.mtu_bytes,
                                  .addresses = i.addresses,
                                  .floating = active ? i.floating : std::vector<IpAddress>{}});
    }
    for (const RouteConfig& r : config.routes) {
        out.routes.push_back(
            {.vrf = r.vrf, .destination = r.destination, .gateway = r.gateway, .interface = r.interface});
    }
    for (const ServiceConfig& s : config.services) {
        if (!active || !s.enabled || !balance::unavailable(s).empty()) {
            continue;
        }
        const auto same = [&s](const stack::VipSettings& vip) {
            return vip.vrf == s.vrf && vip.address == s.vip;
        };
        const bool on_servers = balance::tunnel_of(s.mode) != balance::Tunnel::none;
        const auto known = std::find_if(out.vips.begin(), out.vips.end(), same);
        if (known == out.vips.end()) {
            out.vips.push_back(
                {.vrf = s.vrf, .address = s.vip, .ping_reply = s.ping_reply, .on_servers = on_servers});
        } else {
            known->ping_reply = known->ping_reply || s.ping_reply;
            known->on_servers = known->on_servers || on_servers;
        }
        for (const IpAddress& source : s.snat) { // answered for like a VIP, with nothing behind it
            const auto same_source = [&](const stack::VipSettings& vip) {
                return vip.vrf == s.vrf && vip.address == source;
            };
            if (std::none_of(out.vips.begin(), out.vips.end(), same_source)) {
                out.vips.push_back({.vrf = s.vrf, .address = source, .ping_reply = true});
            }
        }
    }
    return out;
}

} // namespace fulcrum::engine
