#include "engine/balance/service.h"

namespace fulcrum::balance {

const Endpoint* Vip::find(std::uint8_t protocol, std::uint16_t port) const {
    for (const Endpoint& e : endpoints) {
        if (static_cast<std::uint8_t>(e.port.protocol) == protocol && e.port.port == port) {
            return &e;
        }
    }
    return nullptr;
}

const Vip* ServiceTable::find_vip(stack::VrfId vrf, std::uint32_t address) const {
    const auto found = vips.find(key_of(vrf, address));
    return found == vips.end() ? nullptr : &found->second;
}

std::uint16_t ServiceTable::server_port(const Server& server, const engine::ServicePort& port) {
    if (server.config.port != 0) {
        return server.config.port;
    }
    return port.server_port != 0 ? port.server_port : port.port;
}

} // namespace fulcrum::balance
