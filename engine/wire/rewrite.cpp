#include "engine/wire/rewrite.h"

#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::wire {

void rewrite_endpoint(const Ipv4MutableView& packet, const VnetMeta& meta, Side side, std::uint32_t address,
                      std::uint16_t port) {
    const bool source = side == Side::source;
    const bool tcp = packet.protocol() == protocol_tcp;
    std::uint8_t* l4 = packet.payload().data();
    std::uint8_t* port_field = l4 + (source ? 0 : 2);
    std::uint8_t* sum_field = l4 + (tcp ? tcp_checksum_offset : udp_checksum_offset);

    const std::uint32_t old_address = source ? packet.source_value() : packet.destination_value();
    const std::uint16_t old_port = load_be16(port_field);
    if (source) {
        packet.set_source_value(address);
    } else {
        packet.set_destination_value(address);
    }
    store_be16(port_field, port);

    const std::uint16_t old_sum = load_be16(sum_field);
    if (meta.checksum_is_partial()) {
        // The ports are not in a partial sum: whoever finishes it will add them from the segment.
        store_be16(sum_field, update_partial_checksum32(old_sum, old_address, address));
    } else if (tcp || old_sum != 0) {
        const std::uint16_t sum =
            update_checksum(update_checksum32(old_sum, old_address, address), old_port, port);
        store_be16(sum_field, !tcp && sum == 0 ? 0xffff : sum);
    }
}

} // namespace fulcrum::wire
