#include "engine/wire/udp.h"

#include <cassert>

namespace fulcrum::wire {

void UdpHeader::emit(std::span<std::uint8_t> datagram, std::uint32_t source,
                     std::uint32_t destination) const {
    assert(datagram.size() >= size() && datagram.size() <= 65535);
    std::uint8_t* out = datagram.data();
    store_be16(out, source_port);
    store_be16(out + 2, destination_port);
    store_be16(out + 4, static_cast<std::uint16_t>(datagram.size()));
    store_be16(out + udp_checksum_offset, 0);
    const std::uint16_t sum =
        finish(sum_of(datagram) + pseudo_header_sum(source, destination, 17, datagram.size()));
    store_be16(out + udp_checksum_offset, sum == 0 ? 0xffff : sum);
}

} // namespace fulcrum::wire
