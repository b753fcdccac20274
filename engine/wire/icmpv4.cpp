#include "engine/wire/icmpv4.h"

#include <cassert>

namespace fulcrum::wire {

void IcmpHeader::emit(std::span<std::uint8_t> message) const {
    assert(message.size() >= size());
    message[0] = static_cast<std::uint8_t>(type);
    message[1] = code;
    store_be16(message.data() + 2, 0);
    store_be32(message.data() + 4, rest);
    store_be16(message.data() + 2, checksum_of(message));
}

} // namespace fulcrum::wire
