#include "engine/balance/mode.h"

namespace fulcrum::balance {

std::string unavailable(const engine::ServiceConfig& service) {
    if (service.attachment == engine::Attachment::bgp) {
        return "not available yet: VIP by BGP";
    }
    if (!service.vip.is_v4()) {
        return "not available yet: IPv6";
    }
    return {};
}

} // namespace fulcrum::balance
