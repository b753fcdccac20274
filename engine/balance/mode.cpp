#include "engine/balance/mode.h"

#include <fmt/format.h>

namespace fulcrum::balance {

std::string unavailable(const engine::ServiceConfig& service) {
    if (service.mode == engine::Mode::l3_dsr_ipip || service.mode == engine::Mode::l3_dsr_gre) {
        return fmt::format("not available yet: mode {}", name_of(service.mode));
    }
    if (service.attachment == engine::Attachment::bgp) {
        return "not available yet: VIP by BGP";
    }
    if (!service.vip.is_v4()) {
        return "not available yet: IPv6";
    }
    return {};
}

} // namespace fulcrum::balance
