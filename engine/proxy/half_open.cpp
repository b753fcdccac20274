#include "engine/proxy/half_open.h"

namespace fulcrum::proxy {

std::size_t EndpointsHash::operator()(const tcp::Endpoints& ends) const noexcept {
    return tcp::sip_hash(key, {reinterpret_cast<const std::uint8_t*>(&ends), sizeof(ends)});
}

HalfOpen* HalfOpenTable::find(const tcp::Endpoints& ends) {
    const auto at = entries_.find(ends);
    return at == entries_.end() ? nullptr : &at->second;
}

} // namespace fulcrum::proxy
